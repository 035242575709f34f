// Lattice transforms of the four crystal shapes, of the offset of a scattering vector from the nearest
// reciprocal lattice point (components within ±½). Twins: src/physics/lattice_f32.rs.

// sin(πNδ)/sin(πδ), N at δ = 0, multiplied over the three axes.
fn lattice_square(offset: vec3f, cells: vec3f) -> f32 {
    // Below 2^-30 the ratio is N to every digit; the floor keeps 0/0 away.
    let x = select(offset, vec3f(9.313226e-10), abs(offset) < vec3f(9.313226e-10));
    let turns = x * cells;
    return sin_pi_product(turns - round(turns)) / sin_pi_product(x);
}

// The same, of a fraction of a Miller index in units of 2^-32, whose multiples wrap around by themselves.
fn lattice_square_exact(fraction: vec3i, cells: vec3f) -> f32 {
    let whole = floor(cells);
    let offset = vec3f(fraction) * 2.3283064e-10;
    let turns = vec3f(fraction * vec3i(whole)) * 2.3283064e-10 + (cells - whole) * offset;
    let is_none = fraction == vec3i(0);
    let x = select(offset, vec3f(9.313226e-10), is_none);
    return sin_pi_product(select(turns - round(turns), x * cells, is_none)) / sin_pi_product(x);
}

// 3(sin x / x − cos x)/x² with x = πw, from w²: the transform of a ball.
fn ball_transform(w_squared: f32) -> f32 {
    let u = w_squared;
    if u < 1.0 {
        return 1.0 + u * (-0.9869604 + u * (0.34788933 + u * (-0.06358238 + u * (0.007127036
            + u * (-0.00053552 + u * 2.5506484e-5)))));
    }
    let w = sqrt(u);
    let n = round(w);
    let sign = 1.0 - 2.0 * (n - 2.0 * floor(0.5 * n));
    let x = 3.1415927 * w;
    return 3.0 * sign * (sin_pi(w - n) / x - cos_pi(w - n)) / (x * x);
}

// NaNbNc·0.723601254558268·ball(√(fudge·Σ(δN)²)).
fn lattice_round(offset: vec3f, cells: vec3f, fudge: f32) -> f32 {
    let turns = offset * cells;
    return cells.x * cells.y * cells.z * 0.72360125 * ball_transform(fudge * dot(turns, turns));
}

// fudge·|Δh·a* + Δk·b* + Δl·c*|²·(NaNbNc)², what the Gaussian and the top hat are functions of.
fn spread(offset: vec3f, a: vec3f, b: vec3f, c: vec3f, cells: vec3f, fudge: f32) -> f32 {
    let v = (offset.x * a + offset.y * b + offset.z * c) * (cells.x * cells.y * cells.z);
    return dot(v, v) * fudge;
}

// NaNbNc·exp(−spread/0.63).
fn lattice_gauss(spread: f32, cells: vec3f) -> f32 {
    return cells.x * cells.y * cells.z * exp_reduced(-spread / 0.63);
}

// NaNbNc inside spread 0.3969, 0 outside.
fn lattice_tophat(spread: f32, cells: vec3f) -> f32 {
    return select(0.0, cells.x * cells.y * cells.z, spread < 0.3969);
}

// Where the Gaussian is zero in float64, which is where the classic program stops to count it.
fn gauss_vanishes(spread: f32) -> bool {
    return spread / 0.63 > 745.1332;
}
