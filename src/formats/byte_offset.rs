//! The byte-offset compression of CBF: differences between neighbours in as few bytes as they need.
//!
//! A difference is one byte; where it does not fit, −128 announces two bytes, −2¹⁵ in those four, −2³¹ in those eight
//! (Hammersley, Bernstein & Westbrook, International Tables for Crystallography G, chapter 2.3, 2006).

/// Compresses 32-bit pixels one after the other.
pub(super) struct Compressor {
    pub bytes: Vec<u8>,
    previous: i64,
}

impl Compressor {
    /// With room for so many pixels, as they usually are.
    pub fn with_capacity(pixels: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(pixels * 2),
            previous: 0,
        }
    }

    /// Adds a pixel.
    pub fn push(&mut self, pixel: i32) {
        let bytes = &mut self.bytes;
        let difference = i64::from(pixel) - self.previous;
        self.previous = i64::from(pixel);
        if difference.abs() <= i64::from(i8::MAX) {
            bytes.push(difference as u8);
            return;
        }
        bytes.push(i8::MIN as u8);
        if difference.abs() <= i64::from(i16::MAX) {
            bytes.extend((difference as i16).to_le_bytes());
            return;
        }
        bytes.extend(i16::MIN.to_le_bytes());
        if difference.abs() <= i64::from(i32::MAX) {
            bytes.extend((difference as i32).to_le_bytes());
            return;
        }
        bytes.extend(i32::MIN.to_le_bytes());
        bytes.extend(difference.to_le_bytes());
    }
}

/// Restores `count` pixels, `None` when there are not that many or one is not a 32-bit number.
///
/// Memory grows with the bytes that are there, not with `count`.
pub(super) fn decompress(bytes: &[u8], count: usize) -> Option<Vec<i32>> {
    if count > bytes.len() {
        return None;
    }
    let mut rest = bytes;
    let mut pixels = Vec::with_capacity(count);
    let mut value = 0_i32;
    for _ in 0..count {
        let mut difference = i64::from(i8::from_le_bytes(*take(&mut rest)?));
        if difference == i64::from(i8::MIN) {
            difference = i64::from(i16::from_le_bytes(*take(&mut rest)?));
            if difference == i64::from(i16::MIN) {
                difference = i64::from(i32::from_le_bytes(*take(&mut rest)?));
                if difference == i64::from(i32::MIN) {
                    difference = i64::from_le_bytes(*take(&mut rest)?);
                }
            }
        }
        value = i64::from(value).checked_add(difference)?.try_into().ok()?;
        pixels.push(value);
    }
    Some(pixels)
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compress(pixels: impl ExactSizeIterator<Item = i32>) -> Vec<u8> {
        let mut compressor = Compressor::with_capacity(pixels.len());
        pixels.for_each(|pixel| compressor.push(pixel));
        compressor.bytes
    }

    #[test]
    fn differences_take_the_bytes_that_they_need() {
        let pixels = [1, 128, 255, 0, 100_000, i32::MIN, i32::MAX];
        let bytes = compress(pixels.into_iter());
        assert_eq!(bytes[..3], [1, 127, 127]);
        assert_eq!(bytes[3..6], [0x80, 0x01, 0xff]);
        assert_eq!(bytes[6..13], [0x80, 0x00, 0x80, 0xa0, 0x86, 0x01, 0x00]);
        assert_eq!(decompress(&bytes, pixels.len()).unwrap(), pixels);
    }

    #[test]
    fn data_that_end_early_or_overflow_are_refused() {
        let bytes = compress([1, 2, 70_000].into_iter());
        assert_eq!(decompress(&bytes[..bytes.len() - 1], 3), None);
        assert_eq!(decompress(&bytes, usize::MAX), None);
        let mut overflow = compress([i32::MAX].into_iter());
        overflow.push(1);
        assert_eq!(decompress(&overflow, 2), None);
    }

    proptest! {
        #[test]
        fn any_pixels_survive(pixels in prop::collection::vec(any::<i32>(), 0..300)) {
            let bytes = compress(pixels.iter().copied());
            prop_assert_eq!(decompress(&bytes, pixels.len()).unwrap(), pixels);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), count in 0_usize..400) {
            if let Some(pixels) = decompress(&bytes, count) {
                prop_assert_eq!(pixels.len(), count);
            }
        }
    }
}
