//! Crystals and their domains add up by their weights.

use std::sync::Arc;

use nanobragg::{
    image::Image,
    scene::{Background, Crystal, Domain, Goniometer, Mosaic, Scene, Shape, StructureFactors},
    vector::Matrix,
};

use super::{
    PRECISIONS, TRICLINIC, WEIGHTINGS, crystal, differs, is_sum, mosaic, render, scene, table,
    triclinic, with_crystals, with_weighting,
};

#[test]
fn crystals_add_up_by_their_scales() {
    let first = Crystal {
        scale: 0.3,
        ..triclinic()
    };
    let second = Crystal {
        scale: 2.5,
        domain: Domain {
            shape: Shape::Gauss,
            n_cells: [6.0, 7.0, 8.0],
            fudge: 1.1,
        },
        // Another number of domains.
        mosaic: Arc::new(Mosaic::cap(1.5, 3, -99)),
        ..crystal(
            [60.0, 60.0, 110.0, 90.0, 90.0, 120.0],
            [1.0, 0.5, 0.1],
            StructureFactors::Tricubic(table(25, 40)),
        )
    };
    let third = crystal(TRICLINIC, [0.9; 3], StructureFactors::Constant(40.0));
    let crystals = [first, second, third];
    for weighting in WEIGHTINGS {
        for precision in PRECISIONS {
            let mut scene = with_weighting(&scene(triclinic()), weighting);
            scene.sampling.oversample = 2;
            scene.goniometer = Arc::new(Goniometer {
                spindle: [0.0, 0.0, 1.0],
                phi_rad: vec![0.0, 0.01],
            });
            let render = |scene: &Scene| render(precision, scene);
            let together = render(&with_crystals(&scene, &crystals));
            let alone = crystals.clone().map(|crystal| {
                render(&with_crystals(
                    &scene,
                    &[Crystal {
                        scale: 1.0,
                        ..crystal
                    }],
                ))
            });
            let parts: Vec<(f64, &Image)> = crystals
                .iter()
                .map(|crystal| crystal.scale)
                .zip(&alone)
                .collect();
            let what = format!("{weighting:?}, {precision:?}");
            is_sum(&what, &together, &parts);
            assert!(differs(&alone[0], &alone[1]) && differs(&alone[1], &alone[2]));
            // One whose scale is 0 is not there, and one that is given twice counts twice.
            let nothing = Crystal {
                scale: 0.0,
                ..crystals[1].clone()
            };
            let without = render(&with_crystals(&scene, &[crystals[0].clone(), nothing]));
            is_sum(&what, &without, &[(0.3, &alone[0])]);
            let third = &crystals[2];
            let twice = render(&with_crystals(&scene, &[third.clone(), third.clone()]));
            is_sum(&what, &twice, &[(2.0, &alone[2])]);
            // Water is there once.
            scene.background = vec![Background::Water { edge_m: 1e-7 }];
            let wet = render(&with_crystals(&scene, &crystals));
            let dark = Crystal {
                scale: 0.0,
                ..crystals[0].clone()
            };
            let water = render(&with_crystals(&scene, &[dark]));
            assert!(water.as_slice().iter().all(|photons| *photons > 0.0));
            is_sum(&what, &wet, &[(1.0, &together), (1.0, &water)]);
        }
    }
}

#[test]
fn a_domain_of_twice_the_weight_is_one_given_twice() {
    let domains = Mosaic::cap(3.0, 3, -5).rotations;
    let [a, b, c] = [domains[0], domains[1], domains[2]];
    for weighting in WEIGHTINGS {
        for precision in PRECISIONS {
            let mut scene = with_weighting(&scene(triclinic()), weighting);
            scene.goniometer = Arc::new(Goniometer {
                spindle: [1.0, 0.0, 0.0],
                phi_rad: vec![-0.01, 0.0, 0.02],
            });
            let render = |mosaic: Arc<Mosaic>| {
                let crystal = Crystal {
                    mosaic,
                    ..triclinic()
                };
                render(precision, &with_crystals(&scene, &[crystal]))
            };
            let what = format!("{weighting:?}, {precision:?}");
            let given_twice = render(mosaic(&[a, b, b, c], None));
            for weights in [[1.0, 2.0, 1.0], [0.25, 0.5, 0.25], [30.0, 60.0, 30.0]] {
                let weighted = render(mosaic(&[a, b, c], Some(&weights)));
                is_sum(&what, &weighted, &[(1.0, &given_twice)]);
            }
            let alike = render(mosaic(&[a, b, c], None));
            assert!(differs(&given_twice, &alike), "{what}");
            is_sum(
                &what,
                &render(mosaic(&[a, b, c], Some(&[4.0; 3]))),
                &[(1.0, &alike)],
            );
            // A domain of no weight is not there.
            let two = render(mosaic(&[a, c], None));
            let none = render(mosaic(&[a, b, c], Some(&[1.0, 0.0, 1.0])));
            is_sum(&what, &none, &[(1.0, &two)]);
        }
    }
}

#[test]
fn domains_of_every_block_have_their_own_weights() {
    // More orientations than a block of the kernels holds.
    let rotations = Mosaic::cap(5.0, 300, -7).rotations;
    let weights: Vec<f64> = (0..300).map(|number| f64::from(number % 7)).collect();
    let mut given: Vec<Matrix> = Vec::new();
    for (rotation, weight) in rotations.iter().zip(&weights) {
        given.extend(std::iter::repeat_n(*rotation, *weight as usize));
    }
    for precision in PRECISIONS {
        let scene = scene(triclinic());
        let render = |mosaic: Arc<Mosaic>| {
            let crystal = Crystal {
                mosaic,
                ..triclinic()
            };
            render(precision, &with_crystals(&scene, &[crystal]))
        };
        let weighted = render(mosaic(&rotations, Some(&weights)));
        let repeated = render(mosaic(&given, None));
        is_sum(&format!("{precision:?}"), &weighted, &[(1.0, &repeated)]);
    }
}
