//! Kernels are valid WGSL that translates to SPIR-V, and their buffers have the layout that the host writes.
//!
//! The kernels that runs can ask for are too many to try. Tried are those that known runs ask for, and some more, so that every two
//! values of two constants meet in one.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
    process::Command,
};

use naga::{
    back::{pipeline_constants::process_overrides, spv},
    valid::{Capabilities, ValidationFlags, Validator},
};
use nanobragg::{
    classic::{Prepared, options::Physics},
    engine::TablePrecision,
    internals::gpu::{
        Interpolation, Specialisation, Summation, anchor_source, layout, spots_source,
    },
    plan::Plan,
    scene::Shape,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use rayon::prelude::*;
use serde::Deserialize;

use crate::{
    golden_cases::{self, golden},
    lines::line,
};

/// A module as wgpu would accept it.
struct Kernel {
    module: naga::Module,
    info: naga::valid::ModuleInfo,
}

/// With what every Vulkan, Metal and DX12 adapter can do: unpack pairs of 16-bit floats.
fn validator() -> Validator {
    Validator::new(
        ValidationFlags::all(),
        Capabilities::SHADER_FLOAT16_IN_FLOAT32,
    )
}

impl Kernel {
    fn parse(source: &str) -> Self {
        let module = naga::front::wgsl::parse_str(source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
        let info = validator()
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
        Self { module, info }
    }

    fn specialised(&self, constants: Vec<(&'static str, f64)>) -> Self {
        let constants = constants
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let (module, _) =
            process_overrides(&self.module, &self.info, None, &constants.collect()).unwrap();
        let module = module.into_owned();
        let info = validator().validate(&module).unwrap();
        Self { module, info }
    }

    fn spirv_words(&self) -> usize {
        let options = spv::Options::default();
        spv::write_vec(&self.module, &self.info, &options, None)
            .unwrap()
            .len()
    }

    /// Offsets of the members of a struct, and its size.
    fn struct_layout(&self, name: &str) -> (Vec<(String, u32)>, u32) {
        let found = self
            .module
            .types
            .iter()
            .find_map(|(_, ty)| match &ty.inner {
                naga::TypeInner::Struct { members, span } if ty.name.as_deref() == Some(name) => {
                    let member = |m: &naga::StructMember| (m.name.clone().unwrap(), m.offset);
                    Some((members.iter().map(member).collect(), *span))
                }
                _ => None,
            });
        found.unwrap_or_else(|| panic!("no struct {name}"))
    }
}

/// Every combination that `Specialisation::of` can give, each once.
fn admissible() -> Vec<Specialisation> {
    let shapes = [Shape::Square, Shape::Round, Shape::Gauss, Shape::Tophat];
    let tables = [
        (Interpolation::Constant, TablePrecision::F32),
        (Interpolation::Nearest, TablePrecision::F32),
        (Interpolation::Nearest, TablePrecision::F16),
        (Interpolation::Tricubic, TablePrecision::F32),
        (Interpolation::Tricubic, TablePrecision::F16),
    ];
    let one = |shape, (interpolation, table_precision), physics, bits: u32| {
        let flag = |index: u32| bits >> index & 1 == 1;
        let corrected = physics == Physics::Corrected;
        let (absorbing_sensor, polarized) = (flag(0), flag(1));
        let capture_per_sample = absorbing_sensor && (corrected || flag(2));
        let polarization_per_sample = polarized && (corrected || flag(3));
        let omega_per_sample = corrected || flag(4);
        Specialisation {
            shape,
            interpolation,
            table_precision,
            curved_detector: flag(5),
            point_pixel: flag(6),
            absorbing_sensor,
            classic_capture: absorbing_sensor && physics == Physics::CParity,
            polarized,
            limited_resolution: flag(7),
            has_water: flag(8),
            summation: if corrected {
                Summation::EachTerm
            } else if capture_per_sample || polarization_per_sample || omega_per_sample {
                Summation::RunningSum
            } else {
                Summation::AtTheEnd
            },
            capture_per_sample,
            polarization_per_sample,
            omega_per_sample,
            // The plans of running sums have no weights.
            weighted_domains: flag(10)
                && (corrected
                    || !(capture_per_sample || polarization_per_sample || omega_per_sample)),
            // Another crystal of the plan may be the one that is interpolated.
            tells_left_table: interpolation == Interpolation::Tricubic || flag(11),
            exact: flag(12) && !flag(5),
            traced: flag(9),
        }
    };
    let mut all = Vec::new();
    for shape in shapes {
        for table in tables {
            for physics in [Physics::Spec, Physics::CParity, Physics::Corrected] {
                all.extend((0..1 << 13).map(|bits| one(shape, table, physics, bits)));
            }
        }
    }
    let mut seen = HashSet::new();
    all.retain(|one| seen.insert(*one));
    all
}

/// What a kernel is made of: the values of its constants, and which of the four sources.
fn values(kernel: &Specialisation) -> Vec<(&'static str, u32)> {
    let constants = kernel.constants().into_iter();
    let constants = constants.map(|(name, value)| (name, value as u32));
    constants
        .chain([
            ("exact", u32::from(kernel.exact)),
            ("traced", u32::from(kernel.traced)),
        ])
        .collect()
}

fn pairs<T: Copy>(values: &[T]) -> impl Iterator<Item = (T, T)> {
    let after = |i: usize| values[i + 1..].iter();
    (0..values.len()).flat_map(move |i| after(i).map(move |&b| (values[i], b)))
}

/// Few of these kernels in which every two values meet that meet in any: each chosen for the most new pairs.
fn covering_pairs(all: &[Specialisation]) -> Vec<Specialisation> {
    let mut numbers = HashMap::new();
    let mut number = |value| {
        let next = numbers.len();
        *numbers.entry(value).or_insert(next)
    };
    let numbered = |kernel| values(kernel).into_iter().map(&mut number).collect();
    let rows: Vec<Vec<usize>> = all.iter().map(numbered).collect();
    let mut is_new = vec![vec![false; numbers.len()]; numbers.len()];
    for (a, b) in rows.iter().flat_map(|row| pairs(row)) {
        is_new[a][b] = true;
    }
    let mut chosen = Vec::new();
    loop {
        let gain = |at: &usize| pairs(&rows[*at]).filter(|&(a, b)| is_new[a][b]).count();
        let best = (0..rows.len()).max_by_key(gain).unwrap();
        if gain(&best) == 0 {
            return chosen;
        }
        chosen.push(all[best]);
        for (a, b) in pairs(&rows[best]) {
            is_new[a][b] = false;
        }
    }
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

/// What the golden and the acceptance cases have in common.
#[derive(Deserialize)]
struct Case {
    args: String,
    #[serde(default)]
    inputs: Vec<String>,
    /// Runs that come first, in the same directory.
    #[serde(default)]
    before: Vec<String>,
    physics: Option<String>,
}

fn plan_of_case(case: &Case) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    for input in &case.inputs {
        let from = golden().join("inputs").join(input);
        fs::copy(from, folder.path().join(input)).unwrap();
    }
    for before in &case.before {
        let status = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
            .args(["-device", "cpu"])
            .args(before.split_whitespace())
            .current_dir(folder.path())
            .output()
            .unwrap()
            .status;
        assert!(status.success(), "{before}");
    }
    let physics = case.physics.as_deref().unwrap_or("spec");
    let words = format!("{} -physics {physics}", case.args);
    let mut options = golden_cases::options(&words, folder.path());
    options.structure_factors.dump = Some(folder.path().join("Fdump.bin"));
    Prepared::new(&options).unwrap().plan().unwrap()
}

fn plans_of_cases(file: &str) -> Vec<Plan> {
    let text = fs::read_to_string(golden().join(file)).unwrap();
    let cases = serde_json::from_str::<Cases>(&text).unwrap().cases;
    cases.iter().map(plan_of_case).collect()
}

/// Of command lines made at random, without those that the experiment refuses.
fn random_plans(lines: usize) -> Vec<Plan> {
    let mut runner = TestRunner::deterministic();
    let plan = |_| {
        let line = line().new_tree(&mut runner).unwrap().current();
        let options = golden_cases::options(&line.to_string(), Path::new("."));
        Prepared::new(&options).ok()?.plan().ok()
    };
    (0..lines).filter_map(plan).collect()
}

/// The kernel of a plan with one panel and one crystal.
fn specialisation(plan: &Plan, precision: TablePrecision) -> Specialisation {
    let (panel, crystal) = (plan.panel(), plan.crystal());
    Specialisation::of(
        plan,
        panel,
        crystal,
        crystal.structure_factors_of(0),
        precision,
    )
}

/// The kernels that known runs ask for, with tables in either precision, for images and for traces.
fn kernels_of_runs() -> HashSet<Specialisation> {
    let (golden, acceptance) = (
        plans_of_cases("cases.json"),
        plans_of_cases("acceptance/cases.json"),
    );
    assert_eq!((golden.len(), acceptance.len()), (63, 50));
    let mut kernels = HashSet::new();
    for plan in golden.iter().chain(&acceptance).chain(&random_plans(100)) {
        for precision in [TablePrecision::F32, TablePrecision::F16] {
            for traced in [false, true] {
                kernels.insert(Specialisation {
                    traced,
                    ..specialisation(plan, precision)
                });
            }
        }
    }
    kernels
}

#[test]
fn kernels_of_every_pair_of_constants_and_of_every_known_run_are_valid() {
    let all = admissible();
    let covering = covering_pairs(&all);
    let met = |kernels: &[Specialisation]| -> HashSet<_> {
        let pairs = |kernel| pairs(&values(kernel)).collect::<Vec<_>>();
        kernels.iter().flat_map(pairs).collect()
    };
    assert_eq!(met(&covering), met(&all));

    let mut kernels = kernels_of_runs();
    let unforeseen: Vec<_> = kernels.iter().filter(|one| !all.contains(one)).collect();
    assert!(unforeseen.is_empty(), "{unforeseen:#?}");
    let of_runs = kernels.len();
    kernels.extend(&covering);
    println!(
        "{} kernels: {} in which every two values of constants meet, {of_runs} of known runs; of {} possible ones",
        kernels.len(),
        covering.len(),
        all.len()
    );

    let anchors = Kernel::parse(&anchor_source());
    let spots = [false, true]
        .map(|exact| [false, true].map(|traced| Kernel::parse(&spots_source(exact, traced))));
    kernels.par_iter().for_each(|specialisation| {
        anchors.specialised(specialisation.anchor_constants());
        let kernel = spots[usize::from(specialisation.exact)][usize::from(specialisation.traced)]
            .specialised(specialisation.constants());
        assert!(kernel.spirv_words() > 1000, "{specialisation:?}");
    });
}

#[test]
fn no_override_is_left_to_its_default() {
    let constants = admissible()[0].constants();
    for exact in [false, true] {
        let kernel = Kernel::parse(&spots_source(exact, true));
        for (_, declared) in kernel.module.overrides.iter() {
            let name = declared.name.as_deref().unwrap();
            assert!(
                constants.iter().any(|(set, _)| *set == name),
                "the host never sets {name}"
            );
        }
    }
}

macro_rules! same_layout {
    ($kernel:expr, $host:ty, [$($member:ident),* $(,)?]) => {{
        let name = std::any::type_name::<$host>().rsplit("::").next().unwrap();
        let (members, size) = $kernel.struct_layout(name);
        let host = vec![$((stringify!($member).to_owned(), std::mem::offset_of!($host, $member) as u32)),*];
        assert_eq!(members, host, "{name}");
        assert_eq!(size as usize, size_of::<$host>(), "{name}");
    }};
}

#[test]
fn buffers_have_the_layout_that_the_host_writes() {
    let spots = Kernel::parse(&spots_source(false, true));
    same_layout!(
        spots,
        layout::PlanConstants,
        [
            n_cells,
            fudge,
            reciprocal_a,
            dmin_angstrom,
            reciprocal_b,
            layer_attenuation,
            reciprocal_c,
            kahn_factor,
            table_min,
            default_f,
            table_max,
            background,
            weight,
            layer_m,
            bend_per_m,
            inverse_oversample,
            layers,
            oversample,
            first_source,
            sources,
            orientations,
            block_length,
            blocks_per_source,
            index_shift,
            high_scale,
            middle_scale,
            low_scale,
            lowest_scale,
        ]
    );
    same_layout!(
        spots,
        layout::Slice,
        [
            first_tile,
            tiles,
            first_block,
            end_block,
            anchor_blocks,
            window_start,
            begins,
            finishes
        ]
    );
    same_layout!(
        spots,
        layout::Tile,
        [
            direction,
            distance_m,
            fast,
            fast_m,
            slow,
            slow_m,
            normal,
            close_distance_m,
            bend_sine,
            bend_versine,
            rendered
        ]
    );
    same_layout!(
        spots,
        layout::SourcePoint,
        [
            incident,
            inverse_wavelength,
            magnetic,
            weight,
            electric,
            unused,
            limbs
        ]
    );
    let exact = Kernel::parse(&spots_source(true, false));
    same_layout!(exact, layout::Frame, [centre, steps]);
    same_layout!(
        spots,
        layout::Sums,
        [total, pending, polarization, left_table]
    );
    same_layout!(spots, layout::Entry, [whole, kind, numbers]);
}

#[test]
fn constants_are_those_of_the_host() {
    let spots = Kernel::parse(&spots_source(false, true));
    let constant = |name: &str| {
        let (_, constant) = spots
            .module
            .constants
            .iter()
            .find(|(_, constant)| constant.name.as_deref() == Some(name))
            .unwrap_or_else(|| panic!("no constant {name}"));
        match spots.module.global_expressions[constant.init] {
            naga::Expression::Literal(naga::Literal::U32(value)) => f64::from(value),
            naga::Expression::Literal(naga::Literal::F32(value)) => f64::from(value),
            ref other => panic!("{name} is {other:?}"),
        }
    };
    assert_eq!(constant("TILE_EDGE"), layout::TILE_EDGE as f64);
    assert_eq!(constant("THREAD_ROWS"), layout::THREAD_ROWS as f64);
    assert_eq!(constant("TILE_PIXELS"), layout::TILE_PIXELS as f64);
    assert_eq!(constant("TILE_THREADS"), layout::TILE_THREADS as f64);
    assert_eq!(
        constant("ORIENTATION_WINDOW"),
        layout::ORIENTATION_WINDOW as f64
    );
    for (name, kind) in [
        ("BLOCK", layout::Entry::BLOCK),
        ("SAMPLE", layout::Entry::SAMPLE),
        ("SKIPPED_SAMPLE", layout::Entry::SKIPPED_SAMPLE),
        ("SUMS", layout::Entry::SUMS),
        ("TOTAL", layout::Entry::TOTAL),
    ] {
        assert_eq!(constant(name), f64::from(kind), "{name}");
    }
}
