use super::*;
use crate::classic::options::{Convention, Pivot};
use crate::classic::table;
use proptest::prelude::*;

fn line(text: &str) -> Result<Options, UsageError> {
    parse(text.split_whitespace())
}

fn message(text: &str) -> String {
    line(text).expect_err("the line is refused").to_string()
}

#[test]
fn every_option_changes_something_under_each_of_its_names() {
    for spec in table::all().filter(|spec| !matches!(spec.action, Action::Options)) {
        for name in spec.words() {
            for dash in ["-", "--"] {
                let mut words = vec![format!("{dash}{name}")];
                words.extend(spec.example.split_whitespace().map(str::to_owned));
                let options = parse(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
                assert_ne!(options, Options::default(), "{words:?}");
            }
        }
    }
}

#[test]
fn every_choice_is_accepted() {
    for spec in table::all() {
        if let Action::Choice(choices) = &spec.action {
            for (word, _) in *choices {
                let option = format!("-{}", spec.name());
                assert!(parse([option.as_str(), word]).is_ok(), "{option} {word}");
            }
        }
    }
}

#[test]
fn no_name_is_documented_twice() {
    let mut names: Vec<_> = table::all().flat_map(OptionSpec::words).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_value_that_is_cut_short_is_missed() {
    for spec in table::all().filter(|spec| !spec.usage().is_empty()) {
        let option = format!("-{}", spec.name());
        let error = parse([&option]).expect_err("no value");
        assert!(
            matches!(&error, UsageError::MissingValue { option: named, .. } if *named == option),
            "{error}"
        );
        let followed = format!("-{} -nopgm", spec.name());
        assert!(
            matches!(line(&followed), Err(UsageError::MissingValue { .. })),
            "{followed}"
        );
    }
}

#[test]
fn longer_spellings_mean_the_option_that_scripts_mean_by_them() {
    for (words, name) in [
        ("-hklfile -hkl_file", "hkl"),
        ("-matrix", "mat"),
        ("-wave -wavelength", "lambda"),
        ("-pixelsize -pixel_size", "pixel"),
        ("-mosaici -mosaicity -mosaic_spr -mosaic_spread", "mosaic"),
        ("-mosaic_domain -mosaic_domains", "mosaic_dom"),
        ("-adcoffset -adc_offset", "adc"),
        ("-detector_absorb -detector_absorption", "detector_abs"),
        ("-detector_thicksteps -thicksteps", "detector_thicksteps"),
        ("-sample_thickness -xtal_thickness", "sample_x"),
        ("-sample_width -xtal_width", "sample_y"),
        ("-sample_height -xtal_height", "sample_z"),
        ("-sample_density", "density"),
        ("-molecular -molecular_weight", "MW"),
    ] {
        for word in words.split(' ') {
            assert_eq!(option_of(word).map(OptionSpec::name), Some(name), "{word}");
        }
    }
}

/// Every one of these was taken for the option that is named now.
#[test]
fn other_words_that_begin_with_a_name_are_errors_that_name_it() {
    for (words, nearest) in [
        ("-distancefoo 300", "-distance"),
        ("-detpixels_z 99", "-detpixels"),
        ("-detpixels_fast 99", "-detpixels_f"),
        ("-phi0 10", "-phi"),
        ("-Nfoo 7", "-N"),
        ("-NA 3", "-Na"),
        ("-Np 3", "-N"),
        ("-NOISE 3", "-N"),
        ("-Qmax 3", "-Q"),
        ("-polarization 0.9", "-polar"),
        ("-detector_thickness 300", "-detector_thick"),
        ("-mosaic_d 10", "-mosaic"),
        ("-mosaic_domino 10", "-mosaic_dom"),
        ("-verbosity", "-verbose"),
        ("-devices gpu", "-device"),
        // Cut short.
        ("-dist 100", "-distance"),
    ] {
        let Err(UsageError::Unknown {
            word,
            nearest: named,
        }) = line(words)
        else {
            panic!("{words}: {:?}", line(words));
        };
        assert!(words.starts_with(&word), "{words}");
        let first = named.first().map_or("", String::as_str);
        assert_eq!(first, nearest, "{words}: {named:?}");
        assert!(named.len() <= 3, "{words}: {named:?}");
    }
}

#[test]
fn an_equals_sign_is_explained() {
    for (words, instead) in [
        ("-distance=250 300", "write -distance 250"),
        ("-lambda=1", "write -lambda 1"),
        ("--lambda=", "write --lambda <Angstrom>"),
        ("-cell=70,80,90", "write -cell 70 80 90"),
        ("-nopgm=1", "write -nopgm"),
        ("-distanse=250", "did you mean -distance?"),
    ] {
        let message = message(words);
        assert!(message.ends_with(instead), "{words}: {message}");
    }
}

#[test]
fn an_axis_does_not_set_the_angle() {
    let options = line("-twotheta_axis 1 0 0 -misset_seed 5").unwrap();
    assert_eq!(options.detector.twotheta_deg, None);
    assert_eq!(options.crystal.misset, None);
}

#[test]
fn negative_and_exponent_values_are_values() {
    let options = line("-misset -89.9 -3e1 +1.5E+2 -phi -.5 -roi -1 -1 5 9 -fluence 1e24").unwrap();
    assert_eq!(
        options.crystal.misset,
        Some(Misset::Angles([-89.9, -30.0, 150.0]))
    );
    assert_eq!(options.goniometer.phi_deg, Some(-0.5));
    assert_eq!(options.sampling.roi, Some([-1, -1, 5, 9]));
    assert_eq!(options.beam.fluence, Some(1e24));
}

#[test]
fn a_cell_is_completed() {
    assert_eq!(
        line("-cell 70").unwrap().crystal.cell,
        Some([70.0, 70.0, 70.0, 90.0, 90.0, 90.0])
    );
    assert_eq!(
        line("-cell 70 80 90 75 -N 5").unwrap().crystal.cell,
        Some([70.0, 80.0, 90.0, 75.0, 90.0, 90.0])
    );
}

#[test]
fn a_second_cell_keeps_what_it_does_not_name() {
    let cell = |text| line(text).unwrap().crystal.cell.unwrap();
    assert_eq!(
        cell("-cell 40 50 60 80 90 100 -cell 30"),
        [30.0, 50.0, 60.0, 80.0, 90.0, 100.0]
    );
    assert_eq!(
        cell("-cell 30 -cell 40 50 -N 3"),
        [40.0, 50.0, 40.0, 90.0, 90.0, 90.0]
    );
}

#[test]
fn an_option_that_looks_like_a_number_is_an_option() {
    let options = line("-cell 50 60 70 -4stol water.stol").unwrap();
    assert_eq!(
        options.crystal.cell,
        Some([50.0, 60.0, 70.0, 90.0, 90.0, 90.0])
    );
    assert_eq!(options.output.stol, Some("water.stol".into()));
    assert_eq!(
        message("-lambda -4stol water.stol"),
        "-lambda needs a number above zero (Angstrom), and got \"-4stol\""
    );
}

#[test]
fn a_sensor_may_absorb_nothing() {
    assert_eq!(
        line("-detector_abs inf").unwrap().detector.attenuation_um,
        Some(f64::INFINITY)
    );
}

#[test]
fn whole_numbers_may_be_written_with_a_point() {
    assert_eq!(
        line("-detpixels 1024.0").unwrap().detector.detpixels_fast,
        Some(1024)
    );
    assert_eq!(message("-N 5.5"), "-N: \"5.5\" is not a whole number");
}

#[test]
fn the_last_word_decides() {
    let options = line("-energy 12398.42 -lambda 2 -N 5 -Na 3 -nonoise -noisefile n.img").unwrap();
    assert_eq!(options.beam.wavelength_angstrom, Some(2.0));
    assert_eq!(options.crystal.n_cells, [Some(3), Some(5), Some(5)]);
    assert!(!options.output.no_noise);
    let options = line("-Xclose 5 -distance 100").unwrap();
    assert_eq!(options.detector.implied_pivot, Some(Pivot::Beam));
    let options = line("-distance 100 -twotheta 5").unwrap();
    assert_eq!(options.detector.implied_pivot, Some(Pivot::Sample));
    let options = line("-xds -beam_vector 0 0 1").unwrap();
    assert_eq!(options.detector.convention, Some(Convention::Custom));
}

#[test]
fn what_is_wrong_is_named() {
    assert_eq!(
        message("-distanse 100"),
        "unknown option -distanse; did you mean -distance?"
    );
    assert_eq!(
        message("-lambda 1e-10x"),
        "-lambda: \"1e-10x\" is not a number"
    );
    assert_eq!(message("-lambda nan"), "-lambda: \"nan\" is not a number");
    assert_eq!(
        message("-pixel inf"),
        "-pixel: \"inf\" is not a finite number"
    );
    assert_eq!(
        message("-wave -1"),
        "-wave: \"-1\" is not a number above zero (Angstrom)"
    );
    assert_eq!(
        message("-pivot centre"),
        "-pivot: \"centre\" is not beam or sample"
    );
    assert_eq!(
        message("-distance 100 200"),
        "unexpected word \"200\": options begin with a dash (-distance takes <mm>)"
    );
    assert_eq!(
        message("-hkl -default_F 100"),
        "-hkl needs a file name (one that begins with a dash needs ./ before it), and got \"-default_F\""
    );
}

#[test]
fn an_extension_that_promises_another_format_is_refused() {
    for (words, reason) in [
        (
            "-floatfile f.npy",
            "-floatfile f.npy: it would not hold NPY, which -intfile, -noisefile and -npyfile write",
        ),
        (
            "-floatfile a/f.PNG",
            "it would not hold PNG, which -pngfile writes",
        ),
        (
            "-pngfile p.jpg",
            "-pngfile p.jpg: it would not hold JPEG, which nothing here writes",
        ),
        (
            "-pgmfile x.png",
            "-pgmfile x.png: it would not hold PNG, which -pngfile writes",
        ),
        (
            "-intimage a.cbf.gz",
            "-intimage a.cbf.gz: it would not hold gzip, which nothing here writes",
        ),
        ("-noisefile n.pgm", "which -pgmfile writes"),
        (
            "-cbffile c.h5",
            "it would not hold NeXus, which -intfile, -noisefile and -nexusfile write",
        ),
        (
            "-nexusfile n_####.cbf",
            "it would not hold CBF, which -intfile, -noisefile and -cbffile write",
        ),
        (
            "-npyfile x.bin",
            "it would not hold raw floats, which -floatfile writes",
        ),
        (
            "-tiffile x.img",
            "it would not hold SMV, which -intfile and -noisefile write",
        ),
        (
            "-floatfile f.img",
            "it would not hold SMV, which -intfile and -noisefile write",
        ),
        ("-pgmfile f.SMV", "which -intfile and -noisefile write"),
        (
            "-json a.npy",
            "-json a.npy: it would not hold NPY, which -intfile, -noisefile and -npyfile write",
        ),
        (
            "-intfile a.json",
            "it would not hold JSON, which -json writes",
        ),
        (
            "-noisefile a.edf",
            "it would not hold EDF, which nothing here writes",
        ),
    ] {
        let message = message(words);
        assert!(message.ends_with(reason), "{words}: {message}");
    }
    let fine = "-floatfile f.bin -intfile i.bin -json run.json -json run.log -noisefile n.tif -pgmfile p -pngfile picture.png -floatfile /dev/null \
                -cbffile c_0001.CBF -nexusfile n.nxs -tiffile t.tiff -npyfile v1.2";
    assert_eq!(line(fine).err(), None);
}

#[test]
fn images_that_are_not_wanted_can_be_wanted_again() {
    let options = line("-nofloat -noint").unwrap().output;
    assert!(options.no_float && options.no_int);
    let options = line("-nofloat -noint -floatfile f.bin -intfile i.img")
        .unwrap()
        .output;
    assert!(!options.no_float && !options.no_int);
}

/// Reads a command line in which `{}` stands for a file of these lines.
fn with_file(lines: &str, words: &str) -> Result<Options, UsageError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.opt");
    std::fs::write(&path, lines).unwrap();
    line(&words.replace("{}", path.to_str().unwrap()))
}

#[test]
fn the_command_line_wins_over_a_file_of_options_wherever_it_stands() {
    let file = "# kept\n-cell 40 50 60 80 90 100 -N 5\n-distance 200 # mm\n";
    for words in ["-options {} -N 7 -cell 30", "-N 7 -cell 30 -options {}"] {
        let options = with_file(file, words).unwrap();
        assert_eq!(options.crystal.n_cells, [Some(7); 3]);
        assert_eq!(options.detector.distance_mm, Some(200.0));
        assert_eq!(
            options.crystal.cell,
            Some([30.0, 50.0, 60.0, 80.0, 90.0, 100.0])
        );
    }
    let twice = with_file(file, "-options {} -options {}").unwrap();
    assert_eq!(twice, with_file(file, "-options {}").unwrap());
}

#[test]
fn what_is_wrong_in_a_file_of_options_is_named_with_its_line() {
    for (lines, problem) in [
        (
            "-N 5\n\n-distanse 3\n",
            "run.opt:3: unknown option -distanse; did you mean -distance?",
        ),
        (
            "-N 5 -distance # mm\n100\n",
            "run.opt:1: -distance needs a number above zero (mm), and got nothing",
        ),
        (
            "-N 5\nwater\n",
            "run.opt:2: unexpected word \"water\": options begin with a dash",
        ),
        (
            "-options run.opt\n",
            "run.opt:1: -options: a file of options cannot name another",
        ),
        ("-N 5\n-hkl 'a b\n", "run.opt:2: the quote is not closed"),
    ] {
        let message = with_file(lines, "-options {}").unwrap_err().to_string();
        assert!(message.ends_with(problem), "{lines}: {message}");
    }
    let message = message("-options no/such/file");
    assert!(message.starts_with("-options no/such/file: "), "{message}");
}

#[test]
fn words_of_a_file_can_be_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.opt");
    std::fs::write(&path, "-N 5 # cells\n-distance 100\n").unwrap();
    let words = ["-cell", "30", "-options", path.to_str().unwrap(), "-nopgm"];
    let words = written_out(&words.map(OsString::from)).unwrap();
    assert_eq!(
        words,
        ["-N", "5", "-distance", "100", "-cell", "30", "-nopgm"]
    );
}

fn any_word() -> impl Strategy<Value = String> {
    let names: Vec<_> = table::all().flat_map(|spec| spec.names).collect();
    prop_oneof![
        proptest::sample::select(names).prop_map(|name| format!("-{name}")),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "\\PC*",
        "-\\PC{0,12}",
    ]
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(words in proptest::collection::vec(any_word(), 0..12)) {
        if let Err(error) = parse(&words) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn a_number_is_read_to_the_last_bit(number in -1e300..1e300_f64) {
        let options = parse(["-phi", &number.to_string()]).unwrap();
        prop_assert_eq!(options.goniometer.phi_deg, Some(number));
    }
}
