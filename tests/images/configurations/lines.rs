//! Random command lines.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use nanobragg::formats::{CameraHeader, npy, smv};
use ndarray::Array2;
use proptest::{prelude::*, sample::select};

/// Where the files of the lines lie: masks and an image that the tests write.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configurations");
    std::fs::create_dir_all(&folder).expect("the folder of the tests can be written");
    folder
});

/// An input of the golden files.
fn input(name: &str) -> String {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs");
    inputs.join(name).display().to_string()
}

/// A mask of that size that leaves out a pixel in `period`.
fn mask((fast, slow): (i64, i64), period: i64) -> String {
    let path = FOLDER.join(format!("mask_{fast}_{slow}_{period}.npy"));
    let recorded = |(s, f): (usize, usize)| {
        u8::from(!(s * fast as usize + f + 1).is_multiple_of(period as usize))
    };
    let pixels = Array2::from_shape_fn((slow as usize, fast as usize), recorded);
    npy::write(&path, pixels.view()).expect("the mask is written");
    format!("-mask {}", path.display())
}

/// An image whose header places a detector and turns the crystal.
static IMAGE: LazyLock<String> = LazyLock::new(|| {
    let path = FOLDER.join("camera.img");
    let header = smv::Header::from_camera(&CameraHeader {
        fast_pixels: 4,
        slow_pixels: 4,
        pixel_size_mm: Some(0.3),
        distance_mm: Some(60.0),
        wavelength_angstrom: Some(1.1),
        beam_center_mm: [Some(3.0), Some(4.0)],
        phi_deg: Some(20.0),
        osc_range_deg: Some(1.0),
        ..CameraHeader::default()
    });
    let counts = Array2::<u16>::zeros((4, 4));
    smv::write(&path, &header, counts.view()).expect("the image is written");
    format!("-img {}", path.display())
});

/// A command line in parts, so that shrinking leaves parts out and a failure reads as what was typed.
#[derive(Debug, Clone)]
pub struct Line(pub Vec<String>);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

type Part = BoxedStrategy<String>;

/// Nothing, or the part: shrinks to nothing.
fn maybe(part: impl Strategy<Value = String> + 'static) -> Part {
    prop_oneof![Just(String::new()), part].boxed()
}

fn number(option: &'static str, range: std::ops::Range<f64>) -> Part {
    range.prop_map(move |x| format!("-{option} {x:.4}")).boxed()
}

fn one_of(words: &'static [&'static str]) -> Part {
    select(words).prop_map(str::to_owned).boxed()
}

/// Cells that close, with room to spare: flat ones have a test of their own.
fn cell() -> Part {
    let angle = || 70.0..110.0_f64;
    (
        [8.0..300.0_f64, 8.0..300.0, 8.0..300.0],
        [angle(), angle(), angle()],
    )
        .prop_map(|([a, b, c], [al, be, ga])| {
            format!("-cell {a:.2} {b:.2} {c:.2} {al:.2} {be:.2} {ga:.2}")
        })
        .boxed()
}

fn cells() -> Part {
    [1..40_i64, 1..40, 1..40]
        .prop_map(|[a, b, c]| format!("-Na {a} -Nb {b} -Nc {c}"))
        .boxed()
}

fn vector(option: &'static str, range: std::ops::Range<f64>) -> Part {
    [range.clone(), range.clone(), range]
        .prop_map(move |[x, y, z]| format!("-{option} {x:.3} {y:.3} {z:.3}"))
        .boxed()
}

fn parts() -> Vec<Part> {
    vec![
        prop_oneof![
            4 => cell(),
            1 => Just(format!("-mat {}", input("oriented.mat"))),
        ]
        .boxed(),
        cells(),
        maybe(Just(IMAGE.clone())),
        maybe(Just("-table f16".to_owned())),
        one_of(&[
            "-default_F 100",
            "-hkl 2erl_P1.hkl",
            "-hkl 2erl_P1.hkl -default_F 50",
        ]),
        ((1..40_i64, 1..40_i64), 0..6_i64)
            .prop_map(|(size, period)| {
                let (fast, slow) = size;
                let mask = match period {
                    // The others leave out every second to fifth pixel.
                    0 | 1 => String::new(),
                    _ => mask(size, period),
                };
                format!("-detpixels_f {fast} -detpixels_s {slow} {mask}")
            })
            .boxed(),
        number("pixel", 0.05..2.0),
        one_of(&["-oversample 1", "-oversample 2", "-oversample 3"]),
        maybe(number("distance", 20.0..500.0)),
        maybe(number("lambda", 0.3..6.0)),
        maybe(vector("misset", -180.0..180.0)),
        maybe(one_of(&["-mosflm", "-xds", "-denzo", "-adxv", "-dials"])),
        maybe(one_of(&["-round_xtal", "-gauss_xtal", "-tophat_spots"])),
        maybe(one_of(&["-physics corrected", "-physics c-parity"])),
        maybe(number("detector_rotx", -60.0..60.0)),
        maybe(number("detector_roty", -60.0..60.0)),
        maybe(number("detector_rotz", -180.0..180.0)),
        maybe(number("twotheta", -90.0..90.0)),
        maybe(one_of(&["-pivot beam", "-pivot sample"])),
        maybe(number("Xbeam", -20.0..40.0)),
        maybe(number("Ybeam", -20.0..40.0)),
        maybe(one_of(&["-curved_det", "-point_pixel"])),
        maybe(one_of(&["-oversample_omega"])),
        maybe(
            (10.0..900.0_f64, 20.0..900.0_f64, 1..6_i64).prop_map(|(t, a, n)| {
                format!("-detector_thick {t:.1} -detector_abs {a:.1} -thicksteps {n}")
            }),
        ),
        maybe(
            (0.01..2.0_f64, 1..8_i64, 1..1000_i64).prop_map(|(m, n, seed)| {
                format!("-mosaic {m:.3} -mosaic_dom {n} -mosaic_seed {seed}")
            }),
        ),
        maybe(
            (-30.0..30.0_f64, 0.1..90.0_f64, 1..5_i64)
                .prop_map(|(phi, osc, n)| format!("-phi {phi:.2} -osc {osc:.2} -phisteps {n}")),
        ),
        maybe(
            (0.1..20.0_f64, 1..4_i64)
                .prop_map(|(d, n)| format!("-divergence {d:.2} -divsteps {n}")),
        ),
        maybe(
            (0.1..5.0_f64, 1..4_i64)
                .prop_map(|(d, n)| format!("-dispersion {d:.2} -dispsteps {n}")),
        ),
        prop_oneof![
            4 => Just(String::new()),
            1 => Just(format!("-sourcefile {}", input("sources.txt"))),
        ]
        .boxed(),
        maybe(prop_oneof![
            Just("-nopolar".to_owned()),
            number("polar", -1.0..1.0)
        ]),
        maybe(number("water", 0.0..50.0)),
        maybe(number("dmin", 0.5..5.0)),
        maybe(one_of(&["-interpolate", "-nointerpolate"])),
        maybe(one_of(&["-oversample_polar", "-oversample_thick"])),
        maybe([0..40_i64, 0..40, 0..40, 0..40].prop_map(|[a, b, c, d]| {
            format!("-roi {} {} {} {}", a.min(b), a.max(b), c.min(d), c.max(d))
        })),
    ]
}

/// Any line.
pub fn line() -> impl Strategy<Value = Line> {
    parts().prop_map(|parts| Line(parts.into_iter().filter(|p| !p.is_empty()).collect()))
}
