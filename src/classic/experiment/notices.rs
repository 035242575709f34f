//! What a run tells its user about the input.

use crate::classic::options::Physics;

/// Remarks that were collected while an experiment was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    /// Defaults that were chosen.
    pub notes: Vec<String>,
    /// Input that may not do what was meant.
    pub warnings: Vec<String>,
    /// Where the three readings of the physics part for this input.
    pub physics_differences: Vec<String>,
}

impl Notices {
    /// A default that was chosen.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Input that may not do what was meant.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    /// Something that another reading of the physics would do otherwise.
    pub fn differ(&mut self, text: impl Into<String>) {
        self.physics_differences.push(text.into());
    }

    /// One line: which physics is used, and where the others would give another image.
    pub fn physics_line(&self, physics: Physics) -> String {
        let name = physics.name();
        if self.physics_differences.is_empty() {
            format!("physics: {name}; the others would give the same image")
        } else {
            format!(
                "physics: {name}; the others would give another image: {}",
                self.physics_differences.join("; ")
            )
        }
    }
}
