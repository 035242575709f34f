//! What engines keep of a table of structure factors.

use std::sync::Arc;

use nanobragg::{
    engine::{Engine, Precision},
    internals::cpu::CpuEngine,
    scene::StructureFactors,
};

use super::{TILT, TRICLINIC, crystal, engine, plan, scene, table};

#[test]
fn a_table_is_brought_to_float32_once_for_all_engines() {
    let table = table(60, 0);
    let bytes = size_of_val(table.values()) as u64 / 2;
    let mut crystal = crystal(
        TRICLINIC,
        TILT,
        StructureFactors::Nearest(Arc::clone(&table)),
    );
    // So few fringes that float32 follows them.
    crystal.domain.n_cells = [1.0; 3];
    let plan = plan(&scene(crystal));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    // Allocations are counted thread by thread.
    let allocated = |engine: &mut CpuEngine| {
        let mut image = None;
        let render = || image = Some(engine.image(&plan).unwrap());
        let counted = allocation_counter::measure(render).bytes_total;
        (image.unwrap(), counted)
    };
    pool.install(|| {
        let mut engines = [(); 2].map(|()| engine(Precision::F32));
        let (first, of_first) = allocated(&mut engines[0]);
        let single = table.single_values().as_ptr();
        let (second, of_second) = allocated(&mut engines[1]);
        assert_eq!(first, second);
        assert!(of_first >= bytes, "{of_first} of {bytes}");
        assert!(of_second < bytes, "{of_second} of {bytes}");
        assert_eq!(table.single_values().as_ptr(), single);
    });
}
