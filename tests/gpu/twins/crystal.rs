//! Lattice transforms and structure factors.

use nanobragg::internals::physics::{lattice, structure_factor};

use super::{TABLE_MIN, TABLE_SHAPE, Twin, numbers, one, same_in_wgsl_and_rust, table, three};

const TWINS: &[Twin] = &[
    Twin {
        name: "lattice_square",
        inputs: 6,
        outputs: 1,
        wgsl: "y[0] = abs(lattice_square(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5])));",
        rust: |x| vec![lattice::lattice_square(three(x), three(&x[3..])).0.abs()],
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| r() - 0.5).collect();
            x.extend((0..3).map(|_| (1.0 + 20.0 * r()).floor()));
            x
        },
        hostile: &[
            &[0.0, 0.0, 0.0, 5000.0, 5000.0, 5000.0],
            &[0.5, -0.5, 0.5, 1.0, 2.0, 3.0],
            &[1e-8, -1e-8, 1e-30, 1.0, 2.0, 5000.0],
            &[1e-4, 2e-4, -1e-4, 5000.0, 1000.0, 2.0],
            &[0.25, 0.125, 0.0625, 4.0, 8.0, 16.0],
        ],
        // Where N·δ is nearly whole the sine is a difference of numbers near N/2.
        relative: 2e-5,
        floor: 1.0,
    },
    Twin {
        name: "ball_transform",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = ball_transform(x[0]);",
        rust: |x| vec![lattice::ball_transform(one(x[0])).0],
        random: |r| vec![100.0 * r() * r()],
        hostile: &[&[0.0], &[1.0], &[0.99999994], &[1e-12], &[1e6], &[0.25]],
        relative: 2e-6,
        floor: 0.1,
    },
    Twin {
        name: "lattice_round",
        inputs: 7,
        outputs: 1,
        wgsl: "y[0] = lattice_round(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), x[6]);",
        rust: |x| vec![lattice::lattice_round(three(x), three(&x[3..]), one(x[6])).0],
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| r() - 0.5).collect();
            x.extend((0..3).map(|_| (1.0 + 10.0 * r()).floor()));
            x.push(0.5 + r());
            x
        },
        hostile: &[
            &[0.0, 0.0, 0.0, 5000.0, 5000.0, 5000.0, 1.0],
            &[0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0],
        ],
        relative: 3e-6,
        floor: 100.0,
    },
    Twin {
        name: "spread",
        inputs: 16,
        outputs: 1,
        wgsl: "y[0] = spread(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), vec3f(x[6], x[7], x[8]),
                   vec3f(x[9], x[10], x[11]), vec3f(x[12], x[13], x[14]), x[15]);",
        rust: |x| {
            let reciprocal = [three(&x[3..]), three(&x[6..]), three(&x[9..])];
            vec![lattice::spread(three(x), reciprocal, three(&x[12..]), one(x[15])).0]
        },
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| r() - 0.5).collect();
            x.extend((0..9).map(|_| 0.02 * r()));
            x.extend((0..3).map(|_| (1.0 + 10.0 * r()).floor()));
            x.push(0.5 + r());
            x
        },
        hostile: &[&[
            0.0, 0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.01, 5.0, 5.0, 5.0, 1.0,
        ]],
        relative: 1e-5,
        floor: 1.0,
    },
    Twin {
        name: "lattice_gauss and lattice_tophat",
        inputs: 4,
        outputs: 3,
        wgsl: "let n = vec3f(x[1], x[2], x[3]);
               y[0] = lattice_gauss(x[0], n); y[1] = lattice_tophat(x[0], n); y[2] = f32(gauss_vanishes(x[0]));",
        rust: |x| {
            let (spread, cells) = (one(x[0]), three(&x[1..]));
            let gauss = lattice::lattice_gauss(spread, cells).0;
            let vanishes = nanobragg::internals::lanes::Mask::any(lattice::gauss_vanishes(spread));
            vec![gauss, lattice::lattice_tophat(spread, cells).0, f32::from(u8::from(vanishes))]
        },
        random: |r| vec![20.0 * r() * r(), 1.0 + (5.0 * r()).floor(), 3.0, 4.0],
        hostile: &[
            &[0.0, 1.0, 2.0, 5000.0],
            &[0.39, 2.0, 2.0, 2.0],
            &[0.40, 2.0, 2.0, 2.0],
            &[400.0, 2.0, 2.0, 2.0],
            &[500.0, 2.0, 2.0, 2.0],
        ],
        relative: 2e-6,
        floor: 1e-9,
    },
    Twin {
        name: "lagrange_weights",
        inputs: 1,
        outputs: 4,
        wgsl: "let w = lagrange_weights(x[0]); for (var i = 0; i < 4; i++) { y[i] = w[i]; }",
        rust: |x| numbers(&structure_factor::lagrange_weights(one(x[0]))),
        random: |r| vec![r()],
        hostile: &[&[0.0], &[0.5], &[0.99999994], &[1e-8]],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "structure factors",
        inputs: 6,
        outputs: 3,
        wgsl: "let at = vec3i(i32(x[0]), i32(x[1]), i32(x[2])); let t = vec3f(x[3], x[4], x[5]);
               y[0] = structure_factor_nearest(at); y[1] = f32(has_neighbourhood(at, t));
               if has_neighbourhood(at, t) { y[2] = structure_factor_tricubic(at, t); } else { y[2] = run.default_f; }",
        rust: |x| {
            let values = table();
            let grid = structure_factor::Grid {
                values: &values,
                shape: TABLE_SHAPE,
                default_f: 7.0,
            };
            let at = [0, 1, 2].map(|i| one(x[i] - TABLE_MIN[i] as f32));
            let t = three(&x[3..]);
            let inside = structure_factor::has_neighbourhood(TABLE_SHAPE, at, t);
            vec![
                structure_factor::structure_factor_nearest(grid, at).0,
                f32::from(u8::from(nanobragg::internals::lanes::Mask::any(inside))),
                structure_factor::structure_factor_tricubic(grid, at, t, inside).0,
            ]
        },
        random: |r| {
            let mut x: Vec<f32> = (0..3).map(|_| (14.0 * r() - 7.0).floor()).collect();
            x.extend((0..3).map(|_| r()));
            x
        },
        hostile: &[
            &[-2.0, -3.0, -1.0, 0.0, 0.0, 0.0],
            &[1.0, 2.0, 3.0, 0.0, 0.0, 0.0],
            &[1.0, 2.0, 3.0, 1e-7, 0.0, 0.0],
            &[1e6, -1e6, 0.0, 0.5, 0.5, 0.5],
        ],
        relative: 3e-6,
        floor: 10.0,
    },
];

#[test]
fn lattice_transforms_and_structure_factors_are_the_same_in_wgsl_and_rust() {
    same_in_wgsl_and_rust(TWINS);
}
