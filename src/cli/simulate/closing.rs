//! What a run says when it is done.

use super::{
    outputs::is_standard_output,
    record::{BrightestRecord, FileRecord, ImageRecord, RunRecord},
};
use crate::{
    cli::amounts::{per_second, size},
    formats::general,
};

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
    let spots = image.spots.map_or(String::new(), spots);
    format!(
        "{brightest}\n{spots}rendered in {} s: {}, {}\n",
        g(image.render_s),
        per_second(image.pixels_per_s, "pixel"),
        per_second(image.samples_per_s, "sample"),
    )
}

fn spots(count: usize) -> String {
    match count {
        1 => "1 spot stands out of the background\n".to_owned(),
        _ => format!("{count} spots stand out of the background\n"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spot_stands_alone() {
        assert_eq!(spots(1), "1 spot stands out of the background\n");
        assert!(spots(0).starts_with("0 spots stand") && spots(2).starts_with("2 spots stand"));
    }
}
