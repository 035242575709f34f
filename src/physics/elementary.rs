//! Elementary functions by reduction and minimax polynomials (Remez, relative error), so that no engine depends on how a
//! library or a driver evaluates sin or exp. Twins: `shaders/elementary.wgsl`.

use crate::lanes::{Lanes, Real};

/// sin(πx)/x in powers of x² on |x| ≤ ½, to 1.4e-16.
const SIN_PI_F64: [f64; 8] = [
    std::f64::consts::PI,
    -5.167712780049753,
    2.5501640398597765,
    -0.5992645287757097,
    0.08214587825655269,
    -0.007370361071682822,
    0.00046597761702025375,
    -2.1122952976439906e-05,
];

/// The same to 5.3e-9.
const SIN_PI_F32: [f64; 5] = [
    3.1415926368954032,
    -5.1677096847988455,
    2.550069726326752,
    -0.5982421263522247,
    0.07756038684620112,
];

/// cos(πx) in powers of x² on |x| ≤ ½, to 3.9e-18.
const COS_PI_F64: [f64; 9] = [
    1.0,
    -4.934802200544676,
    4.058712126416498,
    -1.3352627688434646,
    0.2353306301298083,
    -0.025806888739352503,
    0.0019295562835917528,
    -0.00010456658073432241,
    4.14959169997455e-06,
];

/// The same to 2.2e-10.
const COS_PI_F32: [f64; 6] = [
    1.0,
    -4.934802137228426,
    4.0587091643444655,
    -1.3352120566841217,
    0.23493755901870075,
    -0.024396716697548847,
];

/// 2^x on |x| ≤ ½, to 3.1e-18.
const EXP2_F64: [f64; 12] = [
    1.0,
    std::f64::consts::LN_2,
    0.24022650695910155,
    0.055504108664819925,
    0.009618129107588335,
    0.0013333558146789953,
    0.0001540353046251466,
    1.5252733489958406e-05,
    1.3215433089568543e-06,
    1.0178198034379319e-07,
    7.074105630966674e-09,
    4.4352807803080313e-10,
];

/// The same to 1.9e-9.
const EXP2_F32: [f64; 7] = [
    1.0,
    0.6931472057372836,
    0.24022646890630095,
    0.055503287769480276,
    0.0096184889570996,
    0.0013399931224174835,
    0.0001534581205116972,
];

/// (1 − exp(−x))/x in powers of x on |x| ≤ ½, to 8e-11.
const ONE_MINUS_EXP_F32: [f64; 8] = [
    1.0,
    -0.5,
    0.166_666_671_633_720_4,
    -0.041_666_660_457_849_5,
    0.008_333_118_632_435_799,
    -0.001_388_927_688_822_150_2,
    0.000_199_789_748_876_355_6,
    -2.480_148_759_786_971e-5,
];

/// Σ coefficients[i]·u^i.
#[inline(always)]
pub(super) fn horner<L: Lanes, const N: usize>(coefficients: &[f64; N], u: L) -> L {
    let mut sum = L::constant(coefficients[N - 1]);
    for &coefficient in coefficients[..N - 1].iter().rev() {
        sum = sum.mul_add(u, L::constant(coefficient));
    }
    sum
}

/// sin(πx) for |x| ≤ ½.
#[inline(always)]
pub fn sin_pi<L: Lanes>(x: L) -> L {
    let u = x * x;
    x * if L::Scalar::SINGLE {
        horner(&SIN_PI_F32, u)
    } else {
        horner(&SIN_PI_F64, u)
    }
}

/// cos(πx) for |x| ≤ ½.
#[inline(always)]
pub fn cos_pi<L: Lanes>(x: L) -> L {
    let u = x * x;
    if L::Scalar::SINGLE {
        horner(&COS_PI_F32, u)
    } else {
        horner(&COS_PI_F64, u)
    }
}

/// exp(x): 0 where the result would no longer be a normal number.
#[inline(always)]
pub fn exp_reduced<L: Lanes>(x: L) -> L {
    // ln 2 in two parts, the first short enough that its whole multiples are exact.
    let (lowest, highest, ln2_high, ln2_low) = if L::Scalar::SINGLE {
        (-87.0, 88.0, 0.693_359_375, -2.121_944_400_546_905_8e-4)
    } else {
        (
            -708.0,
            709.0,
            0.693_147_180_369_123_8,
            1.908_214_929_270_587_7e-10,
        )
    };
    let clamped = x.max(L::constant(lowest)).min(L::constant(highest));
    let n = (clamped * L::constant(std::f64::consts::LOG2_E)).round();
    let r = (-n).mul_add(
        L::constant(ln2_low),
        (-n).mul_add(L::constant(ln2_high), clamped),
    );
    let t = r * L::constant(std::f64::consts::LOG2_E);
    let power = if L::Scalar::SINGLE {
        horner(&EXP2_F32, t)
    } else {
        horner(&EXP2_F64, t)
    };
    L::select(
        x.lt(L::constant(lowest)),
        L::constant(0.0),
        power.scale_by_power_of_two(n),
    )
}

/// sin(x), as exact as x itself: its error is that of the nearest multiple of π, 2⁻²⁴·|x| in float32.
#[inline(always)]
pub fn sin_reduced<L: Lanes>(x: L) -> L {
    let half_turns = x * L::constant(std::f64::consts::FRAC_1_PI);
    let whole = half_turns.round();
    let odd = whole - L::constant(2.0) * (L::constant(0.5) * whole).round();
    let sine = sin_pi(half_turns - whole);
    L::select(odd.abs().lt(L::constant(0.5)), sine, -sine)
}

/// 1 − exp(−x), in float32 without cancellation for small x.
#[inline(always)]
pub fn one_minus_exp<L: Lanes>(x: L) -> L {
    let difference = L::constant(1.0) - exp_reduced(-x);
    if L::Scalar::SINGLE {
        let series = x * horner(&ONE_MINUS_EXP_F32, x);
        L::select(x.abs().lt(L::constant(0.5)), series, difference)
    } else {
        difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::scalar::fused;

    #[test]
    fn polynomials_are_the_functions_to_the_last_digits() {
        for step in -1000..=1000 {
            let x = f64::from(step) / 2000.0;
            let (sine, cosine) = (std::f64::consts::PI * x).sin_cos();
            // The library's argument π·x is rounded too, which is a part of the difference.
            assert!(
                (sin_pi(fused(x)).0 - sine).abs() <= 6e-16 * sine.abs(),
                "sin at {x}"
            );
            assert!((cos_pi(fused(x)).0 - cosine).abs() <= 3e-16, "cos at {x}");
            assert!(
                (f64::from(sin_pi(fused(x as f32)).0) - sine).abs() <= 2e-7,
                "float32 sin at {x}"
            );
            assert!(
                (f64::from(cos_pi(fused(x as f32)).0) - cosine).abs() <= 2e-7,
                "float32 cos at {x}"
            );
        }
    }

    #[test]
    fn the_exponential_holds_over_its_whole_range() {
        for step in -7079..=7000 {
            let x = f64::from(step) / 10.0;
            let (ours, exact) = (exp_reduced(fused(x)).0, x.exp());
            assert!((ours / exact - 1.0).abs() < 1e-15, "{x}: {ours} {exact}");
        }
        assert_eq!(exp_reduced(fused(-1e300)).0, 0.0);
        assert_eq!(exp_reduced(fused(-800.0f64)).0, 0.0);
        assert_eq!(exp_reduced(fused(-90.0f32)).0, 0.0);
        assert!((exp_reduced(fused(-50.0f32)).0 / (-50.0f32).exp() - 1.0).abs() < 1e-6);
    }
}
