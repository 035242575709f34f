// Elementary functions by reduction and minimax polynomials, so that a result does not depend on how a
// driver evaluates sin or exp. Twins: src/physics/elementary.rs.

// sin(πx) for |x| ≤ ½; relative error below 1e-7.
fn sin_pi(x: f32) -> f32 {
    let u = x * x;
    return x * (3.1415927 + u * (-5.1677098 + u * (2.5500698 + u * (-0.5982421 + u * 0.07756036))));
}

// cos(πx) for |x| ≤ ½; absolute error below 1e-7.
fn cos_pi(x: f32) -> f32 {
    let u = x * x;
    return 1.0 + u * (-4.9348024 + u * (4.0587091 + u * (-1.3352121 + u * (0.23493756 + u * -0.024396716))));
}

// sin(πx)·sin(πy)·sin(πz) for components within ±½.
fn sin_pi_product(x: vec3f) -> f32 {
    let u = x * x;
    let s = x * (3.1415927 + u * (-5.1677098 + u * (2.5500698 + u * (-0.5982421 + u * 0.07756036))));
    return s.x * s.y * s.z;
}

// sin(x) without the loose error that WGSL allows its own; off by 2⁻²⁴·|x|.
fn sin_reduced(x: f32) -> f32 {
    let half_turns = x * 0.31830987;
    let whole = round(half_turns);
    let odd = whole - 2.0 * round(0.5 * whole);
    let s = sin_pi(half_turns - whole);
    return select(-s, s, abs(odd) < 0.5);
}

// exp(x), 0 below -87.
fn exp_reduced(x: f32) -> f32 {
    let n = round(x * 1.442695);
    // 355/512 times a whole number below 2^15 is exact, fused or not.
    let r = (x - n * 0.693359375) + n * 2.1219444e-4;
    let p = 1.0 + r * (1.0 + r * (0.4999999 + r * (0.1666642 + r * (0.041668225
        + r * (0.008374815 + r * 0.0013836828)))));
    return select(ldexp(p, i32(n)), 0.0, x < -87.0);
}

// 1 - exp(-x) without cancellation for small x.
fn one_minus_exp(x: f32) -> f32 {
    let p = 1.0 + x * (-0.5 + x * (0.16666667 + x * (-0.04166666 + x * (0.0083331186
        + x * (-0.0013889277 + x * (0.00019978975 + x * -2.4801488e-5))))));
    return select(1.0 - exp_reduced(-x), x * p, abs(x) < 0.5);
}
