// Structure factors from the table. Twins: src/physics/structure_factor.rs.

@group(0) @binding(2) var<storage, read> table: array<u32>;

fn table_value(offset: u32) -> f32 {
    if half_table {
        let pair = unpack2x16float(table[offset >> 1u]);
        return select(pair.x, pair.y, (offset & 1u) == 1u);
    }
    return bitcast<f32>(table[offset]);
}

fn table_offset(hkl: vec3i) -> u32 {
    let at = vec3u(hkl - run.table_min);
    let shape = vec3u(run.table_max - run.table_min) + 1u;
    return (at.x * shape.y + at.y) * shape.z + at.z;
}

// F of the nearest table point, the default outside the table.
fn structure_factor_nearest(hkl: vec3i) -> f32 {
    if all(hkl >= run.table_min) && all(hkl <= run.table_max) {
        return table_value(table_offset(hkl));
    }
    return run.default_f;
}

// Weights of Lagrange's cubic through the values at -1, 0, 1 and 2, at t within 0…1.
fn lagrange_weights(t: f32) -> vec4f {
    let a = t + 1.0;
    let b = t;
    let c = t - 1.0;
    let d = t - 2.0;
    return vec4f(b * c * d * -0.16666667, a * c * d * 0.5, a * b * d * -0.5, a * b * c * 0.16666667);
}

// Whether the 4×4×4 points about an index lie within what the classic program calls the table:
// h − 2 ≥ h_min and h + 2 ≤ h_max.
fn has_neighbourhood(floor_hkl: vec3i, fraction: vec3f) -> bool {
    let end = run.table_max - 2;
    let inside = (floor_hkl < end) | ((floor_hkl == end) & (fraction <= vec3f(0.0)));
    return all(floor_hkl >= run.table_min + 2) && all(inside);
}

// Lagrange interpolation over the 4×4×4 points about floor(h, k, l).
fn structure_factor_tricubic(floor_hkl: vec3i, fraction: vec3f) -> f32 {
    let wh = lagrange_weights(fraction.x);
    let wk = lagrange_weights(fraction.y);
    let wl = lagrange_weights(fraction.z);
    let shape = vec3u(run.table_max - run.table_min) + 1u;
    let corner = table_offset(floor_hkl - 1);
    var f = 0.0;
    for (var i = 0u; i < 4u; i++) {
        var plane = 0.0;
        for (var j = 0u; j < 4u; j++) {
            let row = corner + (i * shape.y + j) * shape.z;
            let values = vec4f(table_value(row), table_value(row + 1u), table_value(row + 2u), table_value(row + 3u));
            plane += wk[j] * dot(wl, values);
        }
        f += wh[i] * plane;
    }
    return f;
}
