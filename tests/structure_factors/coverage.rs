//! What a run says about the reflections its file lacks, and that a picture does not depend on the file's format.

use std::path::Path;

use nanobragg::{
    classic::{
        Coverage, Experiment, coverage, load,
        options::{Options, Physics},
    },
    engine::Engine,
    internals::cpu::CpuEngine,
    plan::Plan,
    structure_factors::{Amplitudes, Centring, Loaded, Reflection, expand},
};

fn options(hkl: &str) -> Options {
    let mut options = Options::default();
    options.structure_factors.hkl = Some(hkl.into());
    options.crystal.misset = Some(nanobragg::classic::options::Misset::Angles([
        10.0, 20.0, 30.0,
    ]));
    options.crystal.n_cells = [Some(5); 3];
    options.beam.wavelength_angstrom = Some(1.0);
    options.detector.distance_mm = Some(80.0);
    options.detector.detpixels_fast = Some(200);
    options.detector.detpixels_slow = Some(200);
    options
}

fn prepared(hkl: &str) -> (Loaded, Plan) {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs");
    let mut options = options(hkl);
    let loaded = load(&options.structure_factors, Physics::Spec, &inputs).unwrap();
    options.crystal.cell = loaded.cell.or(Some([53.91, 23.1, 23.1, 90.0, 110.4, 90.0]));
    let plan = Experiment::from_options(&options)
        .unwrap()
        .plan(&loaded.amplitudes)
        .unwrap();
    (loaded, plan)
}

fn coverage_of(list: &[Reflection], plan: &Plan) -> Coverage {
    let expanded = expand(list, None, None, 0.0).unwrap();
    coverage(plan, &expanded.table, &expanded.known, None).unwrap()
}

/// Every index of a box that reaches beyond the detector's corner.
fn complete() -> Vec<Reflection> {
    let mut list = Vec::new();
    for h in -20..=20 {
        for k in -10..=10 {
            for l in -10..=10 {
                list.push(Reflection {
                    hkl: [h, k, l],
                    f: 1.0,
                });
            }
        }
    }
    list
}

#[test]
fn a_complete_file_lacks_nothing() {
    let (_, plan) = prepared("2erl.mtz");
    let found = coverage_of(&complete(), &plan);
    assert_eq!(found.within_corner, found.known_within_corner);
    assert_eq!(found.unknown_on_detector, 0);
    assert!(found.on_detector > 100, "{found}");
    assert!(found.on_detector < found.within_corner, "{found}");
    // The corners are 10√2 mm from the beam, 80 mm away; half a pixel more towards one of them.
    let half_angle = |distance_mm: f64| (distance_mm / 80.0).atan() / 2.0;
    let corner = |distance_mm: f64| 0.5 / half_angle(distance_mm).sin();
    let (near, far) = (corner(14.35), corner(14.1));
    assert!((near..far).contains(&found.corner_angstrom), "{found}");
}

#[test]
fn what_is_taken_away_is_missed() {
    let (_, plan) = prepared("2erl.mtz");
    let whole = coverage_of(&complete(), &plan);
    let without = |axis: usize, index: i32| {
        let mut list = complete();
        list.retain(|reflection| reflection.hkl[axis] != index);
        coverage_of(&list, &plan)
    };
    let found = without(1, 1);
    assert_eq!(found.within_corner, whole.within_corner);
    assert!(found.known_within_corner < whole.known_within_corner);
    assert!(found.unknown_on_detector > 0);
    assert_eq!(found.on_detector, whole.on_detector);
    let nothing_near = without(0, 20);
    assert_eq!(nothing_near.unknown_on_detector, 0);
}

#[test]
fn what_a_centred_lattice_lacks_is_told_apart_from_what_the_file_lacks() {
    // The text lists the C-centred crystal's reflections and names no symmetry; the MTZ file names it.
    let (mtz, plan) = prepared("2erl.mtz");
    let (text, _) = prepared("2erl_P1.hkl");
    let coverage_of = |loaded: &Loaded| {
        let (Amplitudes::Table(table), Some(known)) = (&loaded.amplitudes, &loaded.known) else {
            panic!("a table is read");
        };
        coverage(&plan, table, known, loaded.suggested_centring).unwrap()
    };
    let (by_symmetry, by_list) = (coverage_of(&mtz), coverage_of(&text));
    assert_eq!(by_symmetry.absences, None);
    let absences = by_list.absences.unwrap();
    assert_eq!(absences.centring, Centring::C);
    assert!(absences.on_detector > 50, "{by_list}");
    assert_eq!(
        by_list.unknown_on_detector - absences.on_detector,
        by_symmetry.unknown_on_detector
    );
    assert_eq!(
        by_list.known_within_corner + absences.within_corner,
        by_symmetry.known_within_corner
    );
    assert!(
        by_list.to_string().contains("C-centred lattice"),
        "{by_list}"
    );
}

#[test]
fn a_picture_is_the_same_from_an_mtz_and_from_the_text_made_of_it() {
    let render = |hkl: &str| {
        let (loaded, plan) = prepared(hkl);
        assert!(matches!(loaded.amplitudes, Amplitudes::Table(_)));
        CpuEngine::default().image(&plan).unwrap()
    };
    let (mtz, text) = (render("2erl.mtz"), render("2erl_P1.hkl"));
    let (mut apart, mut total) = (0.0, 0.0);
    for (&first, &second) in mtz.as_slice().iter().zip(text.as_slice()) {
        apart += f64::from(first - second).powi(2);
        total += f64::from(first).powi(2);
    }
    let relative = (apart / total).sqrt();
    assert!(total > 0.0 && relative < 1e-5, "{relative}");
}
