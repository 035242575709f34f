//! Every kernel that a run can ask for is valid WGSL that translates to SPIR-V, and its buffers have the layout that the
//! host writes.

use naga::{
    back::{pipeline_constants::process_overrides, spv},
    valid::{Capabilities, ValidationFlags, Validator},
};
use nanobragg::{
    engine::{
        TablePrecision,
        gpu::{Interpolation, Specialisation, Summation, anchor_source, layout, spots_source},
    },
    scene::Shape,
};
use rayon::prelude::*;

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

/// Every combination that `Specialisation::of` can give.
fn specialisations() -> Vec<Specialisation> {
    let mut all = Vec::new();
    let tables = [
        (Interpolation::Constant, TablePrecision::F32),
        (Interpolation::Nearest, TablePrecision::F32),
        (Interpolation::Nearest, TablePrecision::F16),
        (Interpolation::Tricubic, TablePrecision::F32),
        (Interpolation::Tricubic, TablePrecision::F16),
    ];
    for shape in [Shape::Square, Shape::Round, Shape::Gauss, Shape::Tophat] {
        for (interpolation, table_precision) in tables {
            for bits in 0..64u32 {
                let flag = |index: u32| bits >> index & 1 == 1;
                for per_sample in 0..9u32 {
                    let corrected = per_sample == 8;
                    let factor = |index: u32| corrected || per_sample >> index & 1 == 1;
                    let one = |classic_capture: bool| Specialisation {
                        shape,
                        interpolation,
                        table_precision,
                        curved_detector: flag(0),
                        point_pixel: flag(1),
                        absorbing_sensor: flag(2),
                        classic_capture,
                        polarized: flag(3),
                        limited_resolution: flag(4),
                        has_water: flag(5),
                        summation: match per_sample {
                            0 => Summation::AtTheEnd,
                            8 => Summation::EachTerm,
                            _ => Summation::RunningSum,
                        },
                        capture_per_sample: factor(0) && flag(2),
                        polarization_per_sample: factor(1) && flag(3),
                        omega_per_sample: factor(2),
                        traced: false,
                    };
                    let capturing = [Some(one(false)), (flag(2) && !corrected).then(|| one(true))];
                    for one in capturing.into_iter().flatten() {
                        all.extend([
                            one,
                            Specialisation {
                                traced: true,
                                ..one
                            },
                        ]);
                    }
                }
            }
        }
    }
    all
}

#[test]
fn every_kernel_that_a_run_can_ask_for_is_valid() {
    let anchors = Kernel::parse(&anchor_source());
    let spots = [false, true].map(|traced| Kernel::parse(&spots_source(traced)));
    specialisations().par_iter().for_each(|specialisation| {
        anchors.specialised(specialisation.anchor_constants());
        let kernel =
            spots[usize::from(specialisation.traced)].specialised(specialisation.constants());
        assert!(kernel.spirv_words() > 1000, "{specialisation:?}");
    });
}

#[test]
fn no_override_is_left_to_its_default() {
    let kernel = Kernel::parse(&spots_source(true));
    let constants = specialisations()[0].constants();
    for (_, declared) in kernel.module.overrides.iter() {
        let name = declared.name.as_deref().unwrap();
        assert!(
            constants.iter().any(|(set, _)| *set == name),
            "the host never sets {name}"
        );
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
    let spots = Kernel::parse(&spots_source(true));
    same_layout!(
        spots,
        layout::Run,
        [
            fast,
            pixel_size_m,
            slow,
            close_distance_m,
            normal,
            layer_m,
            cells,
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
            bend_axis,
            bend_per_m,
            layers,
            oversample,
            sources,
            orientations,
            block_length,
            blocks_per_source,
            index_shift,
            high_scale,
            middle_scale,
            low_scale,
            lowest_scale,
            inverse_oversample,
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
        [direction, distance_m, bend_sine, bend_versine, rendered]
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
            unused
        ]
    );
    same_layout!(
        spots,
        layout::Sums,
        [total, pending, polarization, left_table]
    );
    same_layout!(spots, layout::Entry, [whole, kind, numbers]);
}

#[test]
fn constants_are_those_of_the_host() {
    let spots = Kernel::parse(&spots_source(true));
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
