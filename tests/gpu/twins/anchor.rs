//! Scattering vectors and Miller indices in integers.

use nanobragg::{
    internals::physics::anchor::{
        Grid, Limbs, direction, exact_index, miller_index, scattering_vector,
    },
    vector::unit,
};

use super::{Bench, uniform};

/// Limbs of cell, direction and incident beam, and those of the inverse wavelength.
type Given = ([Limbs; 3], [i32; 3]);

#[test]
fn a_miller_index_is_the_same_integers_in_wgsl_and_rust() {
    let bench = Bench::new();
    let mut random = uniform();
    let grid = Grid::new(300.0, 2.0).unwrap();
    let scale = grid.index_scale();
    let vectors: Vec<Given> = (0..4000)
        .map(|item| {
            let mut component = |size: f64| size * (2.0 * f64::from(random()) - 1.0);
            let mut vector = |size: f64| [0; 3].map(|_| component(size));
            let cell = vector(300.0);
            let (mut towards, mut incident) =
                (unit(vector(1.0)).unwrap(), unit(vector(1.0)).unwrap());
            // Every tenth along an axis, as far as limbs reach.
            if item % 10 == 0 {
                towards = [0.0, 1.0, 0.0];
                incident = [0.0, -1.0, 0.0];
            }
            let inverse_wavelength = 1.0 - 0.9 * component(1.0).abs();
            let limbs = [grid.cell(cell), direction(towards), direction(incident)];
            (limbs, grid.inverse_wavelength(inverse_wavelength))
        })
        .collect();
    let given: Vec<i32> = vectors
        .iter()
        .flat_map(|(limbs, w)| limbs.iter().flatten().flatten().chain(w).copied())
        .collect();
    let [high, middle, low, lowest] = scale.scales;
    let body = format!(
        "var v: array<Limbs, 3>;
        for (var i = 0; i < 3; i++) {{
            v[i].high = vec3i(bitcast<i32>(x[9 * i]), bitcast<i32>(x[9 * i + 1]), bitcast<i32>(x[9 * i + 2]));
            v[i].middle = vec3i(bitcast<i32>(x[9 * i + 3]), bitcast<i32>(x[9 * i + 4]), bitcast<i32>(x[9 * i + 5]));
            v[i].low = vec3i(bitcast<i32>(x[9 * i + 6]), bitcast<i32>(x[9 * i + 7]), bitcast<i32>(x[9 * i + 8]));
        }}
        let w = vec3i(bitcast<i32>(x[27]), bitcast<i32>(x[28]), bitcast<i32>(x[29]));
        let q = scattering_vector(v[1], v[2], w);
        let index = miller_index(v[0], q, {}u, vec4f({high:e}f, {middle:e}f, {low:e}f, {lowest:e}f));
        y[0] = f32(index.whole); y[1] = index.fraction;
        let exact = exact_index(v[0], q, {}u, vec4f({high:e}f, {middle:e}f, {low:e}f, {lowest:e}f));
        y[11] = f32(exact.whole); y[12] = f32(exact.fraction >> 16u); y[13] = f32(exact.fraction & 65535);
        for (var i = 0; i < 3; i++) {{
            y[2 + i] = f32(q.high[i]); y[5 + i] = f32(q.middle[i]); y[8 + i] = f32(q.low[i]);
        }}",
        scale.shift, scale.shift
    );
    let got = bench.run(&body, 30, 14, bytemuck::cast_slice(&given));
    for (([cell, towards, incident], w), y) in vectors.iter().zip(got.chunks(14)) {
        let q = scattering_vector(*towards, *incident, *w);
        let index = miller_index(*cell, q, scale);
        let limbs: Vec<f32> = q.iter().flatten().map(|&limb| limb as f32).collect();
        assert_eq!(limbs, y[2..11]);
        assert_eq!(y[0], index.whole as f32);
        let exact = exact_index(*cell, q, scale);
        assert_eq!(y[11], exact.whole as f32);
        let fraction = (i64::from(y[12] as i32) << 16) + i64::from(y[13] as i32);
        // The lowest columns are added as floats.
        assert!(
            (fraction - i64::from(exact.fraction)).abs() <= 1,
            "{fraction} {exact:?}"
        );
        assert!(
            (y[1] - index.fraction).abs() <= 6e-8,
            "{} {}",
            y[1],
            index.fraction
        );
    }
}
