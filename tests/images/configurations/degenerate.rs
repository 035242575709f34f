//! Lines at the ends of what can be described: each gives an image or a reason.

use nanobragg::{
    classic::{self, Experiment},
    image::Image,
    plan::Plan,
    structure_factors::Amplitudes,
};

use super::{Engines, Run, agree, image, lines::Line, relative_l2, rendered, run};

/// What becomes of a degenerate line.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Finite pixels, some above 0 and none below, the same on all engines.
    Image,
    /// Finite pixels, some below 0 and none above, the same on all engines.
    Negative,
    /// Finite pixels, all 0.
    Dark,
    /// Refused, the message naming this option.
    Refused(&'static str),
}

const LINE: &str = "-default_F 100 -oversample 1 -detpixels 16 -pixel 0.5";

/// What a line describes, or why its words are refused.
fn described(line: &str) -> Result<Experiment, String> {
    let options = classic::parse(line.split_whitespace()).map_err(|error| error.to_string())?;
    Experiment::from_options(&options).map_err(|error| {
        assert!(error.is_usage(), "{line}: {error}");
        error.to_string()
    })
}

/// Holds a line to its outcome on every engine.
fn gives(engines: &mut Engines, words: &str, expected: &Outcome) {
    let line = format!("{LINE} {words}");
    let experiment = match described(&line) {
        Ok(experiment) => experiment,
        Err(message) => {
            let Outcome::Refused(option) = expected else {
                panic!("{line}: {message}");
            };
            assert!(message.contains(option), "{line}: {message}");
            return;
        }
    };
    let run = Run::of(&experiment, &Amplitudes::Constant(100.0));
    let whole = rendered(&mut engines.oracle, &run);
    let pixels = whole.as_slice();
    assert!(pixels.iter().all(|v| v.is_finite()), "{line}: not finite");
    let found = match (
        pixels.iter().any(|v| *v > 0.0),
        pixels.iter().any(|v| *v < 0.0),
    ) {
        (true, false) => Outcome::Image,
        (false, true) => Outcome::Negative,
        (false, false) => Outcome::Dark,
        (true, true) => panic!("{line}: pixels of both signs"),
    };
    assert_eq!(found, *expected, "{line}");
    let result = agree(engines, &Line(vec![line.clone()]));
    assert!(result.is_ok(), "{line}: {result:?}");
}

fn all_give(cases: &[(&str, Outcome)]) {
    let mut engines = Engines::new();
    for (words, outcome) in cases {
        gives(&mut engines, words, outcome);
    }
}

#[test]
fn degenerate_crystals_give_an_image_or_a_reason() {
    all_give(&[
        ("-cell 50 60 70 60 60 119.9 -N 5", Outcome::Image),
        ("-cell 50 60 70 60 60 119.9999 -N 5", Outcome::Image),
        ("-cell 50 60 70 60 60 120.1 -N 5", Outcome::Refused("-cell")),
        ("-cell 50 60 70 0 90 90 -N 5", Outcome::Refused("-cell")),
        ("-cell 100 -N 5 -phi 0 -osc 360 -phisteps 1", Outcome::Image),
        (
            "-cell 100 -N 3 -detpixels 2 -mosaic 1 -mosaic_dom 100000",
            Outcome::Image,
        ),
        (
            "-cell 100 -N 3 -detpixels 2 -mosaic 180 -mosaic_dom 50",
            Outcome::Image,
        ),
    ]);
}

#[test]
fn degenerate_beams_give_an_image_or_a_reason() {
    all_give(&[
        ("-cell 100 -N 5 -lambda 1e-3", Outcome::Image),
        ("-cell 100 -N 5 -lambda 100", Outcome::Image),
        ("-cell 100 -N 5 -lambda 0", Outcome::Refused("-lambda")),
        ("-cell 100 -N 5 -dmin 1000", Outcome::Dark),
        ("-cell 100 -N 5 -fluence 0", Outcome::Dark),
    ]);
}

#[test]
fn degenerate_detectors_give_an_image_or_a_reason() {
    all_give(&[
        ("-cell 100 -N 5 -distance 1", Outcome::Image),
        ("-cell 100 -N 5 -distance 100000", Outcome::Image),
        ("-cell 100 -N 5 -detpixels 1", Outcome::Image),
        // Absorbs nothing, and counts what it absorbs.
        (
            "-cell 100 -N 5 -oversample_thick -physics c-parity",
            Outcome::Dark,
        ),
        ("-cell 100 -N 5 -oversample_thick", Outcome::Image),
        (
            "-cell 100 -N 5 -detpixels_f 1 -detpixels_s 40",
            Outcome::Image,
        ),
        (
            "-cell 100 -N 5 -detpixels 0",
            Outcome::Refused("-detpixels"),
        ),
    ]);
}

#[test]
fn a_detector_edge_on_gives_an_image_or_a_reason() {
    let sensor = "-detector_thick 400 -detector_abs 300 -thicksteps 3";
    all_give(&[
        // The beam runs along the plane and never meets it.
        (
            "-cell 100 -N 5 -detector_roty 90",
            Outcome::Refused("-detector_roty"),
        ),
        // Nearly so: the sample sees the pixels from the side.
        ("-cell 100 -N 5 -detector_roty 89.99", Outcome::Image),
        ("-cell 100 -N 5 -twotheta 89.99", Outcome::Image),
        (
            "-cell 100 -N 5 -twotheta 89.9999 -oversample_omega",
            Outcome::Image,
        ),
        (
            &format!("-cell 100 -N 5 -twotheta 89.99 {sensor}"),
            Outcome::Dark,
        ),
        (
            &format!("-cell 100 -N 5 -twotheta 89.99 {sensor} -physics corrected"),
            Outcome::Image,
        ),
        // A detector that turns with its near point faces the sample at any angle.
        (
            "-cell 100 -N 5 -distance 100 -twotheta 90 -pivot sample",
            Outcome::Image,
        ),
        // Bent to a radius of 0.02 mm.
        (
            "-cell 100 -N 5 -twotheta 89.99 -curved_det",
            Outcome::Refused("-curved_det"),
        ),
        ("-cell 100 -N 5 -twotheta 89.9 -curved_det", Outcome::Image),
    ]);
}

#[test]
fn pixels_behind_the_sample_and_seen_from_behind_give_an_image() {
    let sensor = "-detector_thick 400 -detector_abs 30 -thicksteps 3";
    all_give(&[
        // Back-scattering: q is almost 2/λ.
        (
            "-cell 100 -N 5 -distance 100 -twotheta 180 -pivot sample",
            Outcome::Image,
        ),
        (
            "-cell 100 -N 5 -distance 20 -detpixels 40 -twotheta 120 -pivot sample -curved_det",
            Outcome::Image,
        ),
        (
            &format!("-cell 100 -N 5 -twotheta 150 -pivot sample {sensor} -oversample_thick"),
            Outcome::Image,
        ),
        // Tilted about the beam by more than a right angle, a detector is placed upstream of the sample.
        ("-cell 100 -N 5 -detector_roty 150", Outcome::Image),
        // Swung about the beam spot by more than a right angle: the classic solid angle is negative.
        ("-cell 100 -N 5 -twotheta 150", Outcome::Negative),
        (
            "-cell 100 -N 5 -twotheta 150 -curved_det",
            Outcome::Negative,
        ),
        ("-cell 100 -N 5 -twotheta 150 -point_pixel", Outcome::Image),
        (
            "-cell 100 -N 5 -twotheta 150 -physics corrected",
            Outcome::Image,
        ),
        (
            &format!("-cell 100 -N 5 -twotheta 150 {sensor}"),
            Outcome::Negative,
        ),
        (
            &format!("-cell 100 -N 5 -twotheta 150 {sensor} -oversample_thick"),
            Outcome::Negative,
        ),
        (
            &format!("-cell 100 -N 5 -twotheta 150 {sensor} -physics corrected"),
            Outcome::Image,
        ),
        (
            &format!("-cell 100 -N 5 -twotheta 150 {sensor} -physics c-parity"),
            Outcome::Image,
        ),
    ]);
}

/// Photons that theory expects where a pixel's centre lies in the direct beam: all N³ cells scatter in phase.
fn forward(plan: &Plan) -> f64 {
    let panel = plan.panel();
    let pixel_m2: f64 = panel.pixel_size_m.iter().product();
    let omega = pixel_m2 / panel.near_distance_m().powi(2);
    let cells: f64 = plan.crystal().domain.n_cells.iter().product();
    let orientations = plan.crystal().orientations.cells.len() as f64;
    plan.scale * orientations * (100.0 * cells).powi(2) * omega
}

#[test]
fn where_q_is_zero_all_cells_scatter_in_phase() {
    let mut engines = Engines::new();
    for words in [
        "-N 5",
        "-N 5 -dmin 1",
        "-N 1",
        "-N 40 -misset 10 20 30",
        "-Na 7 -Nb 1 -Nc 12 -mosaic 2 -mosaic_dom 5",
        "-N 5 -gauss_xtal",
        "-N 5 -tophat_spots",
        "-N 5 -round_xtal",
    ] {
        // The centre of the middle pixel of 15 × 15.
        let line = format!(
            "{LINE} -cell 70 80 90 75 85 95 -denzo -detpixels 15 -Xbeam 3.75 -Ybeam 3.75 {words}"
        );
        let run = run(&line).expect("the line is accepted");
        let shape = if words.contains("round") {
            0.723601254558268f64.powi(2)
        } else {
            1.0
        };
        let expected = shape * forward(&run.plan);
        let images = [
            ("float64", rendered(&mut engines.oracle, &run)),
            ("float32 lanes", rendered(&mut engines.single, &run)),
            ("GPU", rendered(&mut engines.gpu, &run)),
        ];
        for (name, image) in &images {
            let found = f64::from(image.view()[(7, 7)]);
            let limit = if *name == "float64" { 1e-7 } else { 5e-6 };
            let error = (found / expected - 1.0).abs();
            assert!(
                error <= limit,
                "{name}, {words}: {found} and {expected}, {error:e}"
            );
        }
        let result = agree(&mut engines, &Line(vec![line.clone()]));
        assert!(result.is_ok(), "{line}: {result:?}");
    }
}

#[test]
fn a_whole_turn_in_one_step_is_the_first_orientation() {
    let mut engine = Engines::new().oracle;
    let mut image = |words: &str| -> Image {
        let run = run(&format!(
            "{LINE} -cell 70 80 90 75 85 95 -N 5 -phi 12 {words}"
        ));
        rendered(&mut engine, &run.expect("the line is accepted"))
    };
    assert_eq!(image("-osc 360 -phisteps 1"), image(""));
}

#[test]
fn a_hundred_thousand_cells_along_each_edge_agree_as_far_as_float32_goes() {
    let mut engines = Engines::new();
    // Two pixels of 5 nm a fringe.
    let line = "-default_F 100 -oversample 1 -detpixels 40 -pixel 5e-6 -cell 100 -N 100000";
    let run = run(line).expect("the line is accepted");
    let oracle = rendered(&mut engines.oracle, &run);
    let limit = super::float32_bound(&mut engines.lanes, &run, &oracle);
    assert!(limit < 0.5, "the bound says nothing: {limit}");
    for image in [
        rendered(&mut engines.single, &run),
        rendered(&mut engines.gpu, &run),
    ] {
        let error = relative_l2(&image, &oracle);
        assert!(error <= limit, "relative L2 {error:e}, explained {limit:e}");
    }
}

#[test]
fn a_million_cells_along_each_edge_are_for_the_cpu_and_the_gpu_says_so() {
    let run = run("-default_F 100 -oversample 1 -detpixels 16 -pixel 0.5 -cell 100 -N 1000000")
        .expect("the line is accepted");
    let mut engines = Engines::new();
    let exact = rendered(&mut engines.oracle, &run);
    assert!(exact.as_slice().iter().all(|v| v.is_finite()));
    let error = image(&mut engines.gpu, &run).unwrap_err().to_string();
    assert!(error.contains("-device cpu"), "{error}");
}

#[test]
fn a_running_sum_beyond_float32_is_for_float64_and_float32_says_so() {
    let line =
        "-default_F 100 -cell 100 -N 5 -detpixels 8 -point_pixel -oversample_omega -oversample";
    let mut engines = Engines::new();
    // 100 m⁻² at 0.1 m, once for each sub-pixel.
    let few = run(&format!("{line} 2")).expect("the line is accepted");
    assert!((few.plan.running_growth() / 1e8 - 1.0).abs() < 1e-9);
    assert!(agree(&mut engines, &Line(vec![format!("{line} 2")])).is_ok());
    let many = run(&format!("{line} 6")).expect("the line is accepted");
    for engine in [&mut engines.single, &mut engines.gpu] {
        let error = image(engine, &many).unwrap_err().to_string();
        assert!(
            error.contains("-device cpu") && error.contains("-physics corrected"),
            "{error}"
        );
    }
    let corrected = run(&format!("{line} 6 -physics corrected")).expect("the line is accepted");
    assert_eq!(corrected.plan.running_growth(), 1.0);
}
