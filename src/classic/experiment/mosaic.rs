//! Mosaic domains: small random rotations of one cell.

use super::{
    ExperimentError, Notices,
    error::{count, finite},
};
use crate::vector::Matrix;
use crate::{classic::options::Options, random::mosaic_rotations};

/// Seed of the domains when none is given.
const DEFAULT_SEED: i64 = 12_345_678;
/// Domains of a spread that comes without a count.
const DEFAULT_DOMAINS: usize = 10;

/// Isotropic mosaic spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassicMosaic {
    /// Largest rotation of a domain, degrees.
    pub spread_deg: f64,
    pub domains: usize,
    pub seed: i64,
}

impl ClassicMosaic {
    pub(super) fn from_options(
        options: &Options,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.crystal;
        let spread_deg = finite("-mosaic", typed.mosaic_spread_deg.unwrap_or(0.0))?.max(0.0);
        let wanted = typed.mosaic_domains.filter(|n| *n > 0);
        let domains = match wanted {
            _ if spread_deg == 0.0 => 1,
            Some(n) => count("-mosaic_domains", n as f64)?,
            None => DEFAULT_DOMAINS,
        };
        if spread_deg == 0.0 && wanted.is_some_and(|n| n > 1) {
            notices.warn("-mosaic_domains is 1 without a -mosaic spread");
        }
        if spread_deg > 0.0 && wanted.is_none() {
            notices.note(format!(
                "-mosaic without -mosaic_domains: {DEFAULT_DOMAINS} domains"
            ));
        }
        Ok(Self {
            spread_deg,
            domains,
            seed: options.random.mosaic_seed.unwrap_or(DEFAULT_SEED),
        })
    }

    /// One rotation per domain, the first of them none.
    pub fn rotations(&self) -> Vec<Matrix> {
        mosaic_rotations(self.spread_deg, self.domains, self.seed)
    }
}
