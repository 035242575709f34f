//! Where a detector stands, along the chain of its transformations.

use rust_hdf5::H5Dataset;

use super::opened::{Opened, factor, text_attribute};
use crate::vector::{Vector, add, cross, rotate_about, scale, unit};

const MODULE: &str = "entry/instrument/detector/module";
const SAMPLE: &str = "entry/sample";
/// Longer chains are taken for rings.
const LONGEST_CHAIN: usize = 64;

/// The place of the detector and the spindle, in the frame of NeXus.
pub(super) struct Placement {
    /// The corner of the first pixel, metres.
    pub origin_m: Vector,
    pub fast: Vector,
    pub slow: Vector,
    /// `None` where the sample does not turn.
    pub spindle: Option<Vector>,
}

impl Placement {
    /// Of the first module; `None` where the file does not place it.
    ///
    /// # Errors
    /// When a part of the chain lies in another file.
    pub fn of_module(file: &Opened) -> Result<Option<Self>, String> {
        let pixel_direction = |axis| file.dataset(&format!("{MODULE}/{axis}_pixel_direction"));
        let (Some(fast), Some(slow)) = (pixel_direction("fast")?, pixel_direction("slow")?) else {
            return Ok(None);
        };
        let (Some(fast_axis), Some(slow_axis), Some(depends_on)) = (
            vector(&fast),
            vector(&slow),
            text_attribute(&fast, "depends_on"),
        ) else {
            return Ok(None);
        };
        let start = resolve(MODULE, &depends_on);
        let ends = moved(file, start, [[0.0; 3], fast_axis, slow_axis])?;
        let spindle = spindle(file)?;
        Ok(ends.and_then(|[origin_m, fast_end, slow_end]| {
            let from_origin = |end: Vector| unit(add(end, scale(origin_m, -1.0)));
            Some(Self {
                origin_m,
                fast: from_origin(fast_end)?,
                slow: from_origin(slow_end)?,
                spindle,
            })
        }))
    }

    /// Angle between the normal of the detector and the beam, degrees, without a sign.
    pub fn tilt_deg(&self) -> f64 {
        let [across_x, across_y, along] = cross(self.fast, self.slow);
        across_x.hypot(across_y).atan2(along.abs()).to_degrees()
    }
}

/// The axis that the sample turns about first.
fn spindle(file: &Opened) -> Result<Option<Vector>, String> {
    let depends_on = file.text(&format!("{SAMPLE}/depends_on"))?;
    let Some(path) = depends_on.and_then(|depends_on| resolve(SAMPLE, &depends_on)) else {
        return Ok(None);
    };
    let turns = |axis: &H5Dataset| {
        text_attribute(axis, "transformation_type").is_some_and(|kind| kind == "rotation")
    };
    let axis = file.dataset(&path)?.filter(turns);
    Ok(axis.and_then(|axis| unit(vector(&axis)?)))
}

/// Points that all transformations from `path` on have moved, the first value of each; `None` where the chain is broken.
fn moved<const POINTS: usize>(
    file: &Opened,
    mut path: Option<String>,
    mut points: [Vector; POINTS],
) -> Result<Option<[Vector; POINTS]>, String> {
    for _ in 0..LONGEST_CHAIN {
        let Some(here) = path else {
            return Ok(Some(points));
        };
        let Some(step) = file.dataset(&here)? else {
            return Ok(None);
        };
        let Some(depends_on) = apply(file, &step, &mut points) else {
            return Ok(None);
        };
        let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
        path = resolve(folder, &depends_on);
    }
    Ok(None)
}

/// Moves points by one transformation, and says which comes next.
fn apply(file: &Opened, step: &H5Dataset, points: &mut [Vector]) -> Option<String> {
    let (axis, value) = (vector(step)?, file.number_of(step)?);
    let offset = match step.attr("offset") {
        Ok(offset) => {
            let unit = text_attribute(step, "offset_units").unwrap_or_default();
            let offset: Vector = offset.read_numeric_as::<f64>().ok()?.try_into().ok()?;
            scale(offset, factor(&unit))
        }
        Err(_) => [0.0; 3],
    };
    let is_rotation = text_attribute(step, "transformation_type")? == "rotation";
    for point in points {
        let placed = match is_rotation {
            true => rotate_about(*point, unit(axis)?, value.to_radians()),
            false => add(*point, scale(axis, value)),
        };
        *point = add(placed, offset);
    }
    text_attribute(step, "depends_on")
}

/// The dataset that `depends_on` names, seen from a group; `None` at the end of the chain.
fn resolve(group: &str, depends_on: &str) -> Option<String> {
    match depends_on.trim_end_matches('\0') {
        "." | "" => None,
        path => Some(match path.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => format!("{group}/{path}"),
        }),
    }
}

fn vector(dataset: &H5Dataset) -> Option<Vector> {
    let values = dataset.attr("vector").ok()?.read_numeric_as::<f64>().ok()?;
    let vector: Vector = values.try_into().ok()?;
    vector.iter().all(|part| part.is_finite()).then_some(vector)
}
