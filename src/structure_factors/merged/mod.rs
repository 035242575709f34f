//! Files of merged reflections with several columns and a space group: MTZ and CIF.

use super::{Reflection, symmetry::Operator};

mod columns;
pub mod mtz;
pub mod refln;

pub use columns::{Choice, choose};

/// What a file of merged reflections says.
#[derive(Debug, Clone, PartialEq)]
pub struct MergedFile {
    /// For the log.
    pub format: &'static str,
    pub hkl: Vec<[i32; 3]>,
    /// Those that amplitudes can be had from and that hold some.
    pub columns: Vec<Column>,
    /// a b c in Å, α β γ in degrees.
    pub cell: Option<[f64; 6]>,
    pub operators: Vec<Operator>,
    pub space_group: Option<String>,
    pub notes: Vec<String>,
}

/// One value a reflection.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub label: String,
    pub quantity: Quantity,
    pub sign: Sign,
    /// The cell of the dataset that the column belongs to.
    pub cell: Option<[f64; 6]>,
    /// NaN where missing.
    pub values: Vec<f64>,
}

/// What a column measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    Amplitude,
    Intensity,
}

/// Which of the two Friedel mates a column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Both,
    Plus,
    Minus,
}

impl Sign {
    /// From the end of a label: `F(+)`, `I-`, `pdbx_F_plus`.
    fn of_label(label: &str) -> Self {
        let label = label.to_ascii_lowercase();
        let ends_with = |ends: [&str; 3]| ends.iter().any(|end| label.ends_with(end));
        if ends_with(["(+)", "+", "plus"]) {
            Self::Plus
        } else if ends_with(["(-)", "-", "minus"]) {
            Self::Minus
        } else {
            Self::Both
        }
    }
}

/// Amplitudes as a file lists them.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub reflections: Vec<Reflection>,
    /// Whether F(−h) was listed on its own account.
    pub is_anomalous: bool,
    pub negative_intensities: usize,
}

impl MergedFile {
    /// The amplitudes of the chosen column or pair of columns.
    ///
    /// The square root is taken of intensities, of negative ones as of 0; the sign of an amplitude is dropped.
    pub fn amplitudes(&self, choice: &Choice) -> Listed {
        let mut listed = Listed {
            reflections: Vec::new(),
            is_anomalous: choice.minus.is_some(),
            negative_intensities: 0,
        };
        for (row, &hkl) in self.hkl.iter().enumerate() {
            let mates = [
                (choice.column, hkl),
                (choice.minus.unwrap_or(choice.column), hkl.map(|i| -i)),
            ];
            let mates = &mates[..if listed.is_anomalous { 2 } else { 1 }];
            for &(column, hkl) in mates {
                let value = column.values[row];
                if value.is_nan() {
                    continue;
                }
                let f = match column.quantity {
                    Quantity::Amplitude => value.abs(),
                    Quantity::Intensity => {
                        listed.negative_intensities += usize::from(value < 0.0);
                        value.max(0.0).sqrt()
                    }
                };
                listed.reflections.push(Reflection { hkl, f });
            }
        }
        listed
    }
}
