//! What the CPU kernels do per pixel, and what this machine could do at best: the two sides of a roofline.

use std::{hint::black_box, time::Instant};

use rayon::prelude::*;

use super::{dispatch, prepared, raster};
#[cfg(target_arch = "aarch64")]
use crate::lanes::{F32x4, F64x2};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{F32x8, F32x16, F64x4, F64x8};
use crate::{
    engine::{EngineError, Precision},
    lanes::{Isa, Lanes, Portable, Real, tally::Operations},
    plan::Plan,
};

/// Independent chains of fused multiply-adds: enough to hide their latency, few enough for sixteen registers.
const CHAINS: usize = 12;
/// Links of a chain between two looks at the clock.
const LINKS: usize = 1 << 16;
/// Numbers in each of the three arrays of the memory measurement: beyond any cache.
const ARRAY: usize = 1 << 25;
const ATTEMPTS: usize = 7;

/// The best this machine does with all threads of the pool.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Peak {
    pub threads: usize,
    /// Fused multiply-adds on the widest lanes, two operations each.
    pub float64_flops_per_s: f64,
    pub float32_flops_per_s: f64,
    /// `a[i] = b[i] + s·c[i]` over arrays beyond any cache: bytes read and written.
    pub memory_bytes_per_s: f64,
}

impl Peak {
    /// Measures for about half a second.
    pub fn measure() -> Self {
        let [double, single] = peak_kernels(Isa::detect());
        Self {
            threads: rayon::current_num_threads(),
            float64_flops_per_s: flops_per_s(double),
            float32_flops_per_s: flops_per_s(single),
            memory_bytes_per_s: memory_bytes_per_s(),
        }
    }

    /// Of one precision.
    pub fn flops_per_s(&self, precision: Precision) -> f64 {
        match precision {
            Precision::F64 => self.float64_flops_per_s,
            Precision::F32 => self.float32_flops_per_s,
        }
    }
}

/// What the kernel does for a pixel with all of its samples: the mean over the tile in the middle of the region.
///
/// # Errors
/// As [`Engine::render`](crate::engine::Engine::render).
pub fn operations_per_pixel(plan: &Plan, precision: Precision) -> Result<Operations, EngineError> {
    Ok(match precision {
        Precision::F64 => raster::tally(
            &prepared::Cache::default().prepare(plan)?,
            dispatch::TALLIED.double,
        ),
        Precision::F32 => raster::tally(
            &prepared::Cache::default().prepare(plan)?,
            dispatch::TALLIED.single,
        ),
    })
}

/// Chains of fused multiply-adds that stay near 1; their sum keeps them from being left out.
#[inline(always)]
fn chains<L: Lanes>(links: usize) -> f64 {
    let (factor, addend) = (
        L::constant(black_box(0.999_999)),
        L::constant(black_box(1e-6)),
    );
    let mut chains = [L::constant(1.0); CHAINS];
    for _ in 0..links {
        for chain in &mut chains {
            *chain = chain.mul_add(factor, addend);
        }
    }
    let mut sum = chains[0];
    for &chain in &chains[1..] {
        sum = sum + chain;
    }
    let mut numbers = [L::Scalar::default(); 16];
    sum.store(&mut numbers);
    numbers[0].to_f64()
}

fn flops_per_s(kernel: PeakKernel) -> f64 {
    let threads = rayon::current_num_threads();
    let repeats = 64;
    let attempt = || {
        let start = Instant::now();
        rayon::broadcast(|_| {
            for _ in 0..repeats {
                black_box(kernel.run(black_box(LINKS)));
            }
        });
        let links = (threads * repeats * LINKS) as f64;
        2.0 * links * (CHAINS * kernel.width) as f64 / start.elapsed().as_secs_f64()
    };
    (0..ATTEMPTS).map(|_| attempt()).fold(0.0, f64::max)
}

fn memory_bytes_per_s() -> f64 {
    let (b, c) = (vec![1.0f32; ARRAY], vec![2.0f32; ARRAY]);
    let mut a = vec![0.0f32; ARRAY];
    let attempt = |a: &mut [f32]| {
        let start = Instant::now();
        let parts = 1 << 16;
        a.par_chunks_mut(parts)
            .zip(b.par_chunks(parts))
            .zip(c.par_chunks(parts))
            .for_each(|((a, b), c)| {
                for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
                    *a = b + 0.5 * c;
                }
            });
        black_box(&*a);
        (3 * ARRAY * size_of::<f32>()) as f64 / start.elapsed().as_secs_f64()
    };
    (0..ATTEMPTS).map(|_| attempt(&mut a)).fold(0.0, f64::max)
}

/// Chains of fused multiply-adds on lanes of one type.
#[derive(Debug, Clone, Copy)]
struct PeakKernel {
    run: unsafe fn(usize) -> f64,
    width: usize,
}

impl PeakKernel {
    fn run(self, links: usize) -> f64 {
        // SAFETY: `peak_kernels` takes kernels of instruction sets that this processor has.
        unsafe { (self.run)(links) }
    }
}

/// Compiles [`chains`] for lanes under the given target features.
macro_rules! peak {
    ($lanes:ty $(, $features:literal)?) => {{
        $(#[target_feature(enable = $features)])?
        fn compiled(links: usize) -> f64 {
            chains::<$lanes>(links)
        }
        PeakKernel { run: compiled, width: <$lanes as Lanes>::WIDTH }
    }};
}

/// In float64 and in float32, on an instruction set that this processor has.
fn peak_kernels(isa: Isa) -> [PeakKernel; 2] {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => [
            peak!(F64x8, "avx512f,avx512dq,avx512vl,avx512bw,fma"),
            peak!(F32x16, "avx512f,avx512dq,avx512vl,avx512bw,fma"),
        ],
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => [peak!(F64x4, "avx2,fma"), peak!(F32x8, "avx2,fma")],
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => [peak!(F64x2), peak!(F32x4)],
        Isa::Portable => [peak!(Portable<f64, 4>), peak!(Portable<f32, 8>)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::{self, Prepared};

    #[test]
    fn a_mosaic_sample_costs_what_its_formula_says() {
        let operations = |words: &str| {
            let words = format!(
                "-default_F 100 -cell 70 80 90 75 85 95 -N 10 -lambda 1 -distance 100 -detpixels 64 -oversample 1 {words}"
            );
            let plan = Prepared::new(&classic::parse(words.split_whitespace()).unwrap())
                .unwrap()
                .plan()
                .unwrap();
            operations_per_pixel(&plan, Precision::F64).unwrap()
        };
        let some = operations("-mosaic 1 -mosaic_dom 100");
        let more = operations("-mosaic 1 -mosaic_dom 200");
        // The second hundred domains add nothing but samples.
        let fused = (more.fused - some.fused) / 100.0;
        let divided = (more.divided - some.divided) / 100.0;
        // 6 for h, k, l, 3 for N times the offset, 7 for each of six sines, 1 for the sum; one division.
        assert_eq!((fused, divided), (52.0, 1.0));
    }

    #[test]
    fn every_instruction_set_has_a_peak() {
        for isa in Isa::available() {
            for kernel in peak_kernels(isa) {
                assert!(kernel.width > 0);
                let sum = kernel.run(10);
                // Every chain stays at the fixed point of its multiply-add.
                assert!((sum - CHAINS as f64).abs() < 1e-4, "{isa}: {sum}");
            }
        }
    }
}
