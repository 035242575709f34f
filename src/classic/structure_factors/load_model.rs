//! `-pdb`: structure factors computed from coordinates.

use std::{path::Path, sync::Arc};

use super::common::{given_group, ranges};
use crate::classic::options::StructureFactorOptions;
use crate::files::Kind;
use crate::structure_factors::{
    Amplitudes, Loaded, SourceFile, StructureFactorError, Symmetry,
    atoms::{self, B_SOL, BulkSolvent, K_SOL, Method, coordinates_cif, pdb},
    cache, expand, hkl,
    merged::refln::is_cif,
};

/// Bytes that tell what a file is.
const START_BYTES: usize = 512;

/// What a file is that holds no coordinates, where its content tells.
fn misplaced(bytes: &[u8]) -> Option<String> {
    let start = &bytes[..bytes.len().min(START_BYTES)];
    if cache::is_cache(start) {
        return Some("is an F cache; give it with -dump".into());
    }
    let text = start.split(|&byte| byte == b'\n').next();
    match Kind::of(start) {
        Some(kind) if kind != Kind::PDB => Some(kind.said()),
        _ if text.is_some_and(|line| hkl::parse(line, Path::new("")).is_ok()) => {
            Some("is text of h k l F; give it with -hkl".into())
        }
        _ => None,
    }
}

/// Reads coordinates and computes F of every reflection within `-resolution`.
pub(super) fn load(
    path: &Path,
    options: &StructureFactorOptions,
    directory: &Path,
) -> Result<Loaded, StructureFactorError> {
    let group = given_group(options)?;
    let resolution = options
        .resolution_angstrom
        .ok_or(StructureFactorError::Option {
            option: "-resolution",
            problem: "says how far the F of -pdb reach, in Å".into(),
        })?;
    let file = SourceFile::read(directory, path)?;
    if let Some(kind) = misplaced(&file.bytes) {
        return Err(file.problem(kind));
    }
    let text = String::from_utf8_lossy(&file.bytes);
    let (format, model) = match is_cif(&file.bytes) {
        true => ("CIF", coordinates_cif::parse(&text, group.as_ref())),
        false => ("PDB", pdb::parse(&text, group.as_ref())),
    };
    let model = model.map_err(|(line, problem)| file.problem_on_line(line, problem))?;
    let solvent = BulkSolvent {
        k_sol: options.k_sol.unwrap_or(K_SOL),
        b_sol: options.b_sol.unwrap_or(B_SOL),
    };
    let solvent = Some(solvent).filter(|solvent| solvent.k_sol != 0.0);
    let computed = atoms::structure_factors(&model, resolution, solvent, None)
        .map_err(|problem| file.problem(problem))?;
    let symmetry = Symmetry {
        group: &model.group,
        friedel: true,
    };
    let default_f = options.default_f.unwrap_or(0.0);
    let expanded = expand(
        &computed.reflections,
        Some(symmetry),
        options.f000,
        default_f,
    )
    .map_err(|error| error.in_file(path))?;

    let mut warnings = Vec::new();
    if !model.group.fits_cell(model.cell) {
        warnings.push(format!(
            "{}: the cell does not have the symmetry of {}",
            path.display(),
            model.group.name
        ));
    }
    let method = match computed.method {
        Method::Direct => "summed directly",
        Method::Fft => "by Fourier transform of the density",
    };
    let in_solvent = match (solvent, computed.solvent_fraction) {
        (Some(BulkSolvent { k_sol, b_sol }), Some(fraction)) => format!(
            "bulk solvent in {:.1} % of the cell, k_sol {k_sol} e/Å³, B_sol {b_sol} Å²",
            100.0 * fraction
        ),
        _ => "no bulk solvent".into(),
    };
    let details = vec![
        format!(
            "  {} atoms, {} ({} operators), to {resolution} Å {method}; {in_solvent}",
            model.atoms.len(),
            model.group.name,
            model.group.operators.len()
        ),
        ranges(&expanded.table, Some(expanded.in_p1)),
    ];
    Ok(Loaded {
        amplitudes: Amplitudes::Table(Arc::new(expanded.table)),
        known: Some(Arc::new(expanded.known)),
        suggested_centring: None,
        cell: Some(model.cell),
        origin: file.origin(format!("computed from {format}")),
        details,
        warnings,
        cache_to_write: options.cache().map(|cache| directory.join(cache)),
        has_stale_cache: false,
    })
}
