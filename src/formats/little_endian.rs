//! Arrays of numbers as little-endian bytes, whatever this machine's own order.

use std::io::{self, Write};

const CHUNK_NUMBERS: usize = 1 << 18;

/// A number of fixed width.
pub trait Number: Copy {
    /// Its width.
    const BYTES: usize;
    /// Writes the number to as many bytes.
    fn put(self, bytes: &mut [u8]);
}

impl Number for u16 {
    const BYTES: usize = 2;
    fn put(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.to_le_bytes());
    }
}

impl Number for u32 {
    const BYTES: usize = 4;
    fn put(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.to_le_bytes());
    }
}

impl Number for f32 {
    const BYTES: usize = 4;
    fn put(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.to_le_bytes());
    }
}

/// Writes all numbers in large chunks.
pub(super) fn write_numbers<T: Number>(out: &mut dyn Write, numbers: &[T]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for chunk in numbers.chunks(CHUNK_NUMBERS) {
        to_bytes(chunk, &mut bytes);
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Replaces what is in `bytes` by the numbers.
fn to_bytes<T: Number>(numbers: &[T], bytes: &mut Vec<u8>) {
    bytes.resize(numbers.len() * T::BYTES, 0);
    for (number, bytes) in numbers.iter().zip(bytes.chunks_exact_mut(T::BYTES)) {
        number.put(bytes);
    }
}
