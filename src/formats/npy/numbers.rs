//! The numbers of every type that is read.

use half::f16;
use num_traits::AsPrimitive;

/// Bytes of a number; `None` for kinds that are not read.
pub(super) fn size_of_kind(kind: &str) -> Option<usize> {
    let (order, kind) = kind.split_at_checked(1)?;
    match kind {
        _ if !"<>|".contains(order) => None,
        "b1" | "i1" | "u1" => Some(1),
        "f2" | "i2" | "u2" => Some(2),
        "f4" | "i4" | "u4" => Some(4),
        "f8" | "i8" | "u8" => Some(8),
        _ => None,
    }
}

/// Numbers of a kind; `None` for kinds that are not read, or part of a number.
pub(super) fn to_f32(kind: &str, bytes: &[u8]) -> Option<Vec<f32>> {
    let (order, kind) = kind.split_at_checked(1)?;
    let is_big_endian = match order {
        "<" | "|" => false,
        ">" => true,
        _ => return None,
    };
    match kind {
        "b1" => numbers(bytes, false, |[truth]: [u8; 1]| u8::from(truth != 0)),
        "f2" => numbers(bytes, is_big_endian, |b| f16::from_le_bytes(b).to_f32()),
        "f4" => numbers(bytes, is_big_endian, f32::from_le_bytes),
        "f8" => numbers(bytes, is_big_endian, f64::from_le_bytes),
        "i1" => numbers(bytes, is_big_endian, i8::from_le_bytes),
        "i2" => numbers(bytes, is_big_endian, i16::from_le_bytes),
        "i4" => numbers(bytes, is_big_endian, i32::from_le_bytes),
        "i8" => numbers(bytes, is_big_endian, i64::from_le_bytes),
        "u1" => numbers(bytes, is_big_endian, u8::from_le_bytes),
        "u2" => numbers(bytes, is_big_endian, u16::from_le_bytes),
        "u4" => numbers(bytes, is_big_endian, u32::from_le_bytes),
        "u8" => numbers(bytes, is_big_endian, u64::from_le_bytes),
        _ => None,
    }
}

fn numbers<const SIZE: usize, T: AsPrimitive<f32>>(
    bytes: &[u8],
    is_big_endian: bool,
    from_little_endian: impl Fn([u8; SIZE]) -> T,
) -> Option<Vec<f32>> {
    let (numbers, rest) = bytes.as_chunks();
    let number = |mut bytes: [u8; SIZE]| {
        if is_big_endian {
            bytes.reverse();
        }
        from_little_endian(bytes).as_()
    };
    rest.is_empty()
        .then(|| numbers.iter().copied().map(number).collect())
}
