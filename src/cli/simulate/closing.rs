//! What a run says when it is done.

use super::{
    outputs::is_standard_output,
    record::{BrightestRecord, FileRecord, ImageRecord, RunRecord},
};
use crate::formats::general;

fn g(value: f64) -> String {
    general(value, 4)
}

/// About an image: its brightest pixel, its spots, the speed.
pub fn of_image(image: &ImageRecord) -> String {
    let brightest = match &image.brightest {
        None => "no pixel holds a photon".to_owned(),
        Some(BrightestRecord {
            pixel,
            photons,
            hkl,
            resolution_angstrom,
        }) => {
            let hkl = hkl.map_or(String::new(), |[h, k, l]| format!(", hkl {h} {k} {l}"));
            format!(
                "brightest pixel {} {} (fast, slow): {} photons{hkl}, {} A",
                pixel.fast,
                pixel.slow,
                g(*photons),
                g(*resolution_angstrom)
            )
        }
    };
    let spots = image.spots.map_or(String::new(), |spots| match spots {
        1 => "1 spot stands out of the background\n".to_owned(),
        _ => format!("{spots} spots stand out of the background\n"),
    });
    format!(
        "{brightest}\n{spots}rendered in {} s: {}, {}\n",
        g(image.render_s),
        per_second(image.pixels_per_s, "pixel"),
        per_second(image.samples_per_s, "sample"),
    )
}

/// About the whole run: its files and its time.
pub fn of_run(record: &RunRecord) -> String {
    let images = record.images.iter().flat_map(|image| &image.files);
    let files: Vec<&FileRecord> = images.chain(&record.files).collect();
    let total: u64 = files.iter().filter_map(|file| file.bytes).sum();
    let files = match files.as_slice() {
        [] => "no files".to_owned(),
        few @ [_, ..] if few.len() <= 12 => few
            .iter()
            .map(|file| {
                let size = file
                    .bytes
                    .map_or(String::new(), |bytes| format!(" {}", size(bytes)));
                let name = match is_standard_output(&file.path) {
                    true => "standard output".into(),
                    false => file.path.to_string_lossy(),
                };
                format!("{name}{size}")
            })
            .collect::<Vec<_>>()
            .join(", "),
        many => format!("{} files, {}", many.len(), size(total)),
    };
    format!("wrote {files}\ndone in {} s\n", g(record.elapsed_s))
}

/// Bytes for people: `3.2 MB`.
fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (scaled, prefix) = scaled(bytes as f64);
    format!("{scaled} {prefix}B")
}

/// A rate for people: `72.4 Mpixel/s`.
pub fn per_second(rate: f64, thing: &str) -> String {
    let (scaled, prefix) = scaled(rate);
    format!("{scaled} {prefix}{thing}/s")
}

/// Three digits, and the prefix of a power of a thousand.
fn scaled(value: f64) -> (String, &'static str) {
    const PREFIXES: [&str; 6] = ["", "k", "M", "G", "T", "P"];
    let mut scaled = value;
    let mut prefixes = PREFIXES.into_iter();
    let mut prefix = prefixes.next().unwrap_or_default();
    while scaled >= 999.5 {
        let Some(next) = prefixes.next() else { break };
        (scaled, prefix) = (scaled / 1e3, next);
    }
    (general(scaled, 3), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_sizes_have_three_digits_and_a_prefix() {
        assert_eq!(per_second(72_400_000.0, "pixel"), "72.4 Mpixel/s");
        assert_eq!(per_second(999.6, "sample"), "1 ksample/s");
        assert_eq!(per_second(3.2, "pixel"), "3.2 pixel/s");
        assert_eq!(size(17), "17 B");
        assert_eq!(size(1_048_576), "1.05 MB");
    }
}
