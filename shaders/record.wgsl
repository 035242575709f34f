// What a trace keeps, in the order in which the kernel meets it: joined in place of record_nothing.wgsl. A single thread
// of the dispatch renders, for its four pixels, of which the host picks one. Nothing of what it computes is changed.

// One entry: `Entry` in src/engine/gpu/layout.rs.
struct Entry {
    // Whole parts of the indices at the tile's centre.
    whole: vec3i,
    kind: u32,
    numbers: array<vec4f, 3>,
}

// Each four times, once a pixel, but for the sums.
const BLOCK: u32 = 1u;
const SAMPLE: u32 = 2u;
const SKIPPED_SAMPLE: u32 = 3u;
const SUMS: u32 = 4u;
const TOTAL: u32 = 5u;

@group(0) @binding(9) var<storage, read_write> entries: array<Entry>;

// Entries written by this dispatch.
var<private> written: u32 = 0u;

fn write_entry(entry: Entry) {
    if written < arrayLength(&entries) {
        entries[written] = entry;
        written += 1u;
    }
}

// Factors that this run needs but once, or not at all, are computed for the trace.
fn record_block(tile: Tile, rays: array<Ray, 4>, layer: u32, source: SourcePoint) {
    record_ray(tile, rays[0], layer, source);
    record_ray(tile, rays[1], layer, source);
    record_ray(tile, rays[2], layer, source);
    record_ray(tile, rays[3], layer, source);
}

fn record_ray(tile: Tile, ray: Ray, layer: u32, source: SourcePoint) {
    let is_stopped = limited_resolution && is_beyond_resolution(ray, source);
    write_entry(Entry(vec3i(0), BLOCK, array<vec4f, 3>(
        vec4f(ray.direction, ray.distance_m),
        vec4f(ray.change * source.inverse_wavelength, polarization(ray, source)),
        vec4f(omega(tile, ray), capture(tile, ray, layer), select(1.0, 0.0, is_stopped), 0.0),
    )));
}

fn record_sample(index: vec3f, nearest: vec3f, whole: vec3i, lattice: f32, f: StructureFactor) {
    record_sample_of(SAMPLE, index, nearest, whole, lattice, f);
}

// A sample that adds nothing, with the F that it would have had.
fn record_skipped(index: vec3f, nearest: vec3f, whole: vec3i) {
    record_sample_of(SKIPPED_SAMPLE, index, nearest, whole, 0.0, structure_factor(index, nearest, whole));
}

fn record_sample_of(kind: u32, index: vec3f, nearest: vec3f, whole: vec3i, lattice: f32, f: StructureFactor) {
    write_entry(Entry(whole, kind, array<vec4f, 3>(
        vec4f(index, lattice),
        vec4f(nearest, f.value),
        vec4f(select(0.0, 1.0, f.is_interpolated), 0.0, 0.0, 0.0),
    )));
}

// After a sample of each pixel: the block's sums, or the running ones.
fn record_sums(sums: vec4f) {
    write_entry(Entry(vec3i(0), SUMS, array<vec4f, 3>(sums, vec4f(0.0), vec4f(0.0))));
}

// How the pixels' sums become their values in the image.
fn record_totals(total: vec4f, polarization: vec4f, omega: vec4f, capture: vec4f, values: vec4f) {
    for (var i = 0u; i < 4u; i++) {
        write_entry(Entry(vec3i(0), TOTAL, array<vec4f, 3>(
            vec4f(total[i], polarization[i], omega[i], capture[i]),
            vec4f(values[i], 0.0, 0.0, 0.0),
            vec4f(0.0),
        )));
    }
}
