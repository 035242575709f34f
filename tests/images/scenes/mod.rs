//! What only a scene can say: several panels and crystals, and weights of domains and sources.

use std::sync::Arc;

use nanobragg::{
    engine::{Engine, Precision},
    image::Image,
    internals::cpu::{CpuEngine, CpuOptions},
    plan::{Plan, Planner},
    scene::{
        Beam, Crystal, Detector, Mosaic, Panel, Polarization, Scene, Source, Spectrum,
        StructureFactors, UnitCell, Weighting,
    },
    structure_factors::Table,
    vector::{CellVectors, Matrix, Vector, norm, rotate_xyz, scale},
};

mod crystals;
mod panels;
mod refusals;
mod sources;
mod tables;

const PRECISIONS: [Precision; 2] = [Precision::F64, Precision::F32];
const WEIGHTINGS: [Weighting; 2] = [Weighting::AtTheEnd, Weighting::EachTerm];

fn engine(precision: Precision) -> CpuEngine {
    CpuEngine::new(CpuOptions {
        precision,
        ..CpuOptions::default()
    })
}

fn plan(scene: &Scene) -> Plan {
    Planner::default()
        .plan(scene)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn render(precision: Precision, scene: &Scene) -> Image {
    engine(precision).image(&plan(scene)).unwrap()
}

/// A table whose F differ from point to point, up to 100.
fn table(reach: i32, salt: i32) -> Arc<Table> {
    let mut table = Table::filled([-reach; 3], [reach; 3], 7.0);
    for h in -reach..=reach {
        for k in -reach..=reach {
            for l in -reach..=reach {
                let f = (31 * h + 17 * k + 7 * l + salt).rem_euclid(100);
                table.set([h, k, l], f64::from(1 + f));
            }
        }
    }
    Arc::new(table)
}

fn turned(cell: CellVectors, angles_rad: [f64; 3]) -> CellVectors {
    cell.map(|axis| rotate_xyz(axis, angles_rad))
}

fn crystal(cell: [f64; 6], angles_rad: [f64; 3], structure_factors: StructureFactors) -> Crystal {
    let cell = UnitCell::new(cell).expect("a cell");
    let crystal = Crystal::new(cell, structure_factors);
    Crystal {
        real_space: turned(crystal.real_space, angles_rad),
        reciprocal_space: turned(crystal.reciprocal_space, angles_rad),
        mosaic: Arc::new(Mosaic::cap(0.8, 5, -1234)),
        ..crystal
    }
}

const TRICLINIC: [f64; 6] = [70.0, 80.0, 90.0, 75.0, 85.0, 95.0];
const TILT: [f64; 3] = [0.2, 0.3, 0.4];

fn triclinic() -> Crystal {
    crystal(TRICLINIC, TILT, StructureFactors::Nearest(table(20, 0)))
}

/// A panel of 40 × 33 pixels that faces a polarised beam.
fn scene(crystal: Crystal) -> Scene {
    let mut beam = Beam::of_wavelength(1.1);
    beam.polarization = Some(Polarization {
        factor: 0.9,
        axis: [0.0, 1.0, 0.0],
    });
    Scene::new(
        beam,
        Detector::of(Panel::facing(40, 33, 0.5e-3, 0.06)),
        crystal,
    )
}

fn with_crystals(scene: &Scene, crystals: &[Crystal]) -> Scene {
    Scene {
        crystals: crystals.iter().cloned().map(Arc::new).collect(),
        ..scene.clone()
    }
}

fn with_sources(scene: &Scene, sources: &[Source]) -> Scene {
    let spectrum = Spectrum {
        sources: sources.to_vec(),
    };
    Scene {
        spectrum: Arc::new(spectrum),
        ..scene.clone()
    }
}

fn with_weighting(scene: &Scene, weighting: Weighting) -> Scene {
    let mut scene = scene.clone();
    scene.sampling.weighting = weighting;
    scene
}

/// Holds an image to a weighted sum of others, relative L2.
fn is_sum(what: &str, image: &Image, parts: &[(f64, &Image)]) {
    let (mut difference, mut square) = (0.0, 0.0);
    for (at, photons) in image.as_slice().iter().enumerate() {
        let of = |(weight, part): &(f64, &Image)| weight * f64::from(part.as_slice()[at]);
        let expected: f64 = parts.iter().map(of).sum();
        difference += (f64::from(*photons) - expected).powi(2);
        square += expected.powi(2);
    }
    let error = (difference / square).sqrt();
    assert!(square > 0.0 && error < 1e-6, "{what}: {error:e}");
}

/// Whether an image is another by more than a hundredth, relative L2.
fn differs(a: &Image, b: &Image) -> bool {
    let (mut difference, mut square) = (0.0, 0.0);
    for (a, b) in a.as_slice().iter().zip(b.as_slice()) {
        difference += f64::from(a - b).powi(2);
        square += f64::from(*b).powi(2);
    }
    (difference / square).sqrt() > 1e-2
}

/// A mosaic of these domains.
fn mosaic(rotations: &[Matrix], weights: Option<&[f64]>) -> Arc<Mosaic> {
    Arc::new(Mosaic {
        rotations: rotations.to_vec(),
        weights: weights.map(<[f64]>::to_vec),
    })
}

fn source(incident: Vector, wavelength_angstrom: f64, weight: f64) -> Source {
    Source {
        incident: scale(incident, 1.0 / norm(incident)),
        wavelength_angstrom,
        weight,
    }
}
