//! The dictionary at the beginning of a file, read.

use super::numbers::size_of_kind;

/// The first bytes of every file.
pub(in crate::formats) const MAGIC: &[u8] = b"\x93NUMPY";

/// What stands before the numbers.
pub(super) struct Header<'a> {
    /// Order of bytes, kind and size: `<f4`.
    pub kind: &'a str,
    pub column_major: bool,
    pub shape: Vec<usize>,
}

impl<'a> Header<'a> {
    /// The header, and the bytes after it.
    pub fn split(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), String> {
        let (text, rest) =
            split(bytes).ok_or("it is not of version 1, 2 or 3, or is cut in its header")?;
        let lacks = |field: &str| format!("its header has no {field}: {}", text.trim_end());
        let header = Self {
            kind: type_of(text).ok_or_else(|| lacks("type of numbers"))?,
            column_major: is_column_major(text).ok_or_else(|| lacks("fortran_order"))?,
            shape: shape_of(text).ok_or_else(|| lacks("shape"))?,
        };
        Ok((header, rest))
    }

    /// Holds the shape against the bytes that are there.
    pub fn check(&self, bytes: u64) -> Result<(), String> {
        let kind = self.kind;
        let size = size_of_kind(kind)
            .map(|size| size as u64)
            .filter(|size| bytes.is_multiple_of(*size))
            .ok_or_else(|| format!("{bytes} bytes are not real numbers of type '{kind}'"))?;
        let found = bytes / size;
        let numbers = self
            .shape
            .iter()
            .try_fold(1_u64, |numbers, &length| numbers.checked_mul(length as u64));
        if numbers != Some(found) {
            return Err(format!("{found} numbers are not of shape {:?}", self.shape));
        }
        Ok(())
    }
}

/// The header's text, and the bytes of the numbers.
pub(super) fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let ([version, _], rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (length, rest) = match version {
        1 => rest
            .split_first_chunk()
            .map(|(length, rest)| (u16::from_le_bytes(*length).into(), rest)),
        2 | 3 => rest
            .split_first_chunk()
            .map(|(length, rest)| (u32::from_le_bytes(*length), rest)),
        _ => None,
    }?;
    let (text, numbers) = rest.split_at_checked(length as usize)?;
    Some((str::from_utf8(text).ok()?, numbers))
}

/// Order of bytes, kind and size: `<f4`.
fn type_of(header: &str) -> Option<&str> {
    let quoted = field(header, "descr")?;
    let quote = quoted.chars().next().filter(|c| "'\"".contains(*c))?;
    quoted[1..].split_once(quote).map(|(kind, _)| kind)
}

/// Whether the first dimension runs fastest.
fn is_column_major(header: &str) -> Option<bool> {
    let value = field(header, "fortran_order")?;
    let is_true = value.starts_with("True");
    (is_true || value.starts_with("False")).then_some(is_true)
}

pub(super) fn shape_of(header: &str) -> Option<Vec<usize>> {
    let (list, _) = field(header, "shape")?.strip_prefix('(')?.split_once(')')?;
    let lengths = list.split(',').map(str::trim);
    let lengths = lengths.filter(|length| !length.is_empty());
    lengths.map(|length| length.parse().ok()).collect()
}

/// What follows the name of a field of the dictionary, to the end of the header.
fn field<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(name)?;
    let rest = rest.strip_prefix(['\'', '"'])?.trim_start();
    rest.strip_prefix(':').map(str::trim_start)
}
