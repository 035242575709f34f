//! The head of a trace: how the detector came to stand where it stands.

use super::lines::Text;
use crate::{
    classic::{
        Experiment,
        options::{Convention, Pivot},
    },
    vector::{Matrix, Vector, rotate_about, rotate_xyz, scale},
};

const AXES: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Writes the lines that come before the pixel's own.
pub fn write(text: &mut Text, experiment: &Experiment) {
    let (frame, detector) = (&experiment.frame, &experiment.detector);
    let tilts = detector.placing.tilts_rad;
    let tilted = [frame.fast, frame.slow, frame.normal].map(|v| rotate_xyz(v, tilts));
    let swung = [detector.fast, detector.slow, detector.normal];
    write_axes(text, tilted, frame.twotheta_axis, swung);

    text.assign("detector_convention", name(frame.convention));
    let [x, y, z] = tilts.map(|angle| text.number(angle));
    let twotheta = text.number(detector.placing.twotheta_rad);
    text.assign(
        "angles_rad",
        &format!("rotx:{x} roty:{y} rotz:{z} twotheta:{twotheta}"),
    );
    // The classic program divides the metres by 1000 once more.
    let [x, y] = detector
        .beam_centre_m
        .map(|metres| text.number(metres / 1e3));
    let pixel = text.number(detector.pixel_size_m * 1e3);
    text.assign("beam_center_m", &format!("X:{x} Y:{y} pixel_mm:{pixel}"));
    text.assign_vector("initial_fdet", frame.fast);
    text.assign_vector("initial_sdet", frame.slow);
    text.assign_vector("initial_odet", frame.normal);
    for axis in 0..3 {
        let mut angles = [0.0; 3];
        angles[axis] = tilts[axis];
        write_matrix(text, ["Rx", "Ry", "Rz"][axis], angles);
    }
    write_matrix(text, "R_total", tilts);
    // The classic program prints them again when they have been swung already.
    write_axes(text, swung, frame.twotheta_axis, swung);
    write_origin(text, experiment);
}

fn write_axes(text: &mut Text, tilted: [Vector; 3], twotheta_axis: Vector, swung: [Vector; 3]) {
    for (axis, vector) in ["fdet", "sdet", "odet"].into_iter().zip(tilted) {
        text.assign_vector(&format!("{axis}_after_rotz"), vector);
    }
    text.assign_vector("twotheta_axis", twotheta_axis);
    for (axis, vector) in ["fdet", "sdet", "odet"].into_iter().zip(swung) {
        text.assign_vector(&format!("{axis}_after_twotheta"), vector);
    }
}

fn write_matrix(text: &mut Text, matrix: &str, angles: [f64; 3]) {
    let columns = AXES.map(|axis| rotate_xyz(axis, angles));
    let rows = [0, 1, 2].map(|row| text.vector(columns.map(|column| column[row])));
    text.assign(matrix, &format!("[{}]", rows.join("; ")));
}

/// The origin as a sum of steps along the detector and to the pivot.
fn write_origin(text: &mut Text, experiment: &Experiment) {
    let (frame, detector) = (&experiment.frame, &experiment.detector);
    let placing = &detector.placing;
    let beam = text.vector(frame.beam);
    let mapping = mapping(frame.convention);
    text.assign(
        "convention_mapping",
        &format!("{mapping},beam_vec=[{beam}]"),
    );
    let [fast, slow] = placing.pivot_point_m;
    let (names, along) = match detector.pivot {
        Pivot::Beam => (
            ["Fbeam_m", "Sbeam_m", "distance_m", "term_beam"],
            frame.beam,
        ),
        Pivot::Sample => {
            let tilted = rotate_xyz(frame.normal, placing.tilts_rad);
            let normal = rotate_about(tilted, frame.twotheta_axis, placing.twotheta_rad);
            (
                ["Fclose_m", "Sclose_m", "close_distance_m", "term_close"],
                normal,
            )
        }
    };
    for (name, metres) in names
        .into_iter()
        .zip([fast, slow, placing.pivot_distance_m])
    {
        let metres = text.number(metres);
        text.assign(name, &metres);
    }
    text.assign_vector("term_fast", scale(detector.fast, -fast));
    text.assign_vector("term_slow", scale(detector.slow, -slow));
    text.assign_vector(names[3], scale(along, placing.pivot_distance_m));
    text.assign_vector("pix0_vector", detector.origin_m);
}

fn name(convention: Convention) -> &'static str {
    match convention {
        Convention::Mosflm => "MOSFLM",
        Convention::Xds => "XDS",
        Convention::Adxv => "ADXV",
        Convention::Denzo => "DENZO",
        Convention::Dials => "DIALS",
        Convention::Custom => "CUSTOM",
    }
}

/// Which of -Xbeam and -Ybeam runs along which edge.
fn mapping(convention: Convention) -> &'static str {
    match convention {
        Convention::Mosflm => "Fbeam←Ybeam_mm(+0.5px),Sbeam←Xbeam_mm(+0.5px)",
        Convention::Denzo => "Fbeam←Ybeam_mm,Sbeam←Xbeam_mm",
        Convention::Adxv => "Fbeam←Xbeam_mm,Sbeam←detsize_s-Ybeam_mm",
        Convention::Xds | Convention::Dials | Convention::Custom => "Fbeam←Xbeam_mm,Sbeam←Ybeam_mm",
    }
}
