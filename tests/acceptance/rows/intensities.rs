//! AT-PARALLEL-009 to 015, 027: how bright pixels are.

use std::collections::BTreeSet;

use nanobragg::{
    engine::{Engine, Ray, Record, Sample, SourceRay, Total},
    image::Image,
    internals::{cpu::CpuEngine, measure::match_peaks},
    noise::noise_image,
    scene::Panel,
    vector::{dot, scale, subtract},
};
use rayon::ThreadPoolBuilder;

use super::{
    Check, On,
    check::rows,
    classic, fit,
    images::{peaks, plan, render, same},
    theory,
};

rows! {
    Described: [at_parallel_010_the_solid_angle_of_a_ray_is_exact_in_float64],
    Rendered: [
        at_parallel_009_the_brightest_pixel_grows_with_the_sixth_power_of_n_and_the_square_of_f,
        at_parallel_010_each_pixel_has_its_solid_angle_and_the_detector_their_sum,
        at_parallel_011_polarisation_is_theory_in_every_pixel,
        at_parallel_012_reference_patterns_are_the_classic_ones,
        at_parallel_013_the_same_run_gives_the_same_bytes_on_any_number_of_threads,
        at_parallel_014_noise_keeps_the_mean_and_the_peaks,
        at_parallel_015_units_do_not_matter,
        at_parallel_027_unequal_structure_factors_show_as_their_squares,
    ],
}

const CUBIC: &str =
    "-cell 100 100 100 90 90 90 -lambda 6.2 -detpixels 256 -pixel 0.1 -distance 100";

pub fn at_parallel_009_the_brightest_pixel_grows_with_the_sixth_power_of_n_and_the_square_of_f(
    check: &mut Check,
    on: On,
) {
    for cells in [1, 2, 3, 10] {
        classic::pair(check, on, &format!("AT-PARALLEL-009_N{cells}"));
    }
    let brightest = |line: String| {
        let image = render(on, &line).image;
        f64::from(image.iter().copied().fold(0.0, f32::max))
    };
    let by_cells = [1, 2, 3, 5, 7, 10].map(|n: i32| {
        let photons = brightest(format!("{CUBIC} -oversample 1 -default_F 100 -N {n}"));
        (f64::from(n).ln(), photons.ln())
    });
    let (slope, r_squared) = fit::line(&by_cells);
    check.at_most("exponent of N, away from 6", (slope - 6.0).abs(), 0.3);
    check.at_least("R² of both fits", r_squared, 0.99);
    let by_f = [50, 100, 200, 300, 500].map(|f: i32| {
        let photons = brightest(format!("{CUBIC} -oversample 1 -default_F {f} -N 5"));
        (f64::from(f).ln(), photons.ln())
    });
    let (slope, r_squared) = fit::line(&by_f);
    check.at_most("exponent of F, away from 2", (slope - 2.0).abs(), 0.05);
    check.at_least("R² of both fits", r_squared, 0.99);
}

/// One cell without polarisation, on a detector of any distance and tilt.
const SOLID_ANGLES: &str =
    "-cell 100 -N 1 -default_F 100 -nopolar -oversample 1 -detpixels 128 -pixel 0.3";

/// Distances, tilts, and pixels that are squares or points.
fn cameras() -> impl Iterator<Item = (u32, &'static str, &'static str)> {
    const TILTS: [&str; 4] = [
        "",
        "-detector_rotx 10",
        "-detector_roty 20",
        "-detector_rotx 30 -detector_roty 10",
    ];
    [50, 100, 200, 400].into_iter().flat_map(|distance| {
        TILTS
            .into_iter()
            .flat_map(move |tilt| ["", "-point_pixel"].map(|point| (distance, tilt, point)))
    })
}

/// Solid angle of a whole rectangle seen from a point above its plane.
fn solid_angle(panel: &Panel, near_m: [f64; 2]) -> f64 {
    let d = panel.near_distance_m();
    let corner = |x: f64, y: f64| (x * y / (d * (x * x + y * y + d * d).sqrt())).atan();
    let width = panel.fast_pixels as f64 * panel.pixel_size_m[0];
    let height = panel.slow_pixels as f64 * panel.pixel_size_m[1];
    let [x0, y0] = near_m.map(|at| -at);
    let (x1, y1) = (x0 + width, y0 + height);
    corner(x1, y1) - corner(x0, y1) - corner(x1, y0) + corner(x0, y0)
}

pub fn at_parallel_010_each_pixel_has_its_solid_angle_and_the_detector_their_sum(
    check: &mut Check,
    on: On,
) {
    for distance in [50, 200, 400] {
        classic::pair(check, on, &format!("AT-PARALLEL-010_R{distance}"));
    }
    for (distance, tilt, point) in cameras() {
        let ours = render(
            on,
            &format!("{SOLID_ANGLES} -distance {distance} {tilt} {point}"),
        );
        // One cell scatters F² everywhere, so that photons over F² are the solid angle.
        let per_omega = ours.plan.scale * 1e4;
        let mut sum = 0.0;
        for ((slow, fast), photons) in ours.image.indexed_iter() {
            let omega = theory::first_ray(&ours.plan, slow, fast).omega;
            let found = f64::from(*photons) / per_omega;
            // Images hold float32: half a unit in the last place of the CPU engine's float64. The GPU engine's distance
            // comes out of four roundings and enters three times; the products make four more.
            let limit = if on == On::Cpu { 6e-8 } else { 16.0 * 6e-8 };
            let error = (found / omega - 1.0).abs();
            check.at_most("error of a pixel's solid angle", error, limit);
            sum += found;
        }
        if point.is_empty() {
            let detector = &ours.experiment.detector;
            let whole = solid_angle(ours.plan.panel(), detector.near_point_m);
            let what = "error of the detector's solid angle";
            check.at_most(what, (sum / whole - 1.0).abs(), 1e-4);
        }
    }
}

/// The solid angle of the last ray.
#[derive(Default)]
struct SolidAngle(f64);

impl Record for SolidAngle {
    fn ray(&mut self, ray: &Ray) {
        self.0 = ray.omega;
    }
    fn source(&mut self, _: &SourceRay) {}
    fn sample(&mut self, _: &Sample) {}
    fn total(&mut self, _: &Total) {}
}

pub fn at_parallel_010_the_solid_angle_of_a_ray_is_exact_in_float64(check: &mut Check) {
    let mut engine = CpuEngine::default();
    for (distance, tilt, point) in cameras() {
        let (_, plan) = plan(&format!(
            "{SOLID_ANGLES} -distance {distance} {tilt} {point}"
        ));
        for pixel in plan.rendered_pixels() {
            let mut omega = SolidAngle::default();
            engine
                .trace(&plan, pixel, &mut omega)
                .expect("the pixel is traced");
            let expected = theory::first_ray(&plan, pixel.slow, pixel.fast).omega;
            let error = (omega.0 / expected - 1.0).abs();
            check.at_most("error of a ray's solid angle", error, 1e-12);
        }
    }
}

pub fn at_parallel_011_polarisation_is_theory_in_every_pixel(check: &mut Check, on: On) {
    for (kahn, limit, what) in [
        ("0.0", 0.01, "K = 0, mean error against theory"),
        ("0.95", 0.02, "K = 0.95, mean error against theory"),
    ] {
        let ours = classic::pair(check, on, &format!("AT-PARALLEL-011_K{kahn}")).ours;
        let off = render(on, &format!("{CUBIC} -default_F 100 -N 5 -mosflm -nopolar"));
        let bright = 1e-6 * off.image.iter().copied().fold(0.0, f32::max);
        let (mut errors, mut pixels) = (0.0, 0.0);
        for ((at, photons), unpolarised) in ours.image.indexed_iter().zip(&off.image) {
            if *unpolarised < bright {
                continue;
            }
            let direction = theory::first_ray(&ours.plan, at.0, at.1).direction;
            let expected = theory::polarization(&ours.plan, &ours.plan.sources()[0], direction);
            errors += (f64::from(*photons) / f64::from(*unpolarised) / expected - 1.0).abs();
            pixels += 1.0;
        }
        check.at_most(what, errors / pixels, limit);
    }
}

pub fn at_parallel_012_reference_patterns_are_the_classic_ones(check: &mut Check, on: On) {
    for (case, gate_px, what) in [
        ("cubic", 0.5, "cubic: top 50 peaks to the classic ones, px"),
        (
            "triclinic",
            0.5,
            "triclinic: top 50 peaks to the classic ones, px",
        ),
        (
            "tilted",
            1.0,
            "tilted: top 50 peaks to the classic ones, px",
        ),
    ] {
        let pair = classic::pair(check, on, &format!("AT-PARALLEL-012_{case}"));
        let (ours, classic) = (peaks(pair.kept.view()), peaks(pair.classic.view()));
        let matches = match_peaks(&ours, &classic, 50, gate_px);
        assert!(
            matches.only_b.is_empty(),
            "{case}: {:?} have no partner",
            matches.only_b
        );
        check.at_most(what, matches.max_distance_px(), gate_px);
    }
    // A large detector at a short wavelength, of which the middle is rendered.
    let line = "-default_F 100 -cell 100 -N 5 -lambda 0.5 -detpixels 4096 -pixel 0.05 -distance 500 -oversample 1 \
                -roi 1792 2303 1792 2303";
    let ours = render(on, line);
    let theory = ours.again(On::Cpu);
    same(
        check,
        "4096² pixels, relative L2 to float64",
        ours.image.view(),
        theory.view(),
        on.tolerance(),
    );
    assert!(ours.sum() > 0.0);
}

pub fn at_parallel_013_the_same_run_gives_the_same_bytes_on_any_number_of_threads(
    check: &mut Check,
    on: On,
) {
    let line = "-default_F 100 -cell 70 80 90 75 85 95 -N 5 -lambda 1 -detpixels 200 -mosaic 0.5 -mosaic_dom 7 \
                -misset 1 2 3 -oversample 2 -hdivrange 1 -hdivsteps 3";
    let (_, plan) = plan(line);
    let first = on.render(&plan);
    let mut different = 0.0;
    let mut compare = |image: &Image| {
        let pairs = first.as_slice().iter().zip(image.as_slice());
        different += pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count() as f64;
    };
    compare(&on.render(&plan));
    for threads in [1, 3, 8] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        compare(&pool.install(|| on.render(&plan)));
    }
    check.at_most("pixels that differ in any bit", different, 0.0);
}

pub fn at_parallel_014_noise_keeps_the_mean_and_the_peaks(check: &mut Check, on: On) {
    const PEAKS: usize = 20;
    let ours = render(
        on,
        &format!("{CUBIC} -default_F 100 -N 5 -mosflm -lambda 1.5"),
    );
    let expected = ours.sum();
    let region = ours.plan.panel().region;
    let image = Image::from_array(ours.image.clone());
    let noisy = [123, 456].map(|seed| noise_image(&image, region, seed, f32::INFINITY));
    for noise in &noisy {
        check.at_most(
            "error of the mean",
            (noise.photons / expected - 1.0).abs(),
            0.01,
        );
        let counts = noise
            .counts(0.0, 65_535)
            .to_array()
            .mapv(|count| count as f32);
        let matches = match_peaks(&peaks(counts.view()), &ours.peaks(), PEAKS, 3.0);
        check.at_most(
            "shift of the top 20 peaks, median, px",
            matches.median_distance_px(),
            0.5,
        );
        assert_eq!(matches.only_b, []);
    }
    assert!(noisy[0] != noisy[1]);
}

pub fn at_parallel_015_units_do_not_matter(check: &mut Check, on: On) {
    let line = "-default_F 100 -cell 70 80 90 75 85 95 -N 5 -pixel 0.2";
    for (one, other) in [
        (
            "-detpixels 128 -lambda 1.239842",
            "-detpixels 128 -energy 10000",
        ),
        ("-lambda 1 -detpixels 128", "-lambda 1 -detsize 25.6"),
    ] {
        let [a, b] = [one, other].map(|words| render(on, &format!("{line} {words}")).image);
        same(check, "relative L2", a.view(), b.view(), on.tolerance());
    }
}

pub fn at_parallel_027_unequal_structure_factors_show_as_their_squares(check: &mut Check, on: On) {
    let ours = classic::pair(check, on, "AT-PARALLEL-027").ours;
    let uniform = render(
        on,
        "-default_F 100 -cell 100 -lambda 6.2 -N 5 -detpixels 384 -pixel 0.1 -distance 100 -mosflm",
    );
    // Each pixel sees the reflection nearest to it, so that over the uniform crystal it is that reflection's F².
    let cell = uniform.plan.crystal().orientations.cells[0];
    let source = &uniform.plan.sources()[0];
    let bright = 1e-4 * uniform.image.iter().copied().fold(0.0, f32::max);
    let table = [
        ([0, 0, 0], 100.0),
        ([1, 0, 0], 50.0),
        ([0, 1, 0], 25.0),
        ([1, 1, 0], 12.5),
        ([2, 0, 0], 200.0),
        ([0, 2, 0], 150.0),
    ];
    let mut seen = BTreeSet::new();
    for ((at, photons), reference) in ours.image.indexed_iter().zip(&uniform.image) {
        let direction = theory::first_ray(&uniform.plan, at.0, at.1).direction;
        let q = scale(
            subtract(direction, source.incident),
            1.0 / source.wavelength_angstrom,
        );
        let index = cell.map(|axis| dot(axis, q));
        let nearest = index.map(|h| (h - 0.5).ceil() as i32);
        // Away from the edge between two reflections.
        let is_clear = index.iter().all(|h| (h - h.floor() - 0.5).abs() > 1e-3);
        if let Some((hkl, f)) = table.iter().find(|(hkl, _)| *hkl == nearest)
            && is_clear
            && *reference > bright
        {
            let ratio = f64::from(*photons) / f64::from(*reference);
            check.at_most(
                "error of the ratio of F²",
                (ratio / (f / 100.0_f64).powi(2) - 1.0).abs(),
                0.01,
            );
            seen.insert(*hkl);
        }
    }
    assert!(seen.len() >= 2, "only {seen:?} are on the detector");
}
