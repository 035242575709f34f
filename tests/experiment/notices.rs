//! What goes unheard, and what looks like a slip, is told in a line.

use std::fs;

use nanobragg::classic::{self, Experiment};
use tempfile::TempDir;

fn experiment(args: &str) -> Experiment {
    let args = format!("-default_F 1 -cell 70 80 90 {args}");
    let options = classic::parse(args.split_whitespace()).unwrap_or_else(|e| panic!("{args}: {e}"));
    Experiment::from_options(&options).unwrap_or_else(|error| panic!("{args}: {error}"))
}

fn refusal(args: &str) -> String {
    let args = format!("-default_F 1 -cell 70 80 90 {args}");
    let parsed = classic::parse(args.split_whitespace()).map_err(|error| error.to_string());
    let made = parsed
        .and_then(|options| Experiment::from_options(&options).map_err(|error| error.to_string()));
    made.err().unwrap_or_else(|| panic!("accepted {args}"))
}

/// Notes and warnings.
fn told(args: &str) -> Vec<String> {
    let notices = experiment(args).notices;
    [notices.notes, notices.warnings].concat()
}

#[test]
fn requests_without_effect_are_told() {
    for (args, line) in [
        (
            "-twotheta 120",
            "the beam meets the detector from behind: -twotheta",
        ),
        ("-N -5", "-N: a crystal has at least one cell"),
        ("-Nb 0", "-Nb: a crystal has at least one cell"),
        ("-N 3 -samplesize 0.0001", "-N: the size in mm"),
        ("-fudge 2", "-fudge"),
        ("-mosaic_seed 3", "-mosaic_seed"),
        ("-misset_seed 3", "-misset_seed"),
        ("-mosaic_dom 7", "-mosaic_domains"),
        ("-interpolate", "-interpolate"),
        ("-phisteps 5", "-phisteps without -osc: a rotation of 1 deg"),
        ("-phistep 0.1", "-phistep without -osc: 2 steps"),
        ("-phistep 0.1 -phisteps 9", "-phistep without -osc: 2 steps"),
        ("-osc 1 -phisteps 9 -phistep 0.5", "do not make -osc 1"),
        ("-dispsteps 5", "-dispsteps 5: 1 is used"),
        ("-dispersion 1 -dispsteps 1", "-dispsteps 1: 2 is used"),
        ("-dispersion 1", "-dispersion without -dispsteps"),
        ("-hdivrange 0 -hdivsteps 5", "-hdivsteps 5: 1 is used"),
        ("-hdivsteps 5", "the beam diverges by 1000 mrad"),
        ("-vdivrange 1", "-vdivrange without -vdivsteps"),
        ("-hdivstep 1 -hdivsteps 9", "-hdivsteps 9: 2 is used"),
        ("-square_div", "-square_div"),
        ("-flux 0", "-fluence 0 turns the beam off"),
        ("-exposure 2", "-exposure: without -flux"),
        ("-beamsize 0.2", "-beamsize: without -flux"),
        ("-nopolar -oversample_polar", "-oversample_polar"),
        ("-oversample_thick", "-oversample_thick: without effect"),
        ("-detector_abs 300", "-detector_abs: without effect"),
        ("-thicksteps 5", "-detector_thicksteps: without effect"),
        (
            "-detector_abs 9 -detector_thick 9 -thicksteps 1",
            "2 are used",
        ),
        (
            "-detpixels 50 -detsize 80",
            "-detsize_f 80 mm gives way to -detpixels_f",
        ),
        ("-detpixels_s 50 -detsize 80", "-detsize_s 80 mm gives way"),
        ("-detpixels 50 -roi 0 99 0 20", "-roi: cut to 0 49 0 20"),
        ("-Xclose 5", "-Xclose: without effect"),
        ("-adxv -ORGX 5", "-ORGX: without effect"),
        ("-fdet_vector 0 0 1 -mosflm", "-fdet_vector: not used"),
        ("-odet_vector 2 0 0", "-odet_vector: its length"),
        ("-twotheta_axis 0 1 0", "-twotheta_axis"),
        ("-pix0_vector 0 0 0", "-pix0_vector"),
        ("-pngscale 2", "-pngscale"),
        ("-pngcolour heat", "-pngcolour: without effect"),
        ("-pgmscale 3 -nopgm", "-pgmscale: without effect"),
        ("-adc 70000", "-adc 70000: SMV files count to 65535"),
        (
            "-adc 200 -saturation 100",
            "-adc 200: SMV files count to 100",
        ),
        (
            "-energy 12000 -lambda 1",
            "-energy 12000: not used, because -lambda came later",
        ),
        (
            "-wavelength 1 -energy 12000",
            "-wavelength 1: not used, because -energy came later",
        ),
        ("-noisefile a -nonoise", "-noisefile: not written"),
        ("-pgmfile a -nopgm", "-pgmfile: not written"),
        (
            "-mosaic -1",
            "-mosaic -1: a negative value counts as not given",
        ),
        ("-oversample -3", "-oversample -3: a negative value"),
        (
            "-dispersion -1 -dispsteps 5",
            "-dispsteps without -dispersion: the wavelengths spread by 100 %",
        ),
        (
            "-seed -5",
            "-seed -5: 5 is used, since seeds are 1 to 2147483646; the classic program goes on from the stream before",
        ),
        (
            "-seed 5000000000",
            "-seed 5000000000: 705032706 is used, since seeds are 1 to 2147483646; the classic program keeps its last 32 bits",
        ),
        ("-seed 2147483647", "-seed 2147483647: 1 is used"),
        (
            "-mosaic 1 -mosaic_dom 3 -mosaic_seed -5",
            "-mosaic_seed -5: 5 is used",
        ),
        (
            "-misset random -misset_seed -7",
            "-misset_seed -7: 7 is used",
        ),
        (
            "-sample_y 0",
            "-sample_y 0: a size of 0 or less counts as not given",
        ),
        ("-samplesize -1", "-sample_x -1: a size of 0 or less"),
        (
            "-osc 1",
            "-osc 1 without -phisteps is seen at 2 angles, 0 and 0.5 deg",
        ),
    ] {
        let said = told(args);
        let lines = said.iter().filter(|told| told.contains(line));
        assert_eq!(lines.count(), 1, "{args}: {said:?}");
    }
}

#[test]
fn a_negative_spread_is_told_once() {
    let said = told("-mosaic -1");
    let of_it = said.iter().filter(|line| line.contains("-mosaic"));
    assert_eq!(of_it.count(), 1, "{said:?}");
}

#[test]
fn what_is_heard_is_not_told_of() {
    for args in [
        "-N 3 -oversample 1",
        "-N 3 -oversample 1 -osc 1 -phisteps 10",
        "-N 3 -oversample 1 -osc 1 -phistep 0.1 -phisteps 10",
        "-N 3 -oversample 1 -dispersion 1 -dispsteps 5 -divergence 1 -divsteps 3",
        "-N 3 -oversample 1 -hdivrange 1 -hdivstep 0.5",
        "-N 3 -oversample 1 -flux 1e12 -exposure 0.1 -beamsize 0.05",
        "-N 3 -oversample 1 -detpixels 100 -detsize 10 -pixel 0.1",
        "-N 3 -oversample 1 -detpixels 100 -roi 0 99 -1 -1",
        "-N 3 -oversample 1 -twotheta 5 -twotheta_axis 0 1 0",
        "-N 3 -oversample 1 -Xbeam 50 -Ybeam 50",
        "-N 3 -oversample 1 -xds -ORGX 40",
        "-N 3 -oversample 1 -noisefile a -pngfile b -pngscale 2",
        "-N 3 -oversample 1 -round_xtal -fudge 1.2 -misset random -misset_seed 4 -seed 1",
        "-N 3 -oversample 1 -seed 0",
        "-N 3 -oversample 1 -seed 2147483646",
        "-N 3 -oversample 1 -mosaic 0.5 -mosaic_dom 10 -mosaic_seed 4",
        "-N 3 -oversample 1 -lambda 0.9 -distance 250 -pixel 0.075 -water 50",
    ] {
        assert_eq!(told(args), Vec::<String>::new(), "{args}");
    }
}

#[test]
fn values_in_another_unit_are_told_with_what_they_look_like() {
    for (args, line) in [
        (
            "-energy 12.4",
            "photons of 12.4 eV: -energy takes eV: 12400 for 12.4 keV",
        ),
        (
            "-lambda 12000",
            "a wavelength of 12000 Å, photons of 1.0332 eV",
        ),
        ("-lambda 1e-10 -oversample 1", "not metres"),
        ("-energy 1e6", "photons of 1000000 eV: -lambda takes"),
        ("-distance 1e5", "-distance 100000 mm: the option takes mm"),
        (
            "-cell 0.5e-9 0.5e-9 0.5e-9",
            "-cell 5e-10 Å: the edges are in Å",
        ),
        (
            "-distance 0.1 -oversample 1",
            "-distance 0.1 mm: the option takes mm",
        ),
        (
            "-close_distance 0.1 -oversample 1",
            "-close_distance 0.1 mm",
        ),
        (
            "-pixel 75 -detpixels 4 -oversample 1",
            "-pixel 75 mm: the option takes mm",
        ),
        ("-pixel 7.5e-5 -detpixels 4", "-pixel 0.000075 mm"),
        ("-mosaic 300 -mosaic_dom 3", "-mosaic 300 deg"),
        (
            "-water 0.1",
            "-water 0.1 µm: the option takes µm: 100 for 0.1 mm",
        ),
        (
            "-detector_thick 0.45 -detector_abs 300",
            "-detector_thick 0.45 µm",
        ),
        (
            "-samplesize 100 -beamsize 200 -oversample 1",
            "-sample_x 100 mm",
        ),
        ("-beamsize 50", "-beamsize 50 mm"),
        ("-cell 7.9 7.9 0.79", "-cell 0.79 Å"),
        (
            "-cell 70 80 90 90 90 1.5708",
            "-cell an angle of 1.5708 deg",
        ),
        ("-misset 1.5708 0 0", "-misset an angle of 1.5708 deg"),
        (
            "-pixel 0.1 -detpixels 1000 -Xbeam 500",
            "-Xbeam 500 mm is far off a detector of 100 mm",
        ),
        ("-osc 720 -phisteps 9", "more than a turn"),
    ] {
        let Ok(options) =
            classic::parse(format!("-default_F 1 -cell 70 80 90 {args}").split_whitespace())
        else {
            panic!("{args}");
        };
        let warnings = match Experiment::from_options(&options) {
            Ok(experiment) => experiment.notices.warnings,
            Err(error) => vec![error.to_string()],
        };
        let lines = warnings.iter().filter(|warning| warning.contains(line));
        assert_eq!(lines.count(), 1, "{args}: {warnings:?}");
    }
}

#[test]
fn an_impossible_oversampling_is_blamed_on_the_value_that_asks_for_it() {
    for (args, start) in [
        (
            "-pixel 75 -distance 0.2",
            "-pixel: 75 mm: the option takes mm: 0.075 for 75 µm",
        ),
        ("-distance 1e-300", "-distance: 1e-300 mm"),
        ("-lambda 1e-10", "-lambda: 1e-10 Å"),
        ("-energy 1e300", "-lambda: "),
        ("-samplesize 1000 -N 5 -beamsize 2000", "-sample_x: 1000 mm"),
        ("-N 1000000000000", "-N: 2.7e11 sub-pixels"),
        ("-Nb 1000000000000", "-Nb: 2.4e11 sub-pixels"),
        (
            "-sample_x 6 -sample_y 6 -sample_z 6 -beamsize 9",
            "-sample_z: 180001 sub-pixels",
        ),
        ("-oversample 100000", "-oversample: 100000 sub-pixels"),
        (
            "-pixel 1e-300",
            "-pixel: pixels of 1e-300 mm are 1.024e302 along the 102.4 mm",
        ),
        (
            "-detpixels 1e18",
            "-detpixels: images of 1e18 x 1e18 pixels",
        ),
        (
            "-detpixels 1e30",
            "-detpixels: \"1e30\" is not a whole number below 9e18",
        ),
        (
            "-cell 1e308 1e308 1e308",
            "-cell: edges of 1e308 1e308 1e308 Å",
        ),
        ("-osc 1 -phistep 1e-300", "-phistep: 1e300 samples"),
        ("-hdivrange 1 -hdivstep 1e-300", "-hdivstep: 1e300 samples"),
        (
            "-misset random 5",
            "unexpected word \"5\": options begin with a dash (-misset takes three angles, or the word random",
        ),
    ] {
        let message = refusal(args);
        assert!(message.starts_with(start), "{args}: {message}");
        assert!(!message.contains("00000000"), "{args}: {message}");
    }
}

#[test]
fn lengths_are_plain_numbers() {
    let said = told("-sample_y 1 -beamsize 1.5e-5").join("\n");
    assert!(
        said.contains("1 mm clipped to the beam of 0.000015 mm;"),
        "{said}"
    );
    let said = told("-N 1000000 -oversample 1").join("\n");
    assert!(said.contains("a crystal of 9e7 Å; "), "{said}");
}

#[test]
fn a_source_file_with_wavelengths_in_angstrom_or_unused_weights_is_warned_of() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sources");
    let told_of = |text: &str, physics: &str| {
        fs::write(&path, text).unwrap();
        told(&format!(
            "-sourcefile {} -physics {physics}",
            path.display()
        ))
        .join("\n")
    };
    let said = told_of("-10 0 0 1 0.98\n", "spec");
    assert!(
        said.contains("a wavelength of 0.98 m: the fifth column takes metres"),
        "{said}"
    );
    let weights = "-10 0 0 1 1e-10\n-10 0.1 0 4 1e-10\n";
    assert!(told_of(weights, "spec").contains("differ in weight"));
    assert!(told_of(weights, "c-parity").contains("differ in weight"));
    assert!(!told_of(weights, "corrected").contains("differ in weight"));
    assert_eq!(told_of("-10 0 0 1 1e-10\n", "spec"), "");
}

#[test]
fn columns_of_a_source_file_may_be_separated_as_in_the_classic_program() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sources");
    fs::write(&path, "-10,0,0,1,1e-10\n-10;0.1 : 0!2,\t2e-10\n").unwrap();
    let sources = experiment(&format!("-sourcefile {}", path.display())).sources;
    assert_eq!(sources.points.len(), 2);
    assert_eq!(sources.points[1].position_m, [-10.0, 0.1, 0.0]);
    assert_eq!(
        (sources.points[1].weight, sources.points[1].wavelength_m),
        (2.0, 2e-10)
    );
}

#[test]
fn a_polarisation_axis_along_the_beam_is_refused_only_where_it_counts() {
    const AXES: &str =
        "-beam_vector 0 0 1 -fdet_vector 1 0 0 -sdet_vector 0 1 0 -odet_vector 0 0 1";
    for args in ["", "-nopolar", "-polar 0", "-divergence 0"] {
        let frame = experiment(&format!("{AXES} {args}")).frame;
        let across = frame
            .polar
            .iter()
            .zip(frame.beam)
            .map(|(p, b)| p * b)
            .sum::<f64>();
        assert_eq!(across, 0.0, "{args}");
    }
    for args in ["-polar 0.9", "-nopolar -divergence 1", "-hdivsteps 3"] {
        let message = refusal(&format!("{AXES} {args}"));
        assert!(
            message.starts_with("-polar_vector: its default"),
            "{args}: {message}"
        );
    }
}

#[test]
fn a_detector_plane_through_the_sample_is_sampled_once_and_warned_of() {
    let experiment = experiment("-twotheta 90 -N 3 -detpixels 8");
    assert_eq!(experiment.sampling.oversample, 1);
    let warnings = experiment.notices.warnings.join("\n");
    assert!(warnings.contains("runs through the sample"), "{warnings}");
}
