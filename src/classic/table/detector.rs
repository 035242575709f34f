//! The detector's pixels, sensor and place.

use super::{Action, OptionSpec};
use crate::classic::{
    options::{Options, Pivot},
    presets,
};

fn asked_pivot(options: &mut Options, pivot: Pivot) {
    options.detector.pivot = Some(pivot);
    options.detector.implied_pivot = Some(pivot);
}

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["detector"],
        Action::Text(|o, name| {
            let preset = presets::find(&name).ok();
            o.output.camera_saturation = preset.map(|preset| preset.saturation);
            o.detector.preset = Some(name);
        }),
        "NAME",
        "",
        "Pixels, their size, gaps and largest count of a camera, as eiger16m; list shows all. Other options win",
        "pilatus6m",
    )
    .suggests(presets::names)
    .ours(),
    OptionSpec::new(
        &["distance"],
        Action::Positive(|o, mm| {
            o.detector.distance_mm = Some(mm);
            o.detector.implied_pivot = Some(Pivot::Beam);
        }),
        "mm",
        "100",
        "From the sample to the direct-beam spot",
        "250",
    ),
    OptionSpec::new(
        &["close_distance"],
        Action::Positive(|o, mm| {
            o.detector.close_distance_mm = Some(mm);
            o.detector.implied_pivot = Some(Pivot::Sample);
        }),
        "mm",
        "",
        "From the sample to the nearest point of the detector's plane",
        "240",
    ),
    OptionSpec::new(
        &["pixel"],
        Action::Positive(|o, mm| o.detector.pixel_mm = Some(mm)),
        "mm",
        "0.1",
        "Edge of a pixel",
        "0.172",
    )
    .spelled(&["pixelsize", "pixel_size"]),
    OptionSpec::new(
        &["detpixels"],
        Action::Integer(|o, count| {
            o.detector.detpixels_fast = Some(count);
            o.detector.detpixels_slow = Some(count);
        }),
        "pixels",
        "1024",
        "Width and height of a square detector",
        "512",
    ),
    OptionSpec::new(
        &["detpixels_f", "detpixels_x"],
        Action::Integer(|o, count| o.detector.detpixels_fast = Some(count)),
        "pixels",
        "1024",
        "Width: pixels along the fast axis",
        "640",
    ),
    OptionSpec::new(
        &["detpixels_s", "detpixels_y"],
        Action::Integer(|o, count| o.detector.detpixels_slow = Some(count)),
        "pixels",
        "1024",
        "Height: pixels along the slow axis",
        "480",
    ),
    OptionSpec::new(
        &["detsize"],
        Action::Positive(|o, mm| {
            o.detector.detsize_fast_mm = Some(mm);
            o.detector.detsize_slow_mm = Some(mm);
        }),
        "mm",
        "102.4",
        "Width and height of a square detector",
        "80",
    ),
    OptionSpec::new(
        &["detsize_f"],
        Action::Positive(|o, mm| o.detector.detsize_fast_mm = Some(mm)),
        "mm",
        "102.4",
        "Width along the fast axis",
        "80",
    ),
    OptionSpec::new(
        &["detsize_s"],
        Action::Positive(|o, mm| o.detector.detsize_slow_mm = Some(mm)),
        "mm",
        "102.4",
        "Height along the slow axis",
        "60",
    ),
    OptionSpec::new(
        &["Xbeam"],
        Action::Number(|o, mm| {
            o.detector.xbeam_mm = Some(mm);
            o.detector.implied_pivot = Some(Pivot::Beam);
        }),
        "mm",
        "the centre",
        "Direct-beam spot, X of the convention",
        "51.2",
    ),
    OptionSpec::new(
        &["Ybeam"],
        Action::Number(|o, mm| {
            o.detector.ybeam_mm = Some(mm);
            o.detector.implied_pivot = Some(Pivot::Beam);
        }),
        "mm",
        "the centre",
        "Direct-beam spot, Y of the convention",
        "51.2",
    ),
    OptionSpec::new(
        &["Xclose"],
        Action::Number(|o, mm| {
            o.detector.xclose_mm = Some(mm);
            o.detector.implied_pivot = Some(Pivot::Sample);
        }),
        "mm",
        "the centre",
        "Point nearest to the sample, X",
        "50",
    ),
    OptionSpec::new(
        &["Yclose"],
        Action::Number(|o, mm| {
            o.detector.yclose_mm = Some(mm);
            o.detector.implied_pivot = Some(Pivot::Sample);
        }),
        "mm",
        "the centre",
        "Point nearest to the sample, Y",
        "50",
    ),
    OptionSpec::new(
        &["ORGX"],
        Action::Number(|o, pixels| {
            o.detector.orgx = Some(pixels);
            o.detector.implied_pivot = Some(Pivot::Sample);
        }),
        "pixels",
        "",
        "Point nearest to the sample as XDS counts it, fast axis",
        "512.5",
    ),
    OptionSpec::new(
        &["ORGY"],
        Action::Number(|o, pixels| {
            o.detector.orgy = Some(pixels);
            o.detector.implied_pivot = Some(Pivot::Sample);
        }),
        "pixels",
        "",
        "Point nearest to the sample as XDS counts it, slow axis",
        "512.5",
    ),
    OptionSpec::new(
        &["detector_rotx"],
        Action::Number(|o, deg| o.detector.rotx_deg = Some(deg)),
        "deg",
        "0",
        "Turn the detector about the laboratory x axis",
        "5",
    ),
    OptionSpec::new(
        &["detector_roty"],
        Action::Number(|o, deg| o.detector.roty_deg = Some(deg)),
        "deg",
        "0",
        "Then about y",
        "3",
    ),
    OptionSpec::new(
        &["detector_rotz"],
        Action::Number(|o, deg| o.detector.rotz_deg = Some(deg)),
        "deg",
        "0",
        "Then about z",
        "2",
    ),
    OptionSpec::new(
        &["twotheta"],
        Action::Number(|o, deg| {
            o.detector.twotheta_deg = Some(deg);
            o.detector.implied_pivot = Some(Pivot::Sample);
        }),
        "deg",
        "0",
        "Swing the detector about the two-theta axis",
        "15",
    ),
    OptionSpec::new(
        &["pivot"],
        Action::Choice(&[
            ("beam", |o| asked_pivot(o, Pivot::Beam)),
            ("sample", |o| asked_pivot(o, Pivot::Sample)),
        ]),
        "",
        "the convention's",
        "Turn the detector about the direct-beam spot or about the sample",
        "sample",
    ),
    OptionSpec::new(
        &["curved_det"],
        Action::Flag(|o| o.detector.curved = true),
        "",
        "",
        "Every pixel at the same distance from the sample",
        "",
    ),
    OptionSpec::new(
        &["point_pixel"],
        Action::Flag(|o| o.detector.point_pixel = true),
        "",
        "",
        "Solid angle 1/R^2 instead of the pixel's",
        "",
    ),
    OptionSpec::new(
        &["detector_abs"],
        Action::Extended(|o, um| {
            o.detector.attenuation_um = Some(um);
            o.detector.sensor_taken_away |= um == 0.0 || um.is_infinite();
        }),
        "um",
        "the sensor's thickness, if it has one",
        "Attenuation length of the sensor; inf or 0 for none",
        "300",
    )
    .spelled(&["detector_absorb", "detector_absorption"]),
    OptionSpec::new(
        &["detector_thick"],
        Action::Number(|o, um| {
            o.detector.thickness_um = Some(um);
            o.detector.sensor_taken_away = false;
        }),
        "um",
        "0",
        "Thickness of the sensor",
        "450",
    ),
    OptionSpec::new(
        &["detector_thicksteps", "thicksteps"],
        Action::Integer(|o, count| o.detector.thick_steps = Some(count)),
        "count",
        "",
        "Layers of the sensor",
        "5",
    ),
    OptionSpec::new(
        &["mask"],
        Action::File(|o, file| o.detector.mask = Some(file)),
        "FILE",
        "",
        "Image of the detector's size whose pixels of value 0 are not rendered: SMV, CBF, NeXus, NPY, TIFF, PNG or raw floats; a header sets the camera",
        "mask.img",
    ),
    OptionSpec::new(
        &["img"],
        Action::File(|o, file| o.detector.image = Some(file)),
        "FILE",
        "",
        "SMV, CBF or NeXus image whose header sets the camera",
        "first.img",
    ),
];
