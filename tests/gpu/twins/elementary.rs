//! Elementary functions.

use nanobragg::internals::physics::elementary;

use super::{Twin, one, same_in_wgsl_and_rust};

const TWINS: &[Twin] = &[
    Twin {
        name: "sin_pi",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = sin_pi(x[0]);",
        rust: |x| vec![elementary::sin_pi(one(x[0])).0],
        random: |r| vec![r() - 0.5],
        hostile: &[&[0.0], &[0.5], &[-0.5], &[1e-8], &[-1e-30], &[0.25]],
        relative: 3e-7,
        floor: 1e-30,
    },
    Twin {
        name: "cos_pi",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = cos_pi(x[0]);",
        rust: |x| vec![elementary::cos_pi(one(x[0])).0],
        random: |r| vec![r() - 0.5],
        hostile: &[&[0.0], &[0.5], &[-0.5], &[1e-8], &[0.4999999]],
        relative: 3e-7,
        floor: 1.0,
    },
    Twin {
        name: "sin_reduced",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = sin_reduced(x[0]);",
        rust: |x| vec![elementary::sin_reduced(one(x[0])).0],
        random: |r| vec![100.0 * (r() - 0.5)],
        hostile: &[
            &[0.0],
            &[1.57],
            &[-1.57],
            &[1e-20],
            &[std::f32::consts::PI],
            &[-100.0],
        ],
        // Near a multiple of π the reduction leaves the rounding of the argument.
        relative: 5e-7,
        floor: 10.0,
    },
    Twin {
        name: "exp_reduced",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = exp_reduced(x[0]);",
        rust: |x| vec![elementary::exp_reduced(one(x[0])).0],
        random: |r| vec![100.0 * r() - 95.0],
        hostile: &[&[0.0], &[-1e30], &[-86.9], &[-87.5], &[-1e-8], &[20.0]],
        relative: 1e-6,
        floor: 1e-37,
    },
    Twin {
        name: "one_minus_exp",
        inputs: 1,
        outputs: 1,
        wgsl: "y[0] = one_minus_exp(x[0]);",
        rust: |x| vec![elementary::one_minus_exp(one(x[0])).0],
        random: |r| vec![4.0 * r() - 1.0],
        hostile: &[&[0.0], &[1e-20], &[-1e-7], &[0.5], &[0.4999999], &[80.0]],
        relative: 1e-6,
        floor: 1e-30,
    },
];

#[test]
fn elementary_functions_are_the_same_in_wgsl_and_rust() {
    same_in_wgsl_and_rust(TWINS);
}
