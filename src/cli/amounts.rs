//! Amounts for people.

use crate::formats::general;

/// Bytes for people: `3.2 MB`.
pub fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (scaled, prefix) = scaled(bytes as f64);
    format!("{scaled} {prefix}B")
}

/// A rate for people: `72.4 Mpixel/s`.
pub fn per_second(rate: f64, thing: &str) -> String {
    let (scaled, prefix) = scaled(rate);
    format!("{scaled} {prefix}{thing}/s")
}

/// A number of photons, to the photon where that is a number that people read.
pub fn photons(photons: f64) -> String {
    const LONGEST: f64 = 1e15;
    match photons.abs() < LONGEST {
        true => format!("{photons:.0}"),
        false => general(photons, 6),
    }
}

/// Three digits, and the prefix of a power of a thousand.
fn scaled(value: f64) -> (String, &'static str) {
    const PREFIXES: [&str; 6] = ["", "k", "M", "G", "T", "P"];
    let mut scaled = value;
    let mut prefixes = PREFIXES.into_iter();
    let mut prefix = prefixes.next().unwrap_or_default();
    while scaled >= 999.5 {
        let Some(next) = prefixes.next() else { break };
        (scaled, prefix) = (scaled / 1e3, next);
    }
    (general(scaled, 3), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photons_are_whole_as_long_as_people_read_them() {
        let told = [0.4, 8241.0, 1e14, 1e300, f64::INFINITY].map(photons);
        assert_eq!(told, ["0", "8241", "100000000000000", "1e+300", "inf"]);
    }

    #[test]
    fn rates_and_sizes_have_three_digits_and_a_prefix() {
        assert_eq!(per_second(72_400_000.0, "pixel"), "72.4 Mpixel/s");
        assert_eq!(per_second(999.6, "sample"), "1 ksample/s");
        assert_eq!(per_second(3.2, "pixel"), "3.2 pixel/s");
        assert_eq!(size(17), "17 B");
        assert_eq!(size(1_048_576), "1.05 MB");
    }
}
