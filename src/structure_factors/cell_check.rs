//! Whether the crystal has the cell that its structure factors are of.

/// Lengths and angles that differ by more than this part are told apart.
const TOLERANCE: f64 = 0.005;

/// A warning when the cell in use differs from that of the file by more than 0.5 % in a length or an angle; both are a b c in Å
/// and α β γ in degrees.
pub fn cell_difference(used: [f64; 6], in_file: [f64; 6]) -> Option<String> {
    let differs = |(used, in_file): (f64, f64)| (used - in_file).abs() > TOLERANCE * in_file.abs();
    let text = |cell: [f64; 6]| cell.map(|value| format!("{value:.4}")).join(" ");
    used.into_iter().zip(in_file).any(differs).then(|| {
        format!(
            "the cell in use, {}, differs by more than 0.5 % from that of the structure factors, {}",
            text(used),
            text(in_file)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: [f64; 6] = [53.91, 23.1, 23.1, 90.0, 110.4, 90.0];

    #[test]
    fn half_a_percent_is_let_pass_and_more_is_not() {
        for position in 0..6 {
            let mut used = CELL;
            used[position] *= 1.0049;
            assert_eq!(cell_difference(used, CELL), None);
            used[position] = CELL[position] * 0.994;
            let warning = cell_difference(used, CELL).unwrap();
            assert!(warning.contains("53.9100 23.1000"), "{warning}");
        }
    }
}
