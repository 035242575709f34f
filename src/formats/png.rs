//! PNG: samples of 8 bits, and what the file says about itself.

use std::io;

use png::{ColorType, Compression, Encoder, Filter};

use super::History;

/// What the file shows, in characters of Latin-1, and how it was made.
type Texts<'a> = (&'a str, &'a History);

/// Writes grey samples, row after row of (slow, fast) pixels, with the program's name and the texts. There is no date: the same samples
/// and texts give the same bytes.
///
/// # Errors
/// The writer's own, and for images that are too large for PNG.
pub fn encode_grey(
    out: impl io::Write,
    samples: &[u8],
    shape: (usize, usize),
    texts: Texts<'_>,
) -> io::Result<()> {
    let mut encoder = encoder(out, shape, texts)?;
    encoder.set_color(ColorType::Grayscale);
    write(encoder, samples)
}

/// The same of pixels with a colour each: red, green, blue.
///
/// # Errors
/// As [`encode_grey`].
#[cfg(feature = "cli")]
pub fn encode_rgb(
    out: impl io::Write,
    samples: &[u8],
    shape: (usize, usize),
    texts: Texts<'_>,
) -> io::Result<()> {
    let mut encoder = encoder(out, shape, texts)?;
    encoder.set_color(ColorType::Rgb);
    write(encoder, samples)
}

/// The same of pixels that are entries of a palette of such colours.
///
/// # Errors
/// As [`encode_grey`].
pub fn encode_with_palette(
    out: impl io::Write,
    entries: &[u8],
    shape: (usize, usize),
    palette: &[[u8; 3]],
    texts: Texts<'_>,
) -> io::Result<()> {
    let mut encoder = encoder(out, shape, texts)?;
    encoder.set_color(ColorType::Indexed);
    encoder.set_palette(palette.as_flattened());
    write(encoder, entries)
}

fn encoder<'a, W: io::Write>(
    out: W,
    (slow, fast): (usize, usize),
    (description, history): Texts<'_>,
) -> io::Result<Encoder<'a, W>> {
    let (Ok(width), Ok(height)) = (u32::try_from(fast), u32::try_from(slow)) else {
        return Err(io::ErrorKind::FileTooLarge.into());
    };
    let mut encoder = Encoder::new(out, width, height);
    encoder.set_compression(Compression::Balanced);
    // Neighbours tell nothing about the noise of counts.
    encoder.set_filter(Filter::NoFilter);
    let software = format!("{} {}", History::PROGRAM, History::VERSION);
    encoder.add_text_chunk("Software".to_owned(), software)?;
    encoder.add_text_chunk("Description".to_owned(), description.to_owned())?;
    if !history.entries.is_empty() {
        encoder.add_text_chunk("Comment".to_owned(), history.lines().join("\n"))?;
    }
    Ok(encoder)
}

fn write<W: io::Write>(encoder: Encoder<'_, W>, samples: &[u8]) -> io::Result<()> {
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    Ok(writer.finish()?)
}
