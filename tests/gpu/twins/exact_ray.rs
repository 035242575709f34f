//! Directions of rays in integers.

use nanobragg::{
    internals::physics::exact_ray::{Frame, exact_direction, place, point, step},
    vector::add,
};

use super::{Bench, uniform};

#[test]
fn a_direction_is_the_same_integers_in_wgsl_and_rust() {
    let bench = Bench::new();
    let mut random = uniform();
    let rays: Vec<(Frame, [i32; 3])> = (0..4000)
        .map(|item| {
            let mut vector = |size: f64| [0; 3].map(|_| size * (2.0 * f64::from(random()) - 1.0));
            // From the farthest points to near ones.
            let far = [0.5, 0.1, 0.02][item % 3];
            let centre = add(vector(0.3 * far), [0.0, far, 0.0]);
            let steps = [0; 3].map(|_| step(vector(far * 1e-3)));
            let counts = vector(100.0).map(|count| count as i32);
            (
                Frame {
                    centre: place(centre),
                    steps,
                },
                counts,
            )
        })
        .collect();
    let given: Vec<i32> = rays
        .iter()
        .flat_map(|(frame, counts)| {
            let steps = frame.steps.iter().flatten().flatten();
            frame
                .centre
                .iter()
                .flatten()
                .chain(steps)
                .chain(counts)
                .copied()
        })
        .collect();
    let body = "var frame: Frame;
        for (var limb = 0; limb < 3; limb++) {
            for (var i = 0; i < 3; i++) { frame.centre[limb][i] = bitcast<i32>(x[3 * limb + i]); }
        }
        for (var axis = 0; axis < 3; axis++) {
            for (var limb = 0; limb < 4; limb++) {
                for (var i = 0; i < 3; i++) { frame.steps[axis][limb][i] = bitcast<i32>(x[9 + 12 * axis + 3 * limb + i]); }
            }
        }
        let there = point(frame, vec3i(bitcast<i32>(x[45]), bitcast<i32>(x[46]), bitcast<i32>(x[47])));
        let direction = exact_direction(there);
        for (var i = 0; i < 3; i++) {
            y[i] = f32(there.high[i]); y[3 + i] = f32(there.middle[i]); y[6 + i] = f32(there.low[i]);
            y[9 + i] = f32(direction.high[i]); y[12 + i] = f32(direction.middle[i]); y[15 + i] = f32(direction.low[i]);
        }";
    let got = bench.run(body, 48, 18, bytemuck::cast_slice(&given));
    for ((frame, counts), y) in rays.iter().zip(got.chunks(18)) {
        let there = point(*frame, *counts);
        let limbs: Vec<f32> = there.iter().flatten().map(|&limb| limb as f32).collect();
        assert_eq!(limbs, y[..9]);
        let direction = exact_direction(there);
        let component = |limb: &dyn Fn(usize) -> f64| {
            limb(0) * 2f64.powi(28) + limb(1) * 2f64.powi(14) + limb(2)
        };
        for axis in 0..3 {
            let ours = component(&|limb| f64::from(direction[limb][axis]));
            let theirs = component(&|limb| f64::from(y[9 + 3 * limb + axis]));
            // The first guess of the length may differ, the direction by its last bits alone, which are
            // those of the place divided by its length.
            assert!((ours - theirs).abs() <= 4.0, "{ours} {theirs}");
        }
    }
}
