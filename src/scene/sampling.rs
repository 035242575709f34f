//! How finely a pixel is sampled, and how factors meet its samples.

/// Sampling of a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Sub-pixels along each edge.
    pub oversample: usize,
    /// Finest spacing that is rendered, Å: samples with `dmin > 0.5 / stol` are skipped. 0 renders all.
    pub dmin_angstrom: f64,
    /// Solid angle 1/R² of a point-like pixel.
    pub point_pixel: bool,
    pub weighting: Weighting,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            oversample: 1,
            dmin_angstrom: 0.0,
            point_pixel: false,
            weighting: Weighting::EachTerm,
        }
    }
}

/// How solid angle, polarisation and capture meet the sum of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// The pixel's sum is multiplied once, by the factors of its first sample and the capture of its last layer.
    AtTheEnd,
    /// Every term is multiplied by its own.
    EachTerm,
    /// The running sum is multiplied once a sample by the factors named here, as the classic program does.
    RunningSum(PerSampleFactors),
}

/// Factors that multiply the running sum once a sample; the others multiply the pixel's sum once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerSampleFactors {
    /// `-oversample_thick`
    pub capture: bool,
    /// `-oversample_polar`
    pub polarization: bool,
    /// `-oversample_omega`
    pub omega: bool,
}

impl Weighting {
    /// Whether every term has its own factors.
    pub fn is_each_term(self) -> bool {
        self == Self::EachTerm
    }

    /// Whether the sum is multiplied as it grows.
    pub fn is_running(self) -> bool {
        matches!(self, Self::RunningSum(_))
    }

    /// The factors that are taken at every sample, one way or the other.
    pub fn per_sample(self) -> PerSampleFactors {
        match self {
            Self::AtTheEnd => PerSampleFactors::default(),
            Self::EachTerm => PerSampleFactors {
                capture: true,
                polarization: true,
                omega: true,
            },
            Self::RunningSum(factors) => factors,
        }
    }
}
