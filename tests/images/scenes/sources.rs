//! Sources count by their weights, each with structure factors of its own.

use std::sync::Arc;

use nanobragg::{
    engine::Precision,
    image::Image,
    scene::{Crystal, Scene, Source, StructureFactors, Weighting},
    vector::Vector,
};

use super::{
    PRECISIONS, WEIGHTINGS, differs, is_sum, render, scene, source, table, triclinic,
    with_crystals, with_sources, with_weighting,
};

/// Each source alone, of weight 1.
fn alone(scene: &Scene, sources: &[Source], precision: Precision) -> Vec<Image> {
    let each = sources.iter().enumerate().map(|(number, source)| {
        let mut scene = with_sources(
            scene,
            &[Source {
                weight: 1.0,
                ..*source
            }],
        );
        for crystal in &mut scene.crystals {
            let crystal = Arc::make_mut(crystal);
            if crystal.structure_factors.len() > 1 {
                crystal.structure_factors = vec![crystal.structure_factors[number].clone()];
            }
        }
        render(precision, &scene)
    });
    each.collect()
}

/// Sources of different weights. Where the pixel's factors are those of its first sample they have one direction.
fn weighted_sources(weighting: Weighting) -> Vec<Source> {
    const AHEAD: Vector = [0.0, 0.0, 1.0];
    let aside: Vector = match weighting {
        Weighting::EachTerm => [0.01, -0.02, 1.0],
        _ => AHEAD,
    };
    vec![
        source(AHEAD, 1.0, 0.2),
        source(aside, 1.15, 1.9),
        source(AHEAD, 1.3, 0.9),
    ]
}

/// Holds the image of weighted sources to the mean of their own images.
fn is_mean_of_its_sources(scene: &Scene, weighting: Weighting, precision: Precision) {
    let what = format!("{weighting:?}, {precision:?}");
    let sources = weighted_sources(weighting);
    let together = render(precision, &with_sources(scene, &sources));
    let images = alone(scene, &sources, precision);
    let share = |source: &Source| source.weight / sources.len() as f64;
    let parts: Vec<(f64, &Image)> = sources.iter().map(share).zip(&images).collect();
    is_sum(&what, &together, &parts);
    let unweighted: Vec<Source> = sources
        .iter()
        .map(|source| Source {
            weight: 1.0,
            ..*source
        })
        .collect();
    let alike = render(precision, &with_sources(scene, &unweighted));
    assert!(differs(&together, &alike), "{what}: weights do not show");
}

#[test]
fn sources_count_by_their_weights() {
    for weighting in WEIGHTINGS {
        for precision in PRECISIONS {
            let mut scene = with_weighting(&scene(triclinic()), weighting);
            scene.sampling.oversample = 2;
            is_mean_of_its_sources(&scene, weighting, precision);
        }
    }
}

#[test]
fn sources_see_structure_factors_of_their_own() {
    let each = vec![
        StructureFactors::Nearest(table(20, 0)),
        StructureFactors::Constant(60.0),
        StructureFactors::Tricubic(table(21, 55)),
    ];
    for weighting in WEIGHTINGS {
        for precision in PRECISIONS {
            let by_source = Crystal {
                structure_factors: each.clone(),
                ..triclinic()
            };
            let mut scene = with_weighting(&scene(by_source), weighting);
            scene.sampling.oversample = 2;
            is_mean_of_its_sources(&scene, weighting, precision);
            // Beside a crystal that has the same for all.
            let both = [(*scene.crystals[0]).clone(), triclinic()];
            is_mean_of_its_sources(&with_crystals(&scene, &both), weighting, precision);
        }
    }
}
