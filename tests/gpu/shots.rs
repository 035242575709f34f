//! A simulator hands the GPU engine again what stays from shot to shot, so that it is not uploaded again.

use std::{sync::Arc, time::Duration};

use nanobragg::{
    internals::gpu::{Counters, GpuEngine, GpuOptions},
    scene::{Beam, Crystal, Detector, Goniometer, Panel, Scene, Shot, StructureFactors, UnitCell},
    simulator::Simulator,
};

fn simulator() -> Simulator<GpuEngine> {
    let cell = UnitCell::new([70.0, 80.0, 90.0, 90.0, 90.0, 90.0]).unwrap();
    let crystal = Crystal::new(cell, StructureFactors::Constant(100.0));
    let camera = Detector::of(Panel::facing(100, 80, 1e-4, 0.1));
    let scene = Scene::new(Beam::of_wavelength(1.0), camera, crystal);
    // Slices that hold whole images, so that no buffer has to grow.
    let options = GpuOptions {
        slice_time: Duration::from_secs(100),
        ..GpuOptions::default()
    };
    let engine = GpuEngine::new(options).unwrap_or_else(|error| panic!("{error}"));
    Simulator::new(scene, engine)
}

/// Bytes that a shot uploads, without its slices: tables, orientations, sources, tiles, constants.
fn uploaded(simulator: &mut Simulator<GpuEngine>, shot: &Shot) -> [u64; 5] {
    let bytes = |counters: Counters| {
        [
            counters.table_bytes,
            counters.orientation_bytes,
            counters.source_bytes,
            counters.tile_bytes,
            counters.constant_bytes,
        ]
    };
    let before = bytes(simulator.engine().counters());
    simulator.render(shot).unwrap();
    let after = bytes(simulator.engine().counters());
    std::array::from_fn(|kind| after[kind] - before[kind])
}

fn shifted_and_turned(along_m: f64, phi_rad: f64) -> Shot {
    Shot {
        detector_shift_m: [0.0, 0.0, along_m],
        goniometer: Some(Arc::new(Goniometer {
            spindle: [1.0, 0.0, 0.0],
            phi_rad: vec![phi_rad],
        })),
        ..Shot::default()
    }
}

#[test]
fn a_camera_that_stands_where_it_stood_is_not_uploaded_again() {
    let mut simulator = simulator();
    let first = uploaded(&mut simulator, &shifted_and_turned(0.01, 0.0));
    let [_, orientations, _, tiles, _] = first;
    assert!(orientations > 0 && tiles > 0);
    let turned = uploaded(&mut simulator, &shifted_and_turned(0.01, 0.1));
    assert_eq!(turned, [0, orientations, 0, 0, 0]);
    let farther = uploaded(&mut simulator, &shifted_and_turned(0.02, 0.2));
    assert_eq!(farther, [0, orientations, 0, tiles, 0]);
    // Another scene of the same camera has the same shifted one.
    let scene = simulator.scene().clone();
    simulator.set_scene(scene);
    let again = uploaded(&mut simulator, &shifted_and_turned(0.02, 0.3));
    assert_eq!(again, [0, orientations, 0, 0, 0]);
}

#[test]
fn the_fluence_alone_uploads_nothing_but_slices() {
    let mut simulator = simulator();
    let shifted = shifted_and_turned(0.01, 0.1);
    uploaded(&mut simulator, &shifted);
    let slices = simulator.engine().counters().slice_bytes;
    let brighter = Shot {
        fluence: Some(3e28),
        ..shifted
    };
    assert_eq!(uploaded(&mut simulator, &brighter), [0; 5]);
    assert!(simulator.engine().counters().slice_bytes > slices);
}
