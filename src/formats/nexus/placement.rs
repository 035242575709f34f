//! Where a detector stands, along the chain of its transformations.

use rust_hdf5::H5Dataset;

use super::opened::{Opened, factor, text_attribute};
use crate::vector::{Vector, add, rotate_about, scale, unit};

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
    pub fn of_module(file: &Opened) -> Option<Self> {
        let fast = file
            .dataset(&format!("{MODULE}/fast_pixel_direction"))
            .ok()??;
        let slow = file
            .dataset(&format!("{MODULE}/slow_pixel_direction"))
            .ok()??;
        let [fast_axis, slow_axis] = [vector(&fast)?, vector(&slow)?];
        let start = resolve(MODULE, &text_attribute(&fast, "depends_on")?);
        let [origin_m, fast_end, slow_end] = moved(file, start, [[0.0; 3], fast_axis, slow_axis])?;
        let from_origin = |end: Vector| unit(add(end, scale(origin_m, -1.0)));
        Some(Self {
            origin_m,
            fast: from_origin(fast_end)?,
            slow: from_origin(slow_end)?,
            spindle: spindle(file),
        })
    }
}

/// The axis that the sample turns about first.
fn spindle(file: &Opened) -> Option<Vector> {
    let depends_on = file.text(&format!("{SAMPLE}/depends_on")).ok()??;
    let path = resolve(SAMPLE, &depends_on)?;
    let axis = file.dataset(&path).ok()??;
    let turns = text_attribute(&axis, "transformation_type")? == "rotation";
    unit(vector(&axis).filter(|_| turns)?)
}

/// Points that all transformations from `path` on have moved, the first value of each.
fn moved<const POINTS: usize>(
    file: &Opened,
    mut path: Option<String>,
    mut points: [Vector; POINTS],
) -> Option<[Vector; POINTS]> {
    for _ in 0..LONGEST_CHAIN {
        let Some(here) = path else {
            return Some(points);
        };
        let step = file.dataset(&here).ok()??;
        let (axis, value) = (vector(&step)?, file.number_of(&step)?);
        let offset = match step.attr("offset") {
            Ok(offset) => {
                let unit = text_attribute(&step, "offset_units").unwrap_or_default();
                let offset: Vector = offset.read_numeric_as::<f64>().ok()?.try_into().ok()?;
                scale(offset, factor(&unit))
            }
            Err(_) => [0.0; 3],
        };
        let is_rotation = text_attribute(&step, "transformation_type")? == "rotation";
        for point in &mut points {
            let placed = match is_rotation {
                true => rotate_about(*point, unit(axis)?, value.to_radians()),
                false => add(*point, scale(axis, value)),
            };
            *point = add(placed, offset);
        }
        let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
        path = resolve(folder, &text_attribute(&step, "depends_on")?);
    }
    None
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
