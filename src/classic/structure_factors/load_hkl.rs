//! Structure factors from files of reflections: text, MTZ and CIF.

use std::{path::Path, sync::Arc};

use super::common::{given_group, ranges};
use crate::classic::options::StructureFactorOptions;
use crate::files::Kind;
use crate::structure_factors::{
    Amplitudes, Centring, Contradiction, Expanded, Loaded, Origin, SourceFile,
    StructureFactorError, Symmetry, cache, expand, hkl, merged, symmetry::SpaceGroup,
};

/// Reads the file of `-hkl`, expands it, and asks for a cache.
pub(super) fn load(
    path: &Path,
    options: &StructureFactorOptions,
    directory: &Path,
) -> Result<Loaded, StructureFactorError> {
    let given_group = given_group(options)?;
    let file = SourceFile::read(directory, path)?;
    let mut loaded = match content_of(&file)? {
        Content::Text => load_text(&file, given_group, options)?,
        Content::Mtz => {
            let merged = merged::mtz::parse(&file.bytes).map_err(|p| file.problem(p))?;
            load_merged(&file, &merged, given_group, options)?
        }
        Content::Cif => {
            let merged = merged::refln::parse(&file.bytes, given_group.is_some())
                .map_err(|(line, problem)| file.problem_on_line(line, problem))?;
            load_merged(&file, &merged, given_group, options)?
        }
    };
    loaded.cache_to_write = options.cache().map(|cache| directory.join(cache));
    Ok(loaded)
}

enum Content {
    Text,
    Mtz,
    Cif,
}

/// Told by what is in the file, whatever it is called.
fn content_of(file: &SourceFile) -> Result<Content, StructureFactorError> {
    let start = &file.bytes[..file.bytes.len().min(512)];
    if merged::mtz::is_mtz(start) {
        Ok(Content::Mtz)
    } else if merged::refln::is_cif(&file.bytes) {
        Ok(Content::Cif)
    } else if cache::is_cache(start) {
        Err(file.problem("is an F cache; give it with -dump instead of -hkl"))
    } else if let Some(kind) = Kind::of(start) {
        Err(file.problem(kind.said()))
    } else if start.contains(&0) {
        Err(file.problem("is neither an MTZ or CIF file nor text of h k l F"))
    } else {
        Ok(Content::Text)
    }
}

fn load_text(
    file: &SourceFile,
    group: Option<SpaceGroup>,
    options: &StructureFactorOptions,
) -> Result<Loaded, StructureFactorError> {
    if options.column.is_some() {
        return Err(StructureFactorError::Option {
            option: "-column",
            problem: format!(
                "{} is text of h k l F, without named columns",
                file.path().display()
            ),
        });
    }
    let (reflections, warnings) = hkl::parse(&file.bytes, file.path())?;
    let symmetry = group.as_ref().map(|group| Symmetry {
        group,
        friedel: true,
    });
    let expanded = expand(
        &reflections,
        symmetry,
        options.f000,
        options.default_f.unwrap_or(0.0),
    )
    .map_err(|error| error.in_file(file.path()))?;
    let symmetry = group.as_ref().map(|group| {
        format!(
            "  {} reflections, expanded by {} ({} operators) and Friedel's law",
            reflections.len(),
            group.name,
            group.operators.len()
        )
    });
    let details = symmetry.into_iter().collect();
    let suggested_centring = match group {
        Some(_) => None,
        None => Centring::suggested_by(&reflections),
    };
    Ok(Loaded {
        suggested_centring,
        ..finish(
            file.origin("hkl text"),
            file,
            expanded,
            details,
            warnings,
            None,
        )
    })
}

fn load_merged(
    file: &SourceFile,
    merged: &merged::MergedFile,
    given_group: Option<SpaceGroup>,
    options: &StructureFactorOptions,
) -> Result<Loaded, StructureFactorError> {
    let choice = merged::choose(&merged.columns, options.column.as_deref())
        .map_err(|problem| file.problem(problem))?;
    let listed = merged.amplitudes(&choice);
    let is_given = given_group.is_some();
    let group = match given_group {
        Some(group) => group,
        None if merged.operators.is_empty() => {
            return Err(file.problem("names no symmetry operators; give -spacegroup"));
        }
        None => {
            let name = merged
                .space_group
                .as_deref()
                .unwrap_or("the file's operators");
            SpaceGroup::from_operators(name, &merged.operators)
                .map_err(|problem| file.problem(problem))?
        }
    };
    let symmetry = Symmetry {
        group: &group,
        friedel: !listed.is_anomalous,
    };
    let default_f = options.default_f.unwrap_or(0.0);
    let expanded = expand(&listed.reflections, Some(symmetry), options.f000, default_f)
        .map_err(|error| error.in_file(file.path()))?;

    let cell = choice.column.cell.or(merged.cell);
    let mut warnings: Vec<String> = Vec::new();
    if let Some(cell) = cell.filter(|&cell| !group.fits_cell(cell)) {
        warnings.push(format!(
            "{}: the cell {} does not have the symmetry of {}",
            file.path().display(),
            cell.map(|value| value.to_string()).join(" "),
            group.name
        ));
    }
    let intensities = match choice.column.quantity {
        merged::Quantity::Amplitude => String::new(),
        merged::Quantity::Intensity => format!(
            ", square roots of intensities ({} negative ones count as 0)",
            listed.negative_intensities
        ),
    };
    let mut details = vec![format!(
        "  {} of {} reflections{intensities}; {} ({} operators{}), Friedel mates {}",
        choice.name(),
        merged.hkl.len(),
        group.name,
        group.operators.len(),
        if is_given { ", by -spacegroup" } else { "" },
        friedel_mates(listed.is_anomalous, expanded.filled_mates),
    )];
    details.extend(merged.notes.iter().map(|note| format!("  {note}")));
    let origin = file.origin(merged.format);
    Ok(finish(origin, file, expanded, details, warnings, cell))
}

/// What was done about F(−h).
fn friedel_mates(is_anomalous: bool, filled: usize) -> String {
    match (is_anomalous, filled) {
        (false, _) => "equal".into(),
        (true, 0) => "kept apart".into(),
        (true, filled) => {
            format!("kept apart, {filled} that were not measured taken from the other of the pair")
        }
    }
}

fn finish(
    origin: Origin,
    file: &SourceFile,
    expanded: Expanded,
    mut details: Vec<String>,
    mut warnings: Vec<String>,
    cell: Option<[f64; 6]>,
) -> Loaded {
    let mut warn = |found: Option<Contradiction>, what: &str| {
        if let Some(Contradiction { count, first }) = found {
            let [h, k, l] = first;
            let path = file.path().display();
            warnings.push(format!("{path}: {count} {what}, first {h} {k} {l}"));
        }
    };
    warn(
        expanded.repeats,
        "reflections are listed again with a different F, of which the last counts",
    );
    warn(
        expanded.conflicts,
        "reflections differ from a symmetry equivalent by more than 0.1 %; each keeps its own F",
    );
    warn(
        expanded.violations,
        "reflections have an F although symmetry makes it zero",
    );
    details.push(ranges(&expanded.table, Some(expanded.in_p1)));
    Loaded {
        amplitudes: Amplitudes::Table(Arc::new(expanded.table)),
        known: Some(Arc::new(expanded.known)),
        suggested_centring: None,
        cell,
        origin,
        details,
        warnings,
        cache_to_write: None,
        has_stale_cache: false,
    }
}
