//! What the engine reports, kept as it nests.

use crate::engine::{Ray, Record, Sample, SourceRay, Total};

/// A sub-pixel at one depth of the sensor, and what its sources did.
#[derive(Debug, Clone, PartialEq)]
pub struct RayTrace {
    pub ray: Ray,
    pub sources: Vec<SourceTrace>,
}

/// A source as one ray sees it, and its samples: φ outermost, mosaic domains innermost; none where `dmin` stops it.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceTrace {
    pub source: SourceRay,
    pub samples: Vec<Sample>,
}

#[derive(Debug, Default)]
pub(super) struct Recording {
    pub rays: Vec<RayTrace>,
    pub total: Option<Total>,
}

impl Record for Recording {
    fn ray(&mut self, ray: &Ray) {
        self.rays.push(RayTrace {
            ray: *ray,
            sources: Vec::new(),
        });
    }

    fn source(&mut self, source: &SourceRay) {
        let ray = self
            .rays
            .last_mut()
            .expect("a ray comes before its sources");
        ray.sources.push(SourceTrace {
            source: *source,
            samples: Vec::new(),
        });
    }

    fn sample(&mut self, sample: &Sample) {
        let source = self.rays.last_mut().and_then(|ray| ray.sources.last_mut());
        source
            .expect("a source comes before its samples")
            .samples
            .push(*sample);
    }

    fn total(&mut self, total: &Total) {
        self.total = Some(*total);
    }
}
