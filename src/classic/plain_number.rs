//! Numbers as a sentence holds them.

/// A number with six significant digits at most, or a whole number below 10⁷ as it is: `0.000015`, `1024`, `6e7`. An exponent
/// stands where there would be many zeros.
pub fn plain(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e7 {
        // Minus zero is no number of a sentence.
        return format!("{}", value + 0.0);
    }
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    let magnitude = rounded.abs();
    if rounded != 0.0 && rounded.is_finite() && !(1e-6..1e7).contains(&magnitude) {
        format!("{rounded:e}")
    } else {
        format!("{rounded}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_neither_trailing_noise_nor_rows_of_zeros() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.000_015_000_000_000_000_002, "0.000015"),
            (60_000_000.0, "6e7"),
            (1_024.0, "1024"),
            (1_000_001.0, "1000001"),
            (0.1 + 0.2, "0.3"),
            (999.872_58, "999.873"),
            (-12.5, "-12.5"),
            (1e308, "1e308"),
            (1e-10, "1e-10"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(plain(value), expected);
        }
    }
}
