//! Two sides that differ.

use std::ffi::OsString;

use ndarray::{Array2, ArrayView2};

use crate::{
    classic::Experiment,
    compare::{ClassicWords, CompareError, Runner, SideRun, Thresholds},
    measure::agreement,
    plan::Plan,
};

/// A difference to be explained.
pub struct Case<'a> {
    pub words: &'a ClassicWords,
    /// a and b.
    pub sides: [Ran<'a>; 2],
    pub experiment: &'a Experiment,
    pub plan: &'a Plan,
    pub thresholds: Thresholds,
}

/// A side that has run on the words, and can run again.
pub struct Ran<'a> {
    pub runner: &'a mut Runner,
    pub run: &'a SideRun,
}

impl Ran<'_> {
    /// `a` or `b`.
    pub fn label(&self) -> char {
        self.runner.side().label
    }

    /// Whether this program computes it.
    pub fn is_built_in(&self) -> bool {
        self.runner.side().engine.kind().is_some()
    }

    /// The run of a variation, `None` where the side refuses it.
    pub fn try_run(&mut self, words: &[OsString]) -> Result<Option<SideRun>, CompareError> {
        unless_refused(self.runner.run(words))
    }

    /// The same in an empty directory.
    pub fn try_alone(&mut self, words: &[OsString]) -> Result<Option<SideRun>, CompareError> {
        unless_refused(self.runner.run_alone(words))
    }
}

impl<'a> Case<'a> {
    /// Both images, where they have one shape.
    pub fn images(&self) -> Option<[&'a Array2<f32>; 2]> {
        let [a, b] = [&self.sides[0].run.image, &self.sides[1].run.image];
        (a.dim() == b.dim()).then_some([a, b])
    }

    /// The side whose runs can be varied at will.
    pub fn varied(&self) -> usize {
        let [a, b] = [0, 1].map(|side: usize| self.sides[side].is_built_in());
        usize::from(!a && b)
    }

    /// How far the two sides are apart.
    pub fn difference(&self) -> f64 {
        let [a, b] = [0, 1].map(|side: usize| self.sides[side].run.image.view());
        distance(a, b)
    }

    /// Whether what is left of the difference is within the thresholds, and little beside what it was.
    pub fn vanished(&self, left: f64) -> bool {
        left <= self.thresholds.max_rel_l2 && left <= 0.1 * self.difference()
    }
}

/// |one − other| / |other|, infinite where it is undefined.
pub fn distance(one: ArrayView2<'_, f32>, other: ArrayView2<'_, f32>) -> f64 {
    if one.dim() != other.dim() {
        return f64::INFINITY;
    }
    let found = agreement(one, other);
    found.relative_l2.unwrap_or(f64::INFINITY)
}

fn unless_refused(run: Result<SideRun, CompareError>) -> Result<Option<SideRun>, CompareError> {
    match run {
        Ok(run) => Ok(Some(run)),
        Err(CompareError::SideFailed { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
