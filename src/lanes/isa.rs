//! The instruction sets, chosen at run time.

use std::fmt;

/// An instruction set that the CPU kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isa {
    /// 512-bit lanes: AVX-512 F, DQ, VL and BW.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256-bit lanes: AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 128-bit lanes of 64-bit Arm.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// Arrays that the compiler lays out in whatever the target's baseline offers.
    Portable,
}

impl Isa {
    /// The widest set of this processor.
    pub fn detect() -> Self {
        Self::available()[0]
    }

    /// All sets of this processor, the widest first.
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let mut sets = Vec::new();
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("fma")
            {
                sets.push(Self::Avx512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(Self::Avx2);
            }
            sets.push(Self::Portable);
            sets
        }
        #[cfg(target_arch = "aarch64")]
        {
            vec![Self::Neon, Self::Portable]
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        {
            vec![Self::Portable]
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "NEON",
            Self::Portable => "portable",
        })
    }
}
