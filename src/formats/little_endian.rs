//! Arrays of numbers as little-endian bytes, whatever this machine's own order.

use std::io::{self, Write};

const CHUNK_NUMBERS: usize = 1 << 18;

/// A number of fixed width.
pub(super) trait Number: Copy {
    const BYTES: usize;
    fn put(self, bytes: &mut [u8]);
}

impl Number for u16 {
    const BYTES: usize = 2;
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
    let mut buffer = vec![0; CHUNK_NUMBERS.min(numbers.len()) * T::BYTES];
    for chunk in numbers.chunks(CHUNK_NUMBERS) {
        let bytes = &mut buffer[..chunk.len() * T::BYTES];
        for (number, bytes) in chunk.iter().zip(bytes.chunks_exact_mut(T::BYTES)) {
            number.put(bytes);
        }
        out.write_all(bytes)?;
    }
    Ok(())
}
