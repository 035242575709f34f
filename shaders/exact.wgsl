// From a ray to a Miller index in 32-bit integers throughout, where a step from the tile's centre is too long for float32.

// Per orientation, a, b and c as limbs; the w of the first is the domain's weight.
@group(0) @binding(3) var<storage, read> cell_limbs: array<array<array<vec4i, 3>, 3>>;
@group(0) @binding(4) var<storage, read> frames: array<Frame>;

// A ray's direction, and its scattering vector.
alias Bearing = Limbs;
alias Scattering = Limbs;

fn bearing(tile: u32, pixel: vec2u, subpixel: vec2u, layer: u32) -> Bearing {
    let half_subpixels = vec2i(2u * (pixel * run.oversample + subpixel) + 1u) - i32(TILE_EDGE * run.oversample);
    return exact_direction(point(frames[tile], vec3i(half_subpixels, i32(layer))));
}

fn bearings_of(rays: array<Ray, 4>, tile: u32, local: vec2u, subpixel: vec2u, layer: u32) -> array<Bearing, 4> {
    let row = vec2u(0u, THREAD_ROWS);
    return array<Bearing, 4>(bearing(tile, local, subpixel, layer), bearing(tile, local + row, subpixel, layer),
        bearing(tile, local + 2u * row, subpixel, layer), bearing(tile, local + 3u * row, subpixel, layer));
}

fn scattering(bearing: Bearing, source: SourcePoint) -> Scattering {
    return scattering_of(bearing, source.limbs);
}

// A crystal of one orientation.
struct Domain {
    cell: array<Limbs, 3>,
    weight: f32,
}

// `orientation` counts from the start of the window.
fn domain_at(anchor: u32, orientation: u32) -> Domain {
    let cell = cell_limbs[slice.window_start + orientation];
    return Domain(array<Limbs, 3>(limbs(cell[0]), limbs(cell[1]), limbs(cell[2])), bitcast<f32>(cell[0][0].w));
}

// A Miller index and the whole one nearest to it, both less `whole`.
struct Place {
    index: vec3f,
    nearest: vec3f,
    whole: vec3i,
    // The index in units of 2^-32.
    fraction: vec3i,
}

fn place(domain: Domain, q: Scattering) -> Place {
    let scales = vec4f(run.high_scale, run.middle_scale, run.low_scale, run.lowest_scale);
    let h = exact_index(domain.cell[0], q, run.index_shift, scales);
    let k = exact_index(domain.cell[1], q, run.index_shift, scales);
    let l = exact_index(domain.cell[2], q, run.index_shift, scales);
    let fraction = vec3i(h.fraction, k.fraction, l.fraction);
    return Place(vec3f(fraction) * 2.3283064e-10, vec3f(0.0), vec3i(h.whole, k.whole, l.whole), fraction);
}

fn square_transform(at: Place) -> f32 {
    return lattice_square_exact(at.fraction, run.n_cells);
}
