use super::{scalar::Fused, *};

/// Numbers that rounding, comparison and gathering can trip over.
const AWKWARD: [f64; 16] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -1.5,
    0.499_999_97,
    1e-30,
    -1e-30,
    3.25,
    -7.75,
    4_194_304.5,
    -4_194_303.0,
    1e9,
    2.0,
];

/// Applies `operation` to all of `AWKWARD` in lanes of type `L`.
fn through<L: Lanes>(operation: impl Fn(L) -> L) -> Vec<f64> {
    let numbers: Vec<L::Scalar> = AWKWARD.iter().map(|&x| L::Scalar::from_f64(x)).collect();
    let mut results = vec![L::Scalar::default(); numbers.len()];
    for (from, to) in numbers.chunks(L::WIDTH).zip(results.chunks_mut(L::WIDTH)) {
        operation(L::load(from)).store(to);
    }
    results.iter().map(|x| x.to_f64()).collect()
}

/// Every operation in lanes of type `L` against the same in one lane.
fn agree<L: Lanes, One: Lanes<Scalar = L::Scalar>>() {
    macro_rules! same {
        ($($name:literal $operation:expr),+ $(,)?) => {$({
            fn operation<T: Lanes>(x: T) -> T {
                let f: fn(T) -> T = $operation;
                f(x)
            }
            let (wide, one) = (through::<L>(operation), through::<One>(operation));
            for (index, (a, b)) in wide.iter().zip(&one).enumerate() {
                assert_eq!(a, b, "{} of {}", $name, AWKWARD[index]);
            }
        })+};
    }
    same!(
        "round" | x | x.round(),
        "ceil" | x | x.ceil(),
        "floor" | x | x.floor(),
        "abs" | x | x.abs(),
        "neg" | x | -x,
        "sqrt" | x | x.abs().sqrt(),
        "quotient" | x | T::constant(1.0) / (x + T::constant(0.25)),
        "sum and product" | x | (x + T::constant(0.1)) * (x - T::constant(0.3)),
        "mul_sub" | x | x.mul_sub(T::constant(2.0), T::constant(1.0)),
        "min" | x | x.min(T::constant(0.5)),
        "max" | x | x.max(T::constant(-0.5)),
        "power of two"
            | x
            | T::constant(3.0)
                .scale_by_power_of_two(x.max(T::constant(-100.0)).min(T::constant(100.0)).round()),
        "lt" | x | T::select(x.lt(T::constant(0.5)), T::constant(1.0), T::constant(2.0)),
        "le" | x | T::select(!x.le(T::constant(0.5)), T::constant(1.0), T::constant(2.0)),
        "equals"
            | x
            | T::select(
                x.equals(T::constant(0.0)) | x.equals(T::constant(2.0)),
                x,
                T::constant(2.0)
            ),
    );
}

/// A gather reads what it is asked for and nothing outside the table.
fn gathers<L: Lanes>() {
    let table: Vec<L::Scalar> = (0..5)
        .map(|x| L::Scalar::from_f64(10.0 + f64::from(x)))
        .collect();
    let gathered = through::<L>(|x| {
        let inside = x.le(L::constant(1e6)) & L::constant(-1e6).le(x);
        L::gather(
            &table,
            L::index_offset(x.floor().to_index(), 1),
            inside,
            L::constant(-1.0),
        )
    });
    for (&x, &f) in AWKWARD.iter().zip(&gathered) {
        let expected = if (-1.0..4.0).contains(&x) {
            11.0 + L::Scalar::from_f64(x).to_f64().floor()
        } else {
            -1.0
        };
        assert_eq!(f, expected, "entry of {x}");
    }
}

macro_rules! for_set {
    ($name:ident, $architecture:literal, $isa:ident, $wide64:ty, $wide32:ty) => {
        #[test]
        #[cfg(target_arch = $architecture)]
        fn $name() {
            if Isa::available().contains(&Isa::$isa) {
                agree::<$wide64, Fused<f64>>();
                agree::<$wide32, Fused<f32>>();
                gathers::<$wide64>();
                gathers::<$wide32>();
            } else {
                // Not a pass by neglect: the set that is missing is never chosen here either.
                assert_ne!(Isa::detect(), Isa::$isa);
            }
        }
    };
}

for_set!(
    avx512_does_what_one_lane_does,
    "x86_64",
    Avx512,
    F64x8,
    F32x16
);
for_set!(avx2_does_what_one_lane_does, "x86_64", Avx2, F64x4, F32x8);
for_set!(neon_does_what_one_lane_does, "aarch64", Neon, F64x2, F32x4);

#[test]
fn portable_lanes_do_what_one_lane_does() {
    use super::scalar::Unfused;
    agree::<Portable<f64, 4>, Unfused<f64>>();
    agree::<Portable<f32, 8>, Unfused<f32>>();
    gathers::<Portable<f64, 4>>();
    gathers::<Portable<f32, 8>>();
    gathers::<Fused<f64>>();
}
