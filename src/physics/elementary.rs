//! Elementary functions by reduction and minimax polynomials (Remez, relative error), so that no engine depends on how a
//! library or a driver evaluates sin or exp. Twins: `shaders/elementary.wgsl`.

use crate::lanes::{Lanes, Real};

/// sin(πx)/x in powers of x² on |x| ≤ ½, to 1.4e-16.
const SIN_PI_F64: [f64; 8] = [
    std::f64::consts::PI,
    -5.167712780049752567,
    2.550164039859776263,
    -0.5992645287757097329,
    0.08214587825655268774,
    -0.007370361071682821965,
    0.0004659776170202537316,
    -0.00002112295297643990697,
];

/// The same to 5.3e-9.
const SIN_PI_F32: [f64; 5] = [
    3.141592636895403441,
    -5.167709684798845168,
    2.550069726326752331,
    -0.5982421263522246857,
    0.07756038684620111215,
];

/// cos(πx) in powers of x² on |x| ≤ ½, to 3.9e-18.
const COS_PI_F64: [f64; 9] = [
    1.0,
    -4.934802200544676774,
    4.058712126416497547,
    -1.335262768843464623,
    0.2353306301298082945,
    -0.02580688873935250373,
    0.001929556283591752748,
    -0.0001045665807343224034,
    4.149591699974550311e-6,
];

/// The same to 2.2e-10.
const COS_PI_F32: [f64; 6] = [
    1.0,
    -4.934802137228426097,
    4.058709164344465194,
    -1.335212056684121616,
    0.2349375590187007525,
    -0.02439671669754884665,
];

/// 2^x on |x| ≤ ½, to 3.1e-18.
const EXP2_F64: [f64; 12] = [
    1.0,
    std::f64::consts::LN_2,
    0.240226506959101562,
    0.05550410866481992147,
    0.009618129107588335055,
    0.001333355814678995266,
    0.0001540353046251465943,
    0.00001525273348995840678,
    1.321543308956854417e-6,
    1.017819803437931915e-7,
    7.074105630966674528e-9,
    4.435280780308031193e-10,
];

/// The same to 1.9e-9.
const EXP2_F32: [f64; 7] = [
    1.0,
    0.6931472057372836546,
    0.2402264689063009477,
    0.05550328776948027823,
    0.009618488957099601139,
    0.001339993122417483446,
    0.0001534581205116972088,
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
            6.931_471_803_691_238_2e-1,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::scalar::fused;

    #[test]
    fn polynomials_are_the_functions_to_the_last_digits() {
        for step in -1000..=1000 {
            let x = f64::from(step) / 2000.0;
            let (sine, cosine) = (std::f64::consts::PI * x).sin_cos();
            assert!(
                (sin_pi(fused(x)).0 - sine).abs() <= 4e-16 * sine.abs(),
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
