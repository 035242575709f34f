//! What is wrong with a command line, in one sentence each.

use std::path::PathBuf;

use crate::classic::table::{self, FileFormat};

/// What is wrong with a command line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UsageError {
    #[error("unknown option {word}{}", suggestion(.nearest))]
    Unknown {
        word: String,
        /// Documented names, with their dash, the nearest first.
        nearest: Vec<String>,
    },
    #[error("{word}: \"=\" is not used here, a value is a word of its own: write {instead}")]
    EqualsSign { word: String, instead: String },
    #[error("unexpected word \"{word}\": options begin with a dash{after}")]
    Stray {
        word: String,
        /// " (-distance takes one value)", where that may explain it.
        after: String,
    },
    #[error("{option} needs {expected}, and got {got}")]
    MissingValue {
        option: String,
        expected: String,
        got: String,
    },
    #[error("{option}: \"{word}\" is not {expected}")]
    BadValue {
        option: String,
        word: String,
        expected: String,
    },
    #[error("{option}: {problem}")]
    Contradiction {
        option: &'static str,
        problem: &'static str,
    },
    #[error("-frames {0}: a sweep has 1 to 1000000 images")]
    FrameCount(i64),
    #[error("-frames: give -osc above 0, the range of each image, or an -img whose header has one")]
    FramesWithoutRange,
    #[error(
        "-frames: name what to write, as -nexusfile FILE, or -intfile, -noisefile, -floatfile, -cbffile … with ##### for the number"
    )]
    FramesWithoutFiles,
    #[error("{option} {}: with -frames the name needs a run of # for the number, as in image_#####.img", path.display())]
    FrameWithoutNumber { option: &'static str, path: PathBuf },
    #[error(
        "{}: there are {frames} images; a .h5, .npy or .tif file holds them all, and a name with ##### gives each a file of its own", path.display()
    )]
    ManyFrames { frames: usize, path: PathBuf },
    #[error(
        "{option} {counts}: {} is {format} file, which counts to {most}; {}", path.display(), counting_further(*.most)
    )]
    Saturation {
        option: &'static str,
        counts: i64,
        path: PathBuf,
        /// With its article.
        format: &'static str,
        most: u32,
    },
    #[error("{} and {} would both write {}; give one of them another name", .options[0], .options[1], .path.display())]
    SameFile {
        options: [&'static str; 2],
        path: PathBuf,
    },
    #[error("{output} would overwrite {}, which {input} reads; give it another name", path.display())]
    Overwrites {
        output: &'static str,
        input: &'static str,
        path: PathBuf,
    },
    #[error("{option} {}: it would not hold {format}, {writers}", path.display())]
    OtherFormat {
        option: String,
        path: PathBuf,
        /// What the extension promises.
        format: &'static str,
        /// "which -npyfile writes".
        writers: String,
    },
    #[error("{}:{line}: {problem}", path.display())]
    InFile {
        path: PathBuf,
        line: usize,
        problem: Box<UsageError>,
    },
    #[error("the quote is not closed")]
    OpenQuote,
    #[error("it is not text in UTF-8")]
    NotText,
    #[error("-options: a file of options cannot name another")]
    NestedOptions,
    #[error("-options {}: {problem}", path.display())]
    OptionsFile { path: PathBuf, problem: String },
}

impl UsageError {
    /// The extension of `path` promises a format that is not written there.
    pub fn other_format(option: &str, path: PathBuf, format: FileFormat) -> Self {
        let writers: Vec<String> = table::all()
            .filter(|spec| spec.writes.is_some_and(|formats| formats.contains(&format)))
            .map(|spec| format!("-{}", spec.name()))
            .collect();
        Self::OtherFormat {
            option: option.to_owned(),
            path,
            format: format.name(),
            writers: match writers.as_slice() {
                [] => "which nothing here writes".to_owned(),
                [one] => format!("which {one} writes"),
                [others @ .., last] => format!("which {} and {last} write", others.join(", ")),
            },
        }
    }
}

/// The formats that count further than a file that does not count far enough.
fn counting_further(most: u32) -> &'static str {
    match most {
        ..2_147_483_647 => "CBF counts to 2147483647, NeXus, NPY and TIFF to 4294967294",
        2_147_483_647..4_294_967_294 => "NeXus, NPY and TIFF count to 4294967294",
        _ => "no format counts further",
    }
}

fn suggestion(nearest: &[String]) -> String {
    match nearest {
        [] => "; --help lists them all".to_owned(),
        [one] => format!("; did you mean {one}?"),
        [others @ .., last] => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}
