//! `nanobragg sum A B … -o C`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use ndarray::{Array2, Zip};

use super::CliError;
use crate::formats::{Acquisition, CameraHeader, FormatError, ImageFormat, read_image};

pub fn command() -> clap::Command {
    clap::Command::new("sum")
        .about("Add float images, so that a simulation can be split over machines")
        .arg(
            Arg::new("images")
                .value_name("FILE")
                .required(true)
                .action(ArgAction::Append)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help("Images of equal size: raw floats (square), NPY, TIFF, NeXus, SMV or CBF"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The sum: .npy, .tif, .h5, or raw floats under any other name"),
        )
}

pub fn run(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let images: Vec<&PathBuf> = matches
        .get_many("images")
        .expect("clap requires it")
        .collect();
    let output: &PathBuf = matches.get_one("output").expect("clap requires it");
    let (sum, camera) = sum(&images)?;
    let (slow_pixels, fast_pixels) = sum.dim();
    let acquisition = Acquisition::from_camera(&camera.unwrap_or(CameraHeader {
        fast_pixels,
        slow_pixels,
        ..CameraHeader::default()
    }));
    ImageFormat::of_name(output).write_photons(output, sum.view(), &acquisition)?;
    println!(
        "{}: {} images of {fast_pixels} x {slow_pixels} pixels, {} photons",
        output.display(),
        images.len(),
        sum.iter().map(|&photons| f64::from(photons)).sum::<f64>(),
    );
    Ok(ExitCode::SUCCESS)
}

/// Adds in double precision; the camera is that of the first image that has one.
fn sum(images: &[impl AsRef<Path>]) -> Result<(Array2<f32>, Option<CameraHeader>), FormatError> {
    let mut total: Option<Array2<f64>> = None;
    let mut camera = None;
    for path in images {
        let path = path.as_ref();
        let image = read_image(path)?;
        camera = camera.or(image.camera);
        let total = total.get_or_insert_with(|| Array2::zeros(image.pixels.dim()));
        if total.dim() != image.pixels.dim() {
            let ((slow, fast), (others_slow, others_fast)) = (image.pixels.dim(), total.dim());
            return Err(FormatError::malformed(
                path,
                "summand",
                format!(
                    "it has {fast} x {slow} pixels, the images before it {others_fast} x {others_slow}"
                ),
            ));
        }
        Zip::from(total)
            .and(&image.pixels)
            .for_each(|total, &photons| *total += f64::from(photons));
    }
    let total = total.expect("clap requires an image");
    Ok((total.mapv(|photons| photons as f32), camera))
}
