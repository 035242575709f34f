//! How large an image a file may claim to hold. It is asked before memory is taken for the pixels.

/// Pixels of a packed image that are believed: 16384 × 16384, fifteen times those of the largest detector.
const PACKED_PIXELS: u64 = 1 << 28;
/// A packed image of more pixels is believed as long as a byte of its file stands for no more of them than this: counts are packed
/// to half a byte at best.
const PIXELS_PER_BYTE: u64 = 64;
/// No file holds more: deflate, the densest packing in use, makes at most 1032 bytes of one.
const UNPACKED_PER_BYTE: u64 = 1032;

/// Pixels of an image of (slow, fast), of which there must be some.
pub(super) fn pixels((slow, fast): (usize, usize)) -> Result<usize, String> {
    let pixels = slow.checked_mul(fast).filter(|pixels| *pixels > 0);
    pixels.ok_or_else(|| format!("no image has {fast} x {slow} pixels"))
}

/// As [`pixels`], of an image of so many bits a pixel that a file of so many bytes holds packed.
pub(super) fn packed_pixels(
    shape: (usize, usize),
    bits: u64,
    file_bytes: u64,
) -> Result<usize, String> {
    let pixels = pixels(shape)?;
    let unpacked_bits = file_bytes.saturating_mul(8 * UNPACKED_PER_BYTE);
    let most = PACKED_PIXELS
        .max(file_bytes.saturating_mul(PIXELS_PER_BYTE))
        .min(unpacked_bits / bits.max(1));
    if pixels as u64 <= most {
        return Ok(pixels);
    }
    let (slow, fast) = shape;
    Err(format!(
        "it claims {fast} x {slow} pixels, more than the {most} that are unpacked from {file_bytes} bytes"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_believed_as_far_as_memory_and_the_file_go() {
        assert_eq!(packed_pixels((2, 3), 8, 1), Ok(6));
        assert!(packed_pixels((100, 100), 8, 1).is_err());
        assert_eq!(packed_pixels((1 << 14, 1 << 14), 1, 1 << 16), Ok(1 << 28));
        assert!(packed_pixels((1 << 14, (1 << 14) + 1), 1, 1 << 16).is_err());
        assert_eq!(packed_pixels((1 << 14, 1 << 15), 16, 1 << 23), Ok(1 << 29));
        for shape in [(0, 7), (7, 0), (1 << 40, 1 << 40), (usize::MAX, 2)] {
            assert!(pixels(shape).is_err(), "{shape:?}");
            assert!(packed_pixels(shape, 8, u64::MAX).is_err(), "{shape:?}");
        }
    }
}
