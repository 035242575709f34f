//! What the sensors of detectors are made of, as headers name it.

/// Materials by their formula, and other words for them.
const MATERIALS: &[(&str, &[&str])] = &[
    ("Si", &["silicon"]),
    ("CdTe", &["cadmium"]),
    ("GaAs", &["gallium"]),
    ("Gd2O2S", &["gos", "gadox"]),
    ("BaFBr", &[]),
];

/// The formula of a material that a header names; `None` for one that is not known.
pub(super) fn formula(word: &str) -> Option<&'static str> {
    let is_meant = |(formula, words): &&(&str, &[&str])| {
        formula.eq_ignore_ascii_case(word)
            || words.iter().any(|known| known.eq_ignore_ascii_case(word))
    };
    MATERIALS.iter().find(is_meant).map(|(formula, _)| *formula)
}
