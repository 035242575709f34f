//! A simulator needs no file once it has its scene, and makes anew what changed alone.

use std::{fs, path::Path, sync::Arc};

use nanobragg::{
    classic::{Prepared, RasterOrder, Session, options::Options},
    engine::{EngineKind, Precision},
    image::Image,
    internals::{
        cpu::{CpuEngine, CpuOptions},
        measure::agreement,
    },
    plan::Plan,
    scene::{Crystal, Domain, Shot, StructureFactors},
    simulator::Simulator,
    vector::scale,
};
use tempfile::TempDir;

use crate::golden_cases::{golden, options};

const PRECISIONS: [Precision; 2] = [Precision::F64, Precision::F32];
/// The files are those of [`files`].
const LINE: &str = "-hkl reflections.hkl -default_F 1 -mat crystal.mat -sourcefile sources -N 5 -mosaic 0.4 -mosaic_dom 3 \
                    -distance 80 -detpixels 48 -pixel 0.6 -oversample 1 -phi 5 -osc 1 -phisteps 2 -fluence 1e24 \
                    -physics corrected";

/// A folder with every kind of file that a scene is read from.
fn files() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [
        ("2erl_P1.hkl", "reflections.hkl"),
        ("oriented.mat", "crystal.mat"),
        ("sources.txt", "sources"),
    ] {
        fs::copy(golden().join("inputs").join(from), folder.path().join(to)).unwrap();
    }
    fs::write(folder.path().join("single"), "-10 0 0 1 1.3e-10\n").unwrap();
    folder
}

/// [`LINE`] and more words, every file in `folder`.
fn options_in(folder: &Path, words: &str) -> Options {
    options(&format!("{LINE} {words}"), folder)
}

fn read(folder: &Path, words: &str) -> Prepared {
    Prepared::new(&options_in(folder, words)).unwrap_or_else(|error| panic!("{words}: {error}"))
}

fn cpu(precision: Precision) -> CpuEngine {
    CpuEngine::new(CpuOptions {
        precision,
        ..CpuOptions::default()
    })
}

/// What a prepared line renders in a process of its own.
fn rendered(prepared: &Prepared, precision: Precision) -> Image {
    let engine = RasterOrder::open(EngineKind::Cpu(precision), &Default::default()).unwrap();
    Session::new(prepared.clone(), engine).render().unwrap()
}

fn table_of(factors: &[StructureFactors]) -> *const f64 {
    let table = factors[0].table().expect("a table");
    table.values().as_ptr()
}

/// A crystal that shares everything but its orientation.
fn turned(crystal: &Crystal, like: &Crystal) -> Arc<Crystal> {
    Arc::new(Crystal {
        real_space: like.real_space,
        reciprocal_space: like.reciprocal_space,
        domain: crystal.domain,
        mosaic: Arc::clone(&crystal.mosaic),
        structure_factors: crystal.structure_factors.clone(),
        scale: crystal.scale,
    })
}

#[test]
fn shots_of_every_kind_are_rendered_when_the_files_are_gone() {
    for precision in PRECISIONS {
        let folder = files();
        let first = read(folder.path(), "");
        let other = |words: &str| read(folder.path(), words);
        let (misset, start) = (other("-misset 10 20 30"), other("-phi 40"));
        let (far, bright) = (other("-distance 95"), other("-fluence 3e24"));
        let single = other("-sourcefile single");
        let [of_first, of_misset, of_start, of_far, of_bright, of_single] =
            [&first, &misset, &start, &far, &bright, &single]
                .map(|prepared| rendered(prepared, precision));
        let path = folder.path().to_owned();
        folder.close().unwrap();
        assert!(!path.exists());

        let scene = first.scene.clone();
        let crystal = turned(&scene.crystals[0], &misset.scene.crystals[0]);
        let beam = scene.beam.direction;
        let table = table_of(&scene.crystals[0].structure_factors);
        let mut simulator = Simulator::new(scene, cpu(precision));
        let shots = [
            ("the scene", Shot::default(), 1, of_first),
            (
                "fluence",
                Shot {
                    fluence: Some(3e24),
                    ..Shot::default()
                },
                1,
                of_bright,
            ),
            (
                "spectrum",
                Shot {
                    spectrum: Some(Arc::clone(&single.scene.spectrum)),
                    ..Shot::default()
                },
                1,
                of_single,
            ),
            (
                "shift",
                Shot {
                    detector_shift_m: scale(beam, 0.015),
                    ..Shot::default()
                },
                1,
                of_far,
            ),
            (
                "orientation",
                Shot {
                    crystals: Some(vec![crystal]),
                    ..Shot::default()
                },
                2,
                of_misset,
            ),
            (
                "goniometer",
                Shot {
                    goniometer: Some(Arc::clone(&start.scene.goniometer)),
                    ..Shot::default()
                },
                3,
                of_start,
            ),
        ];
        for (what, shot, made, expected) in shots {
            let image = simulator.render(&shot).unwrap();
            assert!(image.as_slice().iter().any(|photons| *photons > 0.0));
            if what == "shift" {
                // 80 mm and 15 mm are 95 mm to the last digits.
                let error = agreement(image.view(), expected.view()).relative_l2;
                assert!(error.unwrap() < 1e-6, "{precision:?}, {what}: {error:?}");
            } else {
                assert_eq!(image, expected, "{precision:?}, {what}");
            }
            assert_eq!(simulator.planner().orientations_made(), made, "{what}");
            let plan = simulator.plan(&shot).unwrap();
            let found = table_of(&plan.crystals[0].structure_factors);
            assert_eq!(found, table, "{what}: another table");
        }
    }
}

#[test]
fn what_two_shots_share_is_one_allocation() {
    let folder = files();
    let first = read(folder.path(), "");
    let misset = read(folder.path(), "-misset 10 20 30");
    drop(folder);
    let mut simulator = Simulator::new(first.scene.clone(), CpuEngine::default());
    let before = simulator.plan(&Shot::default()).unwrap();
    assert!(Arc::ptr_eq(&before.detector, &first.scene.detector));
    assert!(Arc::ptr_eq(&before.spectrum, &first.scene.spectrum));

    // The same shot is not planned again, and neither is one of the same parts.
    let again = simulator.plan(&Shot::default()).unwrap();
    assert!(Arc::ptr_eq(&before, &again));
    let brighter = Shot {
        fluence: Some(2.0 * first.scene.beam.fluence),
        ..Shot::default()
    };
    let bright = simulator.plan(&brighter).unwrap();
    assert_eq!(bright.scale, 2.0 * before.scale);
    let orientations =
        |plan: &Plan, crystal: usize| Arc::clone(&plan.crystals[crystal].orientations);
    assert!(Arc::ptr_eq(
        &orientations(&bright, 0),
        &orientations(&before, 0)
    ));

    // Of two crystals, one of which was there, one is oriented.
    let crystal = &first.scene.crystals[0];
    let both = Shot {
        crystals: Some(vec![
            turned(crystal, &misset.scene.crystals[0]),
            Arc::clone(crystal),
        ]),
        ..Shot::default()
    };
    let plan = simulator.plan(&both).unwrap();
    assert_eq!(simulator.planner().orientations_made(), 2);
    assert!(Arc::ptr_eq(
        &orientations(&plan, 1),
        &orientations(&before, 0)
    ));
    // The same orientation once more, of another domain and scale, is no other.
    let smaller = Crystal {
        scale: 0.25,
        domain: Domain {
            n_cells: [3.0; 3],
            ..crystal.domain
        },
        ..(**crystal).clone()
    };
    let third = Shot {
        crystals: Some(vec![Arc::new(smaller)]),
        ..Shot::default()
    };
    simulator.plan(&third).unwrap();
    assert_eq!(simulator.planner().orientations_made(), 2);
    // The mosaic is compared by where it lies.
    let mut copied = (**crystal).clone();
    copied.mosaic = Arc::new((*crystal.mosaic).clone());
    let copied = Shot {
        crystals: Some(vec![Arc::new(copied)]),
        ..Shot::default()
    };
    simulator.plan(&copied).unwrap();
    assert_eq!(simulator.planner().orientations_made(), 3);
}

#[test]
fn a_scene_is_taken_in_place_of_another() {
    let folder = files();
    let (first, far) = (
        read(folder.path(), ""),
        read(folder.path(), "-distance 95 -fluence 2e24"),
    );
    let mut simulator = Simulator::new(first.scene.clone(), CpuEngine::default());
    let before = simulator.render(&Shot::default()).unwrap();
    let mut scene = far.scene.clone();
    scene.crystals.clone_from(&first.scene.crystals);
    simulator.set_scene(scene);
    let after = simulator.render(&Shot::default()).unwrap();
    assert_eq!(after, rendered(&far, Precision::F64));
    assert_ne!(after, before);
    assert_eq!(simulator.planner().orientations_made(), 1);
    simulator.set_scene(first.scene);
    assert_eq!(simulator.render(&Shot::default()).unwrap(), before);
}

#[test]
fn a_session_changes_its_options_without_the_file_of_reflections() {
    let folder = files();
    let options = |words: &str| options_in(folder.path(), words);
    let words = "-misset 10 20 30 -distance 95 -mosaic 0.4";
    let expected = rendered(&read(folder.path(), words), Precision::F64);
    let start = rendered(&read(folder.path(), "-phi 40"), Precision::F64);
    let prepared = Prepared::new(&options("")).unwrap();
    let engine = RasterOrder::open(EngineKind::Cpu(Precision::F64), &Default::default()).unwrap();
    let mut session = Session::new(prepared, engine);
    let first = session.render().unwrap();
    fs::remove_file(folder.path().join("reflections.hkl")).unwrap();

    let before = session.prepared().clone();
    session.change(&options(words), &before.loaded).unwrap();
    let after = &session.prepared().scene;
    assert!(Arc::ptr_eq(
        &after.crystals[0].mosaic,
        &before.scene.crystals[0].mosaic
    ));
    assert!(Arc::ptr_eq(&after.spectrum, &before.scene.spectrum));
    assert_eq!(
        table_of(&after.crystals[0].structure_factors),
        table_of(&before.scene.crystals[0].structure_factors)
    );
    assert_eq!(session.render().unwrap(), expected);

    session.change(&options(""), &before.loaded).unwrap();
    assert_eq!(session.render().unwrap(), first);
    session.turn_to(40.0);
    assert_eq!(session.render().unwrap(), start);
    // What is wrong with new options leaves the session as it was.
    assert!(
        session
            .change(&options("-cell 70 80 90 200 90 90"), &before.loaded)
            .is_err()
    );
    assert_eq!(session.render().unwrap(), start);
}
