//! The classic program's binary cache of F, `Fdump.bin`.
//!
//! `hmin hmax kmin kmax lmin lmax\n\f` in text, then little-endian f64, l fastest, for `max − min + 2` indices along each
//! axis: the last plane of each axis is padding and holds zeros.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::files::{FileError, atomic_file};

use super::{StructureFactorError, Table};

/// The longest header six 32-bit indices can make.
const MAX_HEADER_BYTES: usize = 80;

/// Whether a file starts as a cache does.
pub fn is_cache(bytes: &[u8]) -> bool {
    parse_header(bytes).is_some()
}

/// Reads a cache; F outside its box is `default_f`, `path` is for messages.
///
/// # Errors
/// A file that is no cache, is cut short or too long, or holds an F that is not a number.
pub fn parse(bytes: &[u8], path: &Path, default_f: f64) -> Result<Table, StructureFactorError> {
    let problem = |problem: String| StructureFactorError::File {
        path: path.to_owned(),
        problem,
    };
    let (min, max, data) = parse_header(bytes).ok_or_else(|| {
        problem(
            "not an F cache: it should start with six indices, hmin hmax kmin kmax lmin lmax"
                .into(),
        )
    })?;
    let padded: [u128; 3] = std::array::from_fn(|axis| {
        (i128::from(max[axis]) - i128::from(min[axis]) + 2).unsigned_abs()
    });
    let expected = padded.iter().product::<u128>() * 8;
    let inside_out = (0..3).any(|axis| min[axis] > max[axis]);
    if inside_out || data.len() as u128 != expected {
        return Err(problem(format!(
            "damaged F cache: indices from {min:?} to {max:?} take {expected} bytes after the header, not {}",
            data.len()
        )));
    }
    let mut table = Table::try_filled(min, max, default_f).map_err(|e| e.in_file(path))?;
    let [_, nk, nl] = table.shape();
    let (values, _) = data.as_chunks::<8>();
    for (row, target) in table.values_mut().chunks_exact_mut(nl).enumerate() {
        let (h, k) = (row / nk, row % nk);
        let start = (h * (nk + 1) + k) * (nl + 1);
        for (f, bytes) in target.iter_mut().zip(&values[start..]) {
            *f = f64::from_le_bytes(*bytes);
        }
    }
    if table.values().iter().any(|f| !f.is_finite()) {
        return Err(problem(
            "damaged F cache: some F are not finite numbers".into(),
        ));
    }
    Ok(table)
}

type Header<'a> = ([i32; 3], [i32; 3], &'a [u8]);

fn parse_header(bytes: &[u8]) -> Option<Header<'_>> {
    let end = bytes
        .iter()
        .take(MAX_HEADER_BYTES)
        .position(|&byte| byte == b'\x0c')?;
    let mut words = str::from_utf8(&bytes[..end]).ok()?.split_ascii_whitespace();
    let (mut min, mut max) = ([0; 3], [0; 3]);
    for axis in 0..3 {
        min[axis] = words.next()?.parse().ok()?;
        max[axis] = words.next()?.parse().ok()?;
    }
    words
        .next()
        .is_none()
        .then_some((min, max, &bytes[end + 1..]))
}

/// Writes `table` as a cache, whole or not at all.
///
/// # Errors
/// [`FileError`] naming `path`.
pub fn write(table: &Table, path: &Path) -> Result<(), FileError> {
    atomic_file::write(path, |out| write_to(table, out))
}

fn write_to(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let (min, max) = (table.min(), table.max());
    write!(
        out,
        "{} {} {} {} {} {}\n\x0c",
        min[0], max[0], min[1], max[1], min[2], max[2]
    )?;
    let [_, nk, nl] = table.shape();
    let empty_row = vec![0u8; (nl + 1) * 8];
    let mut padded_row = empty_row.clone();
    for plane in table.values().chunks_exact(nk * nl) {
        for row in plane.chunks_exact(nl) {
            for (bytes, f) in padded_row.chunks_exact_mut(8).zip(row) {
                bytes.copy_from_slice(&f.to_le_bytes());
            }
            out.write_all(&padded_row)?;
        }
        out.write_all(&empty_row)?;
    }
    for _ in 0..=nk {
        out.write_all(&empty_row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes_of(table: &Table) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_to(table, &mut bytes).unwrap();
        bytes
    }

    fn small_table() -> Table {
        let mut table = Table::filled([-1, -2, 3], [1, 0, 6], 10.0);
        table.set([0, -1, 5], 42.5);
        table
    }

    #[test]
    fn a_cache_that_is_written_is_the_one_that_is_read() {
        let table = small_table();
        assert_eq!(
            parse(&bytes_of(&table), Path::new("x"), 10.0).unwrap(),
            table
        );
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = bytes_of(&small_table());
        for length in 0..bytes.len() {
            let message = parse(&bytes[..length], Path::new("cut.bin"), 0.0).unwrap_err();
            assert!(message.to_string().starts_with("cut.bin: "), "{message}");
        }
    }

    #[test]
    fn absurd_headers_are_refused() {
        for header in [
            "0 0 0 0 0",
            "0 0 0 0 0 0 0",
            "1 0 0 0 0 0",
            "-2147483648 2147483647 -2147483648 2147483647 -2147483648 2147483647",
            "0 99999999999 0 0 0 0",
            "a b c d e f",
        ] {
            let mut bytes = format!("{header}\n\x0c").into_bytes();
            bytes.extend([0; 64]);
            assert!(parse(&bytes, Path::new("x"), 0.0).is_err(), "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_flipped_bit_never_panics(position in 0usize..500, bit in 0u8..8) {
            let mut bytes = bytes_of(&small_table());
            let position = position % bytes.len();
            bytes[position] ^= 1 << bit;
            let _ = parse(&bytes, Path::new("x"), 0.0);
        }
    }
}
