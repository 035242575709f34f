//! `-pngfile`: what people see of an image.

use std::{
    fs::{self, File},
    io::BufReader,
    path::Path,
};

use nanobragg::{
    classic::{self, Session},
    scene::Panel,
};
use ndarray::{Array2, Axis};

use crate::program::{self, succeeds};

/// A small crystal in a drop: spots of hundreds of photons, and a background of some thirty.
const DROP: &str = "-default_F 300 -cell 30 40 50 75 85 95 -N 6 -gauss_xtal -lambda 1 -distance 60 -detpixels 180 -pixel 0.3 \
                    -oversample 2 -mosaic 0.5 -mosaic_dom 5 -osc 1 -phisteps 4 -fluence 3e27 -water 1 -seed 7";
/// Nothing but what is drawn over it.
const DARK: &str = "-default_F 0 -cell 100 -N 1 -lambda 1 -nonoise -oversample 1 -fluence 1";

fn run(folder: &Path, words: &str) -> String {
    succeeds(folder, &format!("-device cpu -noprogress -nopgm {words}"))
}

struct Png {
    colours: Array2<[u8; 3]>,
    texts: Vec<(String, String)>,
}

fn read(path: &Path) -> Png {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path).unwrap()));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let texts = reader.info().uncompressed_latin1_text.iter();
    let texts = texts.map(|chunk| (chunk.keyword.clone(), chunk.text.clone()));
    let texts = texts.collect();
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut samples).unwrap();
    let colours = match info.color_type {
        png::ColorType::Grayscale => samples.iter().map(|level| [*level; 3]).collect(),
        png::ColorType::Rgb => samples.as_chunks().0.to_vec(),
        other => panic!("{other:?}"),
    };
    let shape = (info.height as usize, info.width as usize);
    Png {
        colours: Array2::from_shape_vec(shape, colours).unwrap(),
        texts,
    }
}

/// Photons of `floatimage.bin`.
fn photons(folder: &Path, shape: (usize, usize)) -> Array2<f32> {
    let bytes = fs::read(folder.join("floatimage.bin")).unwrap();
    let numbers = bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes);
    Array2::from_shape_vec(shape, numbers.collect()).unwrap()
}

/// The line about a picture, without its name.
fn line<'a>(said: &'a str, name: &str) -> &'a str {
    let begin = format!("{name}: ");
    said.lines()
        .find_map(|line| line.strip_prefix(&begin))
        .unwrap_or_else(|| panic!("nothing about {name} in\n{said}"))
}

#[test]
fn an_image_with_background_is_light_and_its_spots_are_dark() {
    let folder = tempfile::tempdir().unwrap();
    for extra in ["", "-nonoise"] {
        let said = run(folder.path(), &format!("{DROP} {extra} -pngfile p.png"));
        let png = read(&folder.path().join("p.png"));
        let image = photons(folder.path(), png.colours.dim());
        let (mut dark_spots, mut spots, mut light, mut rest) = (0, 0, 0, 0);
        for (photons, [level, ..]) in image.iter().zip(&png.colours) {
            if *photons > 400.0 {
                spots += 1;
                dark_spots += u32::from(*level < 32);
            } else if *photons < 40.0 {
                rest += 1;
                light += u32::from(*level > 160);
            }
        }
        assert!(spots > 50 && rest > 20_000, "{spots} {rest}");
        assert_eq!(dark_spots, spots, "{extra}");
        assert!(
            light * 20 > rest * 19,
            "{light} of {rest} pixels are light: {said}"
        );
    }
}

#[test]
fn a_picture_says_what_it_shows_and_is_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("{DROP} -pngrings");
    let said = run(folder.path(), &format!("{words} -pngfile a.png -threads 1"));
    run(folder.path(), &format!("{words} -pngfile b.png -threads 2"));
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("a.png") == bytes("b.png"));

    let description = line(&said, "a.png").to_owned();
    let software = concat!("nanobragg ", env!("CARGO_PKG_VERSION")).to_owned();
    let texts = read(&folder.path().join("a.png")).texts;
    let expected = [
        ("Software".to_owned(), software),
        ("Description".to_owned(), description.clone()),
    ];
    assert_eq!(texts[..2], expected);
    let (keyword, history) = &texts[2];
    assert_eq!((keyword.as_str(), texts.len()), ("Comment", 3));
    assert!(
        history.contains("-water 1 ") && history.contains("seeds: noise 7"),
        "{history}"
    );
    assert!(!history.contains("png"), "{history}");
    assert!(description.starts_with("noise image, "), "{description}");
    assert!(
        description.contains(" photons, white to black, rings at "),
        "{description}"
    );
    assert!(description.ends_with(" Å"), "{description}");

    let said = run(
        folder.path(),
        &format!("{DROP} -nonoise -pngscale 0.01 -pngfile a.png"),
    );
    assert_eq!(
        line(&said, "a.png"),
        "image without noise, 0 to 100 photons, white to black"
    );
    let png = read(&folder.path().join("a.png"));
    let image = photons(folder.path(), png.colours.dim());
    for (photons, colour) in image.iter().zip(&png.colours) {
        let level = 255 - (f64::from(*photons) * 2.55).round().min(255.0) as u8;
        assert_eq!(*colour, [level; 3]);
    }
}

#[test]
fn a_frame_of_a_sweep_is_drawn_as_if_it_were_alone() {
    let folder = tempfile::tempdir().unwrap();
    run(
        folder.path(),
        &format!("{DROP} -phi 10 -frames 2 -pngfile f_#.png -pngrings"),
    );
    let alone = DROP.replace("-seed 7", "-seed 8");
    run(
        folder.path(),
        &format!("{alone} -phi 11 -pngfile one.png -pngrings"),
    );
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("one.png") == bytes("f_2.png"));
    assert!(bytes("f_1.png") != bytes("f_2.png"));
}

#[test]
fn colours_are_those_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (option, no_photons, many) in [
        ("-pngcolour grey", [255; 3], [0; 3]),
        ("-pngcolour gray", [255; 3], [0; 3]),
        ("-pngcolour inverted", [0; 3], [255; 3]),
        ("-pngcolor viridis", [0x44, 0x01, 0x54], [0xfd, 0xe7, 0x25]),
        ("-pngcolour heat", [0; 3], [255; 3]),
    ] {
        for rings in ["", "-pngrings"] {
            let words = format!("{DROP} -nonoise -water 0 -pngfile p.png {option} {rings}");
            run(folder.path(), &words);
            let colours = read(&folder.path().join("p.png")).colours;
            let image = photons(folder.path(), colours.dim());
            let of = |is: &dyn Fn(f32) -> bool| {
                let pixels = image
                    .iter()
                    .zip(&colours)
                    .filter(|(photons, _)| is(**photons));
                pixels.map(|(_, colour)| *colour).collect::<Vec<_>>()
            };
            let most = |colours: Vec<[u8; 3]>, wanted| {
                let right = colours.iter().filter(|colour| **colour == wanted).count();
                right > 0 && right * 10 >= colours.len() * 7
            };
            let brightest = image.iter().copied().fold(0.0, f32::max);
            assert!(
                most(of(&|photons| photons < 0.1), no_photons),
                "{option} {rings}"
            );
            assert!(
                most(of(&|photons| photons == brightest), many),
                "{option} {rings}"
            );
        }
    }
}

/// 1/d in Å⁻¹ at a point of a panel, for 1 Å along `beam`.
fn inverse_spacing(panel: &Panel, beam: [f64; 3], fast: f64, slow: f64) -> f64 {
    let at = match panel.bend {
        Some(_) => panel.position_m(fast, slow, 0.0),
        None => std::array::from_fn(|axis| {
            panel.origin_m[axis]
                + fast * panel.pixel_size_m[0] * panel.fast[axis]
                + slow * panel.pixel_size_m[1] * panel.slow[axis]
        }),
    };
    let length = at.iter().map(|x| x * x).sum::<f64>().sqrt();
    let two_theta = (0..3)
        .map(|axis| at[axis] / length * beam[axis])
        .sum::<f64>()
        .acos();
    2.0 * (two_theta / 2.0).sin()
}

#[test]
fn rings_lie_where_the_spacing_is_theirs_on_any_detector() {
    let folder = tempfile::tempdir().unwrap();
    // Too small for writing: all ink is of rings, and of the cross.
    let small = "-detpixels 140 -pixel 0.4 -distance 60";
    for detector in [
        "",
        "-Xbeam 10 -Ybeam 40",
        "-detector_rotx 20 -detector_rotz 15",
        "-twotheta 25",
        "-curved_det",
        "-xds",
        "-adxv -detector_roty 30",
        "-dials -twotheta 60",
    ] {
        let words = format!("{DARK} {small} {detector}");
        let said = run(folder.path(), &format!("{words} -pngfile p.png -pngrings"));
        let (_, rings) = line(&said, "p.png").split_once("rings at ").expect("rings");
        let rings: Vec<f64> = rings
            .trim_end_matches(" Å")
            .split(", ")
            .map(|spacing| 1.0 / spacing.parse::<f64>().unwrap())
            .collect();
        assert!(rings.len() >= 3, "{detector}: {rings:?}");

        let options = classic::parse(format!("{words} -device cpu").split_whitespace()).unwrap();
        let plan = Session::of(&options).unwrap().plan().unwrap();
        let (panel, beam) = (plan.panel(), plan.sources()[0].incident);
        let at = |fast: f64, slow: f64| inverse_spacing(panel, beam, fast, slow);
        let colours = read(&folder.path().join("p.png")).colours;
        let (mut on, mut off) = (vec![0; rings.len()], 0);
        for ((slow, fast), colour) in colours.indexed_iter() {
            let (fast, slow) = (fast as f64 + 0.5, slow as f64 + 0.5);
            let here = at(fast, slow);
            let per_pixel = (at(fast + 0.5, slow) - at(fast - 0.5, slow))
                .hypot(at(fast, slow + 0.5) - at(fast, slow - 0.5));
            let nearest = rings.iter().map(|ring| (here - ring).abs() / per_pixel);
            let (ring, distance) = nearest
                .enumerate()
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap();
            let is_cross = here < rings[0] / 2.0;
            if distance < 0.3 {
                on[ring] += 1;
                assert_ne!(
                    *colour, [255; 3],
                    "{detector}: {fast} {slow} lies on a ring"
                );
            } else if distance > 1.2 && !is_cross {
                off += 1;
                assert_eq!(*colour, [255; 3], "{detector}: {fast} {slow} lies on none");
            }
        }
        assert!(
            off > 10_000 && on.iter().all(|on| *on > 15),
            "{detector}: {on:?} {off}"
        );
    }
}

#[test]
fn the_rings_of_a_flat_detector_have_the_radius_of_braggs_law() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("{DARK} -detpixels 200 -pixel 0.2 -distance 50 -pngfile p.png -pngrings");
    let said = run(folder.path(), &words);
    let colours = read(&folder.path().join("p.png")).colours;
    let (_, rings) = line(&said, "p.png").split_once("rings at ").unwrap();
    // MOSFLM's beam lies half a pixel beyond the middle along both axes.
    let (beam_fast, beam_slow) = (100.5, 100.5);
    for spacing in rings.trim_end_matches(" Å").split(", ") {
        let d: f64 = spacing.parse().unwrap();
        let radius = 50.0 * (2.0 * (1.0 / (2.0 * d)).asin()).tan() / 0.2;
        // Upwards and to the left there are no labels.
        for (fast, slow) in [(0.0, -1.0), (-1.0, 0.0)] {
            let at = |radius: f64| {
                let (fast, slow) = (beam_fast + radius * fast, beam_slow + radius * slow);
                colours[(slow as usize, fast as usize)]
            };
            assert_ne!(at(radius), [255; 3], "{d} Å at {radius} pixels");
            assert_eq!([at(radius - 3.0), at(radius + 3.0)], [[255; 3]; 2], "{d} Å");
        }
    }
    // The scale bar is 10 mm long, the longest round length below a quarter of 40 mm.
    let bar = colours.axis_iter(Axis(0)).rev().map(|row| {
        let ink = row.iter().filter(|colour| **colour == [0, 70, 200]).count();
        ink as f64 * 0.2
    });
    let longest = bar.take(20).fold(0.0, f64::max);
    assert!((longest - 10.0).abs() < 0.5, "{longest} mm");
}

#[test]
fn images_of_nearly_nothing_have_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let white = |words: &str| {
        run(folder.path(), &format!("{words} -pngfile p.png"));
        let colours = read(&folder.path().join("p.png")).colours;
        colours.iter().filter(|colour| **colour == [255; 3]).count()
    };
    assert_eq!(white(&format!("{DARK} -detpixels 20")), 400);
    // What no detector sees.
    assert_eq!(
        white(&format!("{DROP} -nonoise -water 0 -fluence 1e22")),
        180 * 180
    );
    assert_eq!(white(&format!("{DARK} -detpixels 1 -pngrings")), 1);
    white(&format!("{DROP} -detpixels 1"));
    white(&format!("{DROP} -detpixels_x 1 -detpixels_y 300 -pngrings"));
    // The contrast is that of the pixels that are rendered.
    let outside = white(&format!("{DROP} -roi 60 99 60 99"));
    assert!(
        (180 * 180 - 1600..180 * 180 - 1200).contains(&outside),
        "{outside}"
    );
}

#[test]
fn rings_without_a_picture_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("{DARK} -detpixels 8 -pngrings -device cpu");
    let output = program::run(folder.path(), &words);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && message.contains("-pngfile"),
        "{message}"
    );
}
