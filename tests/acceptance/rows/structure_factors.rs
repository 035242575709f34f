//! AT-STR: structure factors and lattice transforms.

use std::{cell::Cell, sync::Arc};

use nanobragg::{scene::StructureFactors, structure_factors::Table};

use super::{
    Check, On,
    check::rows,
    images::{brightest, described, plan, render, same},
    theory,
};

rows! {
    Rendered: [
        at_str_001_the_nearest_table_point_counts_and_the_default_outside,
        at_str_002_a_cubic_is_interpolated_exactly_until_the_table_ends,
        at_str_003_four_shapes_have_four_lattice_transforms,
        at_str_004_a_sparse_table_is_filled_up_with_the_default,
    ],
}

const WIDE: &str =
    "-cell 60 70 80 85 95 100 -detpixels 64 -pixel 0.6 -distance 60 -lambda 6 -oversample 1";
const DEFAULT_F: f64 = 33.0;

/// A table over `min..=max` along each axis.
fn table(min: i32, max: i32, f: impl Fn([f64; 3]) -> f64) -> Table {
    let mut table = Table::filled([min; 3], [max; 3], DEFAULT_F);
    for h in min..=max {
        for k in min..=max {
            for l in min..=max {
                table.set([h, k, l], f([h, k, l].map(f64::from)));
            }
        }
    }
    table
}

fn wavy([h, k, l]: [f64; 3]) -> f64 {
    100.0 + 10.0 * h - 7.0 * k + 3.0 * l
}

/// A cubic in each index and with mixed terms.
fn cubic([h, k, l]: [f64; 3]) -> f64 {
    200.0 + 9.0 * h - 4.0 * k * k + 2.0 * l * l * l - 1.5 * h * h * h * k + 0.7 * h * k * l * l
}

pub fn at_str_001_the_nearest_table_point_counts_and_the_default_outside(
    check: &mut Check,
    on: On,
) {
    let (_, mut plan) = plan(&format!("{WIDE} -N 4 -default_F 33"));
    let table = Arc::new(table(-2, 3, wavy));
    plan.crystals[0].structure_factors = vec![StructureFactors::Nearest(table)];
    let outside = Cell::new(0_usize);
    let expected = theory::image(&plan, |index| {
        let nearest = index.map(|h| (h - 0.5).ceil());
        if nearest.iter().all(|h| (-2.0..=3.0).contains(h)) {
            return wavy(nearest);
        }
        outside.set(outside.get() + 1);
        DEFAULT_F
    });
    assert!(
        outside.get() > 100,
        "{} pixels beyond the table",
        outside.get()
    );
    let ours = on.render(&plan);
    same(
        check,
        "relative L2 to theory",
        ours.view(),
        expected.view(),
        on.tolerance(),
    );
}

pub fn at_str_002_a_cubic_is_interpolated_exactly_until_the_table_ends(check: &mut Check, on: On) {
    // Two points from either end of −4…5, as the classic program has it.
    let has_neighbourhood = |index: [f64; 3]| index.iter().all(|h| (-2.0..=3.0).contains(h));
    // A small detector sees the middle of the table alone; the wide one leaves it after some rows.
    for (line, leaves) in [
        ("-Xbeam 3.2 -Ybeam 3.2 -detpixels 32 -pixel 0.2", false),
        ("-Xbeam 28 -Ybeam 19", true),
    ] {
        let (_, mut plan, order) = described(&format!("{WIDE} -N 2 -default_F 33 {line}"));
        let table = Arc::new(table(-4, 5, cubic));
        plan.crystals[0].structure_factors = vec![StructureFactors::Tricubic(table)];
        let has_left = Cell::new(false);
        let expected = theory::image(&plan, |index| {
            has_left.set(has_left.get() || !has_neighbourhood(index));
            if !has_left.get() {
                return cubic(index);
            }
            let nearest = index.map(|h| (h - 0.5).ceil());
            let inside = nearest.iter().all(|h| (-4.0..=5.0).contains(h));
            if inside { cubic(nearest) } else { DEFAULT_F }
        });
        assert_eq!(has_left.get(), leaves, "{line}");
        let ours = on.render_in(&order, &plan);
        let what = if leaves {
            "leaving the table, relative L2 to theory"
        } else {
            "inside the table, relative L2 to theory"
        };
        same(check, what, ours.view(), expected.view(), on.tolerance());
    }
}

pub fn at_str_003_four_shapes_have_four_lattice_transforms(check: &mut Check, on: On) {
    for (shape, what) in [
        ("-square_xtal", "square, relative L2 to theory"),
        ("-round_xtal", "round, relative L2 to theory"),
        ("-gauss_xtal", "gauss, relative L2 to theory"),
        ("-tophat_spots -fudge 0.05", "tophat, relative L2 to theory"),
    ] {
        let line = format!("{WIDE} -Na 3 -Nb 5 -Nc 2 -default_F 100 {shape} -misset 10 20 30");
        let ours = render(on, &line);
        let expected = theory::image(&ours.plan, |_| 100.0);
        same(
            check,
            what,
            ours.image.view(),
            expected.view(),
            on.tolerance(),
        );
    }
}

pub fn at_str_004_a_sparse_table_is_filled_up_with_the_default(check: &mut Check, on: On) {
    const LINE: &str = "-cell 100 -lambda 6.2 -N 5 -detpixels 384 -mosflm";
    let uniform = render(on, &format!("{LINE} -default_F 20"));
    let sparse = render(on, &format!("{LINE} -default_F 20 -hkl test_pattern.hkl"));
    let ratio = |at| f64::from(sparse.image[at]) / f64::from(uniform.image[at]);
    let beam = brightest(uniform.image.view());
    // 62 pixels to the next reflection; (1 0 0) is along the beam, (0 1 0) up and (0 0 1) across.
    for (away, f) in [
        ((0, 0), 100.0),
        ((0, 62), 20.0),
        ((62, 0), 20.0),
        ((62, 62), 20.0),
    ] {
        let expected = (f / 20.0_f64).powi(2);
        let at = (beam.slow + away.0, beam.fast + away.1);
        check.at_most(
            "error of the ratio of F²",
            (ratio(at) / expected - 1.0).abs(),
            1e-2,
        );
    }
    let second = (beam.slow - 62, beam.fast);
    check.at_most(
        "error of F² of (0 1 0)",
        (ratio(second) / 1.5625 - 1.0).abs(),
        1e-2,
    );
}
