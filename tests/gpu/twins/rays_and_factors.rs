//! From the sample to a pixel, and what multiplies its intensity.

use nanobragg::internals::physics::{factors, ray};

use super::{Twin, numbers, one, same_in_wgsl_and_rust, three, unit};

const TWINS: &[Twin] = &[
    Twin {
        name: "ray_beside",
        inputs: 7,
        outputs: 7,
        wgsl: "let r = ray_beside(vec3f(x[0], x[1], x[2]), x[3], vec3f(x[4], x[5], x[6]));
               y[0] = r.direction.x; y[1] = r.direction.y; y[2] = r.direction.z;
               y[3] = r.change.x; y[4] = r.change.y; y[5] = r.change.z; y[6] = r.distance_m;",
        rust: |x| {
            let r = ray::ray_beside(three(x), one(x[3]), three(&x[4..]));
            numbers(&[&r.direction[..], &r.change, &[r.distance_m]].concat())
        },
        random: |r| {
            let size = 10f32.powf(-4.0 * r());
            let mut x = unit(r).to_vec();
            x.push(0.1);
            x.extend(unit(r).map(|v| v * 0.3 * size));
            x
        },
        hostile: &[
            &[1.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0],
            // Grazing: the step lies across the ray, or along it.
            &[1.0, 0.0, 0.0, 0.01, 0.0, 0.5, 0.0],
            &[1.0, 0.0, 0.0, 0.01, 0.5, 0.0, 0.0],
            &[0.6, 0.8, 0.0, 5.0, 1e-8, 1e-8, 1e-8],
            // Nearly all the way back to the sample.
            &[0.6, 0.8, 0.0, 0.1, -0.6, -0.79, 0.0],
            &[0.6, 0.8, 0.0, 0.1, -1.2, 0.3, 4.0],
        ],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "turned_by",
        inputs: 7,
        outputs: 3,
        wgsl: "let r = turned_by(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), x[6]);
               y[0] = r.x; y[1] = r.y; y[2] = r.z;",
        rust: |x| numbers(&ray::turned_by(three(x), three(&x[3..]), one(x[6]))),
        random: |r| {
            let mut x = unit(r).to_vec();
            x.extend(unit(r));
            x.push(0.2 * (r() - 0.5));
            x
        },
        hostile: &[
            &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.1],
        ],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "bent_step",
        inputs: 14,
        outputs: 3,
        wgsl: "let r = bent_step(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]), vec3f(x[6], x[7], x[8]),
                   vec3f(x[9], x[10], x[11]), x[12], x[13]);
               y[0] = r.x; y[1] = r.y; y[2] = r.z;",
        rust: |x| {
            numbers(&ray::bent_step(
                three(x),
                three(&x[3..]),
                three(&x[6..]),
                three(&x[9..]),
                one(x[12]),
                one(x[13]),
            ))
        },
        random: |r| {
            let mut x: Vec<f32> = (0..4).flat_map(|_| unit(r)).collect();
            x.extend([0.1 * (r() - 0.5), 0.1 * (r() - 0.5)]);
            x
        },
        hostile: &[&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]],
        relative: 1e-6,
        floor: 0.1,
    },
    Twin {
        name: "polarization_factor",
        inputs: 13,
        outputs: 1,
        wgsl: "y[0] = polarization_factor(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]),
                   vec3f(x[6], x[7], x[8]), vec3f(x[9], x[10], x[11]), x[12]);",
        rust: |x| {
            let kahn = one(x[12]);
            vec![factors::polarization_factor(three(x), three(&x[3..]), three(&x[6..]), three(&x[9..]), kahn).0]
        },
        random: |r| {
            let mut x: Vec<f32> = (0..4).flat_map(|_| unit(r)).collect();
            x.push(2.0 * r() - 1.0);
            x
        },
        hostile: &[
            // Along the beam, and at 90° to it in the plane of polarisation.
            &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0],
            &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0],
        ],
        relative: 1e-6,
        floor: 0.5,
    },
    Twin {
        name: "polarization_loss",
        inputs: 13,
        outputs: 1,
        wgsl: "y[0] = polarization_loss(vec3f(x[0], x[1], x[2]), vec3f(x[3], x[4], x[5]),
                   vec3f(x[6], x[7], x[8]), vec3f(x[9], x[10], x[11]), x[12]);",
        rust: |x| {
            let kahn = one(x[12]);
            vec![factors::polarization_loss(three(x), three(&x[3..]), three(&x[6..]), three(&x[9..]), kahn).0]
        },
        random: |r| {
            let mut x: Vec<f32> = (0..4).flat_map(|_| unit(r)).collect();
            x.push(2.0 * r() - 1.0);
            x
        },
        hostile: &[
            &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0],
            // A thousandth of a radian from the beam.
            &[1.0, 0.001, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.5],
        ],
        relative: 1e-6,
        floor: 0.5,
    },
    Twin {
        name: "solid_angle",
        inputs: 4,
        outputs: 2,
        wgsl: "y[0] = solid_angle(x[0], vec2f(x[1], x[3]), x[2]); y[1] = point_solid_angle(x[0]);",
        rust: |x| {
            let flat = factors::solid_angle(one(x[0]), [one(x[1]), one(x[3])], one(x[2]));
            numbers(&[flat, factors::point_solid_angle(one(x[0]))])
        },
        random: |r| vec![0.01 + r(), 1e-4 * (0.1 + r()), 0.01 + r(), 1e-4 * (0.1 + r())],
        hostile: &[&[1e-3, 1e-4, 1e-9, 1e-4], &[100.0, 1e-6, 100.0, 1e-5]],
        relative: 1e-6,
        floor: 1e-30,
    },
    Twin {
        name: "captured_fraction and layers_before",
        inputs: 3,
        outputs: 2,
        wgsl: "y[0] = captured_fraction(x[0], x[1], x[2]); y[1] = layers_before(x[0], 5.0, x[2]);",
        rust: |x| {
            let (layer, rho) = (one(x[0]), one(x[2]));
            let captured = factors::captured_fraction(layer, one(x[1]), rho);
            numbers(&[captured, factors::layers_before(layer, one(5.0), rho)])
        },
        random: |r| vec![(5.0 * r()).floor(), 2.0 * r(), 0.05 + 0.95 * r()],
        hostile: &[
            &[0.0, 0.0, 1.0],
            &[0.0, 1e-6, 1.0],
            // Grazing: everything stops in the first layer.
            &[0.0, 1.0, 1e-3],
            &[1.0, 1.0, 1e-3],
            &[0.0, 1.0, 0.0],
            &[1.0, 1.0, 0.0],
            // From behind, as the classic formula has it.
            &[2.0, 0.5, -0.3],
        ],
        relative: 3e-6,
        floor: 1e-30,
    },
];

#[test]
fn rays_and_factors_are_the_same_in_wgsl_and_rust() {
    same_in_wgsl_and_rust(TWINS);
}
