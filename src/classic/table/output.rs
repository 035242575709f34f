//! The files that are written, and the prints for single pixels.

use super::{Action, FileFormat, OptionSpec};
use crate::classic::options::ColourMap;

/// What counts are written as.
const COUNTS: &[FileFormat] = &[
    FileFormat::Smv,
    FileFormat::Cbf,
    FileFormat::Nexus,
    FileFormat::Npy,
    FileFormat::Tiff,
];

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["floatfile", "floatimage"],
        Action::Stream(|o, file| {
            o.output.float_file = Some(file);
            o.output.no_float = false;
        }),
        "FILE",
        "floatimage.bin",
        "Photons per pixel as raw 32-bit floats; - for standard output, the log then goes to standard error",
        "image.bin",
    )
    .writes(&[FileFormat::RawFloat])
    .aside(),
    OptionSpec::new(
        &["intfile", "intimage"],
        Action::File(|o, file| {
            o.output.int_file = Some(file);
            o.output.no_int = false;
        }),
        "FILE",
        "intimage.img",
        "Scaled integers without noise: SMV, or by extension .cbf, .h5, .npy, .tif",
        "image.img",
    )
    .writes(COUNTS)
    .aside(),
    OptionSpec::new(
        &["noisefile", "noiseimage"],
        Action::File(|o, file| {
            o.output.noise_file = Some(file);
            o.output.no_noise = false;
        }),
        "FILE",
        "noiseimage.img",
        "Photons with Poisson noise: SMV, or by extension .cbf, .h5, .npy, .tif",
        "noise.img",
    )
    .writes(COUNTS)
    .aside(),
    OptionSpec::new(
        &["pgmfile", "pgmimage"],
        Action::File(|o, file| {
            o.output.pgm_file = Some(file);
            o.output.no_pgm = false;
        }),
        "FILE",
        "image.pgm",
        "Preview as a grey map",
        "preview.pgm",
    )
    .writes(&[FileFormat::Pgm])
    .aside(),
    OptionSpec::new(
        &["pngfile"],
        Action::File(|o, file| o.output.png_file = Some(file)),
        "FILE",
        "none",
        "Picture as PNG, dark spots on white: the noise image, or with -nonoise the photons",
        "preview.png",
    )
    .writes(&[FileFormat::Png])
    .ours()
    .aside(),
    OptionSpec::new(
        &["cbffile"],
        Action::File(|o, file| o.output.cbf_file = Some(file)),
        "FILE",
        "none",
        "Noise image (integer image with -nonoise) as miniCBF",
        "noise_00001.cbf",
    )
    .writes(&[FileFormat::Cbf])
    .ours()
    .aside(),
    OptionSpec::new(
        &["nexusfile"],
        Action::File(|o, file| o.output.nexus_file = Some(file)),
        "FILE",
        "none",
        "Noise image (integer image with -nonoise) as NXmx HDF5",
        "noise.h5",
    )
    .writes(&[FileFormat::Nexus])
    .ours()
    .aside(),
    OptionSpec::new(
        &["frames"],
        Action::Integer(|o, count| o.output.frames = Some(count)),
        "count",
        "a single image",
        "Images of a sweep, each -osc further; ##### in file names becomes the number; -nexusfile, and -npyfile and -tiffile without it, take all",
        "3",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["npyfile"],
        Action::File(|o, file| o.output.npy_file = Some(file)),
        "FILE",
        "none",
        "Photons per pixel as a NumPy array",
        "photons.npy",
    )
    .writes(&[FileFormat::Npy])
    .ours()
    .aside(),
    OptionSpec::new(
        &["tiffile"],
        Action::File(|o, file| o.output.tiff_file = Some(file)),
        "FILE",
        "none",
        "Photons per pixel as a 32-bit float TIFF",
        "photons.tif",
    )
    .writes(&[FileFormat::Tiff])
    .ours()
    .aside(),
    OptionSpec::new(
        &["json"],
        Action::Stream(|o, file| o.output.json_file = Some(file)),
        "FILE",
        "none",
        "What the run was and what came of it as JSON, - for standard output: see docs/json.md",
        "run.json",
    )
    .writes(&[FileFormat::Json])
    .ours()
    .aside(),
    OptionSpec::new(
        &["nofloat"],
        Action::Flag(|o| o.output.no_float = true),
        "",
        "",
        "No float image",
        "",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["noint"],
        Action::Flag(|o| o.output.no_int = true),
        "",
        "",
        "No integer image",
        "",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["nonoise"],
        Action::Flag(|o| o.output.no_noise = true),
        "",
        "",
        "No noise image",
        "",
    ),
    OptionSpec::new(
        &["nopgm"],
        Action::Flag(|o| o.output.no_pgm = true),
        "",
        "",
        "No grey map",
        "",
    )
    .aside(),
    OptionSpec::new(
        &["scale"],
        Action::Number(|o, scale| o.output.scale = Some(scale)),
        "factor",
        "55000 at the maximum",
        "Scale of the integer image; 0 or less chooses it",
        "250",
    ),
    OptionSpec::new(
        &["adc"],
        Action::Number(|o, offset| o.output.adc = Some(offset)),
        "counts",
        "40; 0 in .cbf, .h5, .npy, .tif",
        "Offset added to the integer and noise images",
        "10",
    )
    .spelled(&["adcoffset", "adc_offset"]),
    OptionSpec::new(
        &["saturation"],
        Action::Integer(|o, counts| o.output.saturation = Some(counts)),
        "counts",
        "what the format holds",
        "Largest count of the integer and noise images: 1048575 for a detector that counts in 20 bits; SMV ends at 65535",
        "1048575",
    )
    .ours(),
    OptionSpec::new(
        &["pgmscale"],
        Action::Number(|o, scale| {
            o.output.pgm_scale = Some(scale);
            o.output.no_pgm = false;
        }),
        "factor",
        "250/(5 rmsd)",
        "Scale of the grey map, which is then written; 0 or less chooses it",
        "3",
    )
    .aside(),
    OptionSpec::new(
        &["pngscale"],
        Action::Positive(|o, scale| o.output.png_scale = Some(scale)),
        "factor",
        "from the background and its noise",
        "Even scale of the PNG picture: white at 0, black at 1/scale photons",
        "0.01",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["pngcolour", "pngcolor"],
        Action::Choice(&[
            ("grey", |o| o.output.png_colours = ColourMap::Grey),
            ("gray", |o| o.output.png_colours = ColourMap::Grey),
            ("inverted", |o| o.output.png_colours = ColourMap::Inverted),
            ("viridis", |o| o.output.png_colours = ColourMap::Viridis),
            ("heat", |o| o.output.png_colours = ColourMap::Heat),
        ]),
        "map",
        "grey",
        "Colours of the PNG picture",
        "viridis",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["pngrings"],
        Action::Flag(|o| o.output.png_rings = true),
        "",
        "",
        "Rings of resolution in Å, the beam and a scale bar on the PNG picture",
        "",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["stol", "4stol", "Q"],
        Action::File(|o, file| o.output.stol = Some(file)),
        "FILE",
        "",
        "S(q) of an amorphous material: accepted, and not used, as in the classic program",
        "water.stol",
    )
    .aside(),
    OptionSpec::new(
        &["coherent"],
        Action::Flag(|o| o.output.coherent = true),
        "",
        "",
        "Accepted, and not used, as in the classic program",
        "",
    ),
    OptionSpec::new(
        &["density", "sample_density"],
        Action::Number(|o, density| o.output.density = Some(density)),
        "g/cm^3",
        "",
        "Density of an amorphous material: accepted, and not used, as in the classic program",
        "1.2",
    ),
    OptionSpec::new(
        &["MW", "molecular_weight"],
        Action::Number(|o, weight| o.output.molecular_weight = Some(weight)),
        "g/mol",
        "",
        "Molecular weight of an amorphous material: accepted, and not used, as in the classic program",
        "18",
    )
    .spelled(&["molecular"]),
    OptionSpec::new(
        &["stolout"],
        Action::File(|o, file| o.output.stol_out = Some(file)),
        "FILE",
        "",
        "Where the classic program names S(q): accepted, and not written",
        "out.stol",
    ),
    OptionSpec::new(
        &["printout"],
        Action::Flag(|o| o.output.printout = true),
        "",
        "",
        "Print every pixel that is rendered",
        "",
    )
    .aside(),
    OptionSpec::new(
        &["printout_pixel"],
        Action::Pixel(|o, pixel| o.output.printout_pixel = Some(pixel)),
        "f s",
        "",
        "Print this pixel, fast and slow",
        "10 20",
    )
    .aside(),
];
