//! The crystal: its cell, its orientation at φ = 0, its size and shape.

use super::{
    ClassicBeam, ExperimentError, Notices,
    error::{finite, not_negative},
    matrix_file::read_reciprocal_vectors,
};
use crate::vector::{
    DEGREES_PER_RADIAN, cross, dual, norm, radians, rotate_xyz, scale, triple_product,
};
use crate::{
    classic::options::{CrystalOptions, Misset, Options, Physics},
    classic::plain,
    random::random_misset,
    scene::Shape,
    scene::UnitCell,
    vector::CellVectors,
};

const METRES_PER_ANGSTROM: f64 = 1e-10;

/// A crystal that is one block, before the spindle turns it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassicCrystal {
    /// a, b, c in Å.
    pub real_space: CellVectors,
    /// a*, b*, c* in Å⁻¹.
    pub reciprocal_space: CellVectors,
    /// Å³; the formula's for a typed cell.
    pub volume: f64,
    /// Rotation of the crystal about x, then y, then z that was applied, degrees.
    pub misset_deg: [f64; 3],
    /// Na, Nb, Nc: whole numbers of at least 1.
    pub n_cells: [f64; 3],
    pub shape: Shape,
    pub fudge: f64,
}

impl ClassicCrystal {
    pub(super) fn from_options(
        options: &Options,
        beam: &ClassicBeam,
        default_misset_seed: i64,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.crystal;
        let exact = options.sampling.physics == Physics::Corrected;
        let cell = typed
            .cell
            .map(UnitCell::new)
            .transpose()
            .map_err(|error| ExperimentError::option("-cell", error.to_string()))?;
        let reciprocal = match (&typed.matrix, cell) {
            (Some(path), _) => read_reciprocal_vectors(path, beam.wavelength_m)?,
            (None, Some(cell)) => {
                if cell.is_bent_by_classic_formula() {
                    notices.differ("corrected builds the oblique cell exactly");
                }
                cell.reciprocal_vectors(exact)
            }
            (None, None) => {
                return Err(ExperimentError::option(
                    "-cell",
                    "no unit cell; give -cell a b c alpha beta gamma, or a MOSFLM matrix with -mat",
                ));
            }
        };
        let (misset_deg, misset_rad) = match typed.misset {
            Some(Misset::Angles(angles)) => {
                for angle in angles {
                    finite("-misset", angle)?;
                }
                (angles, angles.map(radians))
            }
            Some(Misset::Random) => {
                let seed = options.random.misset_seed.unwrap_or(default_misset_seed);
                let angles = random_misset(seed);
                (angles.map(|angle| angle * DEGREES_PER_RADIAN), angles)
            }
            None => ([0.0; 3], [0.0; 3]),
        };
        let reciprocal = reciprocal.map(|v| rotate_xyz(v, misset_rad));
        let (real_space, volume) = direct_vectors(reciprocal, cell);
        if volume < 0.0 {
            notices.warn("-mat: a*, b*, c* are left-handed");
        }
        let volume_of_reciprocal = if exact {
            triple_product(real_space)
        } else {
            volume
        };
        Ok(Self {
            real_space,
            reciprocal_space: dual(real_space, volume_of_reciprocal),
            volume,
            misset_deg,
            n_cells: n_cells(typed, beam, &real_space, notices)?,
            shape: typed.shape.unwrap_or_default(),
            fudge: not_negative("-fudge", typed.fudge.unwrap_or(1.0))?,
        })
    }

    /// a*, b*, c*, α*, β*, γ* as the classic program prints them: the sines of the angles come from the volume, so
    /// for a cell that its formula bends they are not quite the angles between the vectors.
    pub fn reciprocal_cell(&self) -> UnitCell {
        let direct = UnitCell::of_vectors(&self.real_space).lengths;
        let UnitCell {
            lengths,
            angles_deg,
        } = UnitCell::of_vectors(&self.reciprocal_space);
        let angles_deg = std::array::from_fn(|axis| {
            let others = lengths[(axis + 1) % 3] * lengths[(axis + 2) % 3];
            let sin = (direct[axis] / (self.volume * others)).clamp(-1.0, 1.0);
            sin.atan2(angles_deg[axis].to_radians().cos()).to_degrees()
        });
        UnitCell {
            lengths,
            angles_deg,
        }
    }

    /// Length of the crystal along a, b, c, metres.
    pub fn size_m(&self) -> [f64; 3] {
        let lengths_m = self.real_space.map(|v| norm(scale(v, METRES_PER_ANGSTROM)));
        std::array::from_fn(|axis| lengths_m[axis] * self.n_cells[axis])
    }
}

/// a, b, c and the volume. A typed cell decides the lengths and the volume, the reciprocal vectors the directions.
///
/// The order of the operations is the classic program's: an automatic -oversample of round numbers hangs on the last bit.
fn direct_vectors(reciprocal: CellVectors, cell: Option<UnitCell>) -> (CellVectors, f64) {
    let [a, b, c] = reciprocal;
    let mut products = [cross(b, c), cross(c, a), cross(a, b)];
    let reciprocal_volume = match cell {
        None => triple_product(reciprocal),
        Some(cell) => {
            let volume = cell.volume();
            for (product, length) in products.iter_mut().zip(cell.lengths) {
                *product = scale(*product, length / volume / norm(*product));
            }
            1.0 / volume
        }
    };
    let volume = 1.0 / reciprocal_volume;
    (products.map(|product| scale(product, volume)), volume)
}

/// Na, Nb, Nc from counts or, where given, from sizes; sizes across the beam are clipped to it.
fn n_cells(
    typed: &CrystalOptions,
    beam: &ClassicBeam,
    real_space: &CellVectors,
    notices: &mut Notices,
) -> Result<[f64; 3], ExperimentError> {
    const SIZE_OPTIONS: [&str; 3] = ["-sample_x", "-sample_y", "-sample_z"];
    let mut n_cells = typed.n_cells.map(|n| n.unwrap_or(1).max(1) as f64);
    for (axis, option) in SIZE_OPTIONS.into_iter().enumerate() {
        // A size of 0 or less counts as not given, as in the classic program.
        let Some(mm) = typed.sample_mm[axis].filter(|mm| mm.is_nan() || *mm > 0.0) else {
            continue;
        };
        let mut size_m = finite(option, mm)? / 1e3;
        // The beam runs along x, so it is only across it that a crystal can be wider.
        if axis > 0 && size_m > beam.size_m {
            notices.warn(format!(
                "{option}: {} mm clipped to the beam of {} mm; a larger -beamsize keeps it",
                plain(mm),
                plain(beam.size_m * 1e3)
            ));
            size_m = beam.size_m;
        }
        let length_m = norm(scale(real_space[axis], METRES_PER_ANGSTROM));
        n_cells[axis] = (size_m / length_m).ceil().max(1.0);
    }
    Ok(n_cells)
}
