//! Miller indices in integers.

use nanobragg::physics::anchor::{Grid, Limbs, miller_index};

use super::{Bench, uniform};

#[test]
fn a_miller_index_is_the_same_integers_in_wgsl_and_rust() {
    let bench = Bench::new();
    let mut random = uniform();
    let grid = Grid::new(300.0, 1.0).unwrap();
    let scale = grid.index_scale();
    let vectors: Vec<(Limbs, Limbs)> = (0..4000)
        .map(|item| {
            let mut component = |size: f64| {
                let value = size * (2.0 * f64::from(random()) - 1.0);
                // Every tenth index is a hair from a half-integer.
                if item % 10 == 0 {
                    (value * 2.0).round() / 2.0 + 1e-9
                } else {
                    value
                }
            };
            let cell = [0; 3].map(|_| component(300.0));
            let q = [0; 3].map(|_| component(1.0));
            (grid.cell(cell), grid.scattering(q))
        })
        .collect();
    let given: Vec<i32> = vectors
        .iter()
        .flat_map(|(cell, q)| cell.iter().chain(q).flatten().copied())
        .collect();
    let [high, middle, low, lowest] = scale.scales;
    let body = format!(
        "var cell: array<vec3i, 3>; var q: array<vec3i, 3>;
        for (var i = 0; i < 3; i++) {{
            cell[i] = vec3i(bitcast<i32>(x[3 * i]), bitcast<i32>(x[3 * i + 1]), bitcast<i32>(x[3 * i + 2]));
            q[i] = vec3i(bitcast<i32>(x[3 * i + 9]), bitcast<i32>(x[3 * i + 10]), bitcast<i32>(x[3 * i + 11]));
        }}
        let index = miller_index(cell, q, {}u, vec4f({high:e}f, {middle:e}f, {low:e}f, {lowest:e}f));
        y[0] = f32(index.whole); y[1] = index.fraction;",
        scale.shift
    );
    let got = bench.run(&body, 18, 2, bytemuck::cast_slice(&given));
    for ((cell, q), y) in vectors.iter().zip(got.chunks(2)) {
        let index = miller_index(*cell, *q, scale);
        assert_eq!(y[0], index.whole as f32);
        assert!(
            (y[1] - index.fraction).abs() <= 6e-8,
            "{} {}",
            y[1],
            index.fraction
        );
    }
}
