// What record.wgsl does for a trace, for the kernels of images: nothing.

fn record_block(tile: Tile, rays: array<Ray, 4>, layer: u32, source: SourcePoint) {}

fn record_sample(index: vec3f, nearest: vec3f, whole: vec3i, lattice: f32, f: StructureFactor) {}

fn record_skipped(index: vec3f, nearest: vec3f, whole: vec3i) {}

fn record_sums(sums: vec4f) {}

fn record_totals(total: vec4f, polarization: vec4f, omega: vec4f, capture: vec4f, values: vec4f) {}
