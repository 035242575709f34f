//! Numbers as C's `%g` prints them, which is what the field's text headers hold.

/// `value` with `digits` significant digits as `%.{digits}g`: no trailing zeros, an exponent when it is below −4 or not
/// below `digits`. Plain `%g` has six digits.
pub fn general(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let digits = digits.max(1);
    // The exponent is that of the rounded number: 999999.5 is 1e+06.
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific
        .split_once('e')
        .expect("exponent notation has an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent is an integer");
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        let magnitude = exponent.unsigned_abs();
        format!("{}e{sign}{magnitude:02}", without_trailing_zeros(mantissa))
    } else {
        let decimals = (digits as i32 - 1 - exponent) as usize;
        without_trailing_zeros(&format!("{value:.decimals$}")).to_owned()
    }
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_c_prints_them() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (100.0, "100"),
            (0.1, "0.1"),
            (97.49640625, "97.4964"),
            (1e-10, "1e-10"),
            (0.0001, "0.0001"),
            (0.00001234567, "1.23457e-05"),
            (999_999.0, "999999"),
            (999_999.5, "1e+06"),
            (1_234_567.0, "1.23457e+06"),
            (1.25932015286227e29, "1.25932e+29"),
            (-9.7, "-9.7"),
            (2.5e-150, "2.5e-150"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(general(value, 6), expected);
        }
    }

    #[test]
    fn the_number_of_digits_decides_where_the_exponent_begins() {
        assert_eq!(general(123_456_789.0, 9), "123456789");
        assert_eq!(general(123_456_789.0, 3), "1.23e+08");
        assert_eq!(general(1e-10, 15), "1e-10");
        assert_eq!(general(0.1 + 0.2, 17), "0.30000000000000004");
    }
}
