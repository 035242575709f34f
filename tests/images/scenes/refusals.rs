//! Scenes without an image.

use std::sync::Arc;

use nanobragg::{
    plan::{PlanError, Planner},
    scene::{Crystal, Panel, PerSampleFactors, Scene, Source, StructureFactors, Weighting},
};

use super::{
    WEIGHTINGS, mosaic, scene, source, triclinic, with_crystals, with_sources, with_weighting,
};

#[test]
fn scenes_without_an_image_are_refused_with_a_reason() {
    type Change = fn(&mut Scene);
    fn only_crystal(scene: &mut Scene) -> &mut Crystal {
        Arc::make_mut(&mut scene.crystals[0])
    }
    fn only_panel(scene: &mut Scene) -> &mut Panel {
        &mut Arc::make_mut(&mut scene.detector).panels[0]
    }
    fn reason(change: Change) -> PlanError {
        let mut scene = scene(triclinic());
        change(&mut scene);
        Planner::default().plan(&scene).unwrap_err()
    }
    let empty: [(Change, &str); 8] = [
        (|scene| scene.crystals.clear(), "crystal"),
        (
            |scene| Arc::make_mut(&mut scene.spectrum).sources.clear(),
            "source",
        ),
        (
            |scene| Arc::make_mut(&mut scene.detector).panels.clear(),
            "panel",
        ),
        (
            |scene| Arc::make_mut(&mut scene.goniometer).phi_rad.clear(),
            "step of phi",
        ),
        (|scene| scene.sampling.oversample = 0, "sub-pixel"),
        (|scene| only_panel(scene).sensor.layers = 0, "sensor layer"),
        (
            |scene| only_crystal(scene).mosaic = mosaic(&[], None),
            "mosaic domain",
        ),
        (
            |scene| only_crystal(scene).mosaic = mosaic(&[], Some(&[])),
            "mosaic domain",
        ),
    ];
    for (change, what) in empty {
        let error = reason(change);
        assert_eq!(error, PlanError::Empty(what));
        assert!(error.to_string().contains(what), "{error}");
    }
    let counts: [(Change, usize, usize); 6] = [
        (
            |scene| only_panel(scene).mask = Some(Arc::new(vec![1; 40 * 33 - 1])),
            40 * 33 - 1,
            40 * 33,
        ),
        (
            |scene| only_panel(scene).mask = Some(Arc::new(vec![1; 40 * 33 + 40])),
            40 * 33 + 40,
            40 * 33,
        ),
        (
            |scene| only_panel(scene).region.fast_max = 40,
            40 * 33,
            41 * 33,
        ),
        (
            |scene| {
                only_crystal(scene).structure_factors = vec![StructureFactors::Constant(1.0); 3];
            },
            3,
            1,
        ),
        (|scene| only_crystal(scene).structure_factors.clear(), 0, 1),
        (
            |scene| {
                let crystal = only_crystal(scene);
                crystal.mosaic = mosaic(&crystal.mosaic.rotations, Some(&[1.0; 4]));
            },
            4,
            5,
        ),
    ];
    for (change, found, wanted) in counts {
        let error = reason(change);
        let PlanError::Count { count, needed, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((count, needed), (found, wanted), "{error}");
        let text = error.to_string();
        assert!(text.contains(&found.to_string()) && text.contains(&wanted.to_string()));
    }
}

#[test]
fn a_running_sum_is_refused_what_it_cannot_weigh() {
    const RUNNING: Weighting = Weighting::RunningSum(PerSampleFactors {
        capture: false,
        polarization: false,
        omega: true,
    });
    let scene = with_weighting(&scene(triclinic()), RUNNING);
    assert!(Planner::default().plan(&scene).is_ok());
    let two = [triclinic(), triclinic()];
    let scaled = Crystal {
        scale: 2.0,
        ..triclinic()
    };
    let weighted = Crystal {
        mosaic: mosaic(&triclinic().mosaic.rotations, Some(&[1.0; 5])),
        ..triclinic()
    };
    let by_source = Crystal {
        structure_factors: vec![StructureFactors::Constant(1.0); 2],
        ..triclinic()
    };
    let ahead = source([0.0, 0.0, 1.0], 1.0, 1.0);
    let sources = [ahead, ahead];
    let unequal = [
        Source {
            weight: 1.5,
            ..ahead
        },
        Source {
            weight: 0.5,
            ..ahead
        },
    ];
    for (what, refused) in [
        ("several crystals", with_crystals(&scene, &two)),
        (
            "weights of crystals and domains",
            with_crystals(&scene, &[scaled]),
        ),
        (
            "weights of crystals and domains",
            with_crystals(&scene, &[weighted]),
        ),
        ("weights of sources", with_sources(&scene, &unequal)),
        (
            "structure factors by source",
            with_sources(&with_crystals(&scene, &[by_source]), &sources),
        ),
    ] {
        let error = Planner::default().plan(&refused).unwrap_err();
        assert_eq!(error, PlanError::RunningSum(what));
        assert!(error.to_string().contains(what), "{error}");
        for weighting in WEIGHTINGS {
            let allowed = with_weighting(&refused, weighting);
            assert!(Planner::default().plan(&allowed).is_ok(), "{what}");
        }
    }
}
