//! The lines of a trace as they grow.

use crate::{formats::general, vector::Vector};

const DIGITS: usize = 15;

/// Lines as they grow.
#[derive(Debug, Default)]
pub(super) struct Text(pub String);

impl Text {
    /// A number as it is written.
    pub fn number(&self, number: f64) -> String {
        general(number, DIGITS)
    }

    /// Numbers with spaces between them.
    pub fn vector(&self, vector: impl IntoIterator<Item = f64>) -> String {
        let words: Vec<String> = vector.into_iter().map(|v| self.number(v)).collect();
        words.join(" ")
    }

    pub fn assign(&mut self, name: &str, value: &str) {
        self.0 += &format!("TRACE_RS:{name}={value}\n");
    }

    pub fn assign_vector(&mut self, name: &str, vector: Vector) {
        let value = self.vector(vector);
        self.assign(name, &value);
    }

    pub fn line(&mut self, name: &str, values: impl IntoIterator<Item = f64>) {
        self.tagged("TRACE_RS", name, values);
    }

    pub fn tagged(&mut self, tag: &str, name: &str, values: impl IntoIterator<Item = f64>) {
        let values = self.vector(values);
        self.0 += &format!("{tag}: {name} {values}\n");
    }
}
