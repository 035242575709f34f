// From a ray to a Miller index by a small step from the tile's centre, whose index the first pass has left.

// Columns of the rotated cells: (a_x b_x c_x), (a_y b_y c_y), (a_z b_z c_z). The first w is the domain's weight.
@group(0) @binding(3) var<uniform> cell_columns: array<array<vec4f, 3>, ORIENTATION_WINDOW>;
@group(0) @binding(4) var<storage, read> anchors: array<vec4f>;

// How a ray's direction differs from that of the tile's centre, and its scattering vector.
alias Bearing = vec3f;
alias Scattering = vec3f;

fn bearings_of(rays: array<Ray, 4>, tile: u32, local: vec2u, subpixel: vec2u, layer: u32) -> array<Bearing, 4> {
    return array<Bearing, 4>(rays[0].change, rays[1].change, rays[2].change, rays[3].change);
}

fn scattering(bearing: Bearing, source: SourcePoint) -> Scattering {
    return bearing * source.inverse_wavelength;
}

// A crystal of one orientation: its cell, and its Miller index at the tile's centre.
struct Domain {
    whole: vec3i,
    fraction: vec3f,
    cell_columns: array<vec4f, 3>,
    weight: f32,
}

// `anchor` and `orientation` count from the start of their buffers.
fn domain_at(anchor: u32, orientation: u32) -> Domain {
    let columns = cell_columns[orientation];
    if whole_indices {
        let whole = bitcast<vec4i>(anchors[2u * anchor + 1u]).xyz;
        return Domain(whole, anchors[2u * anchor].xyz, columns, columns[0].w);
    }
    return Domain(vec3i(0), anchors[anchor].xyz, columns, columns[0].w);
}

// A Miller index and the whole one nearest to it, both less `whole`.
struct Place {
    index: vec3f,
    nearest: vec3f,
    whole: vec3i,
}

fn place(domain: Domain, q: Scattering) -> Place {
    let index = domain.fraction + domain.cell_columns[0].xyz * q.x + domain.cell_columns[1].xyz * q.y
        + domain.cell_columns[2].xyz * q.z;
    return Place(index, ceil(index - 0.5), domain.whole);
}

fn square_transform(at: Place) -> f32 {
    return lattice_square(at.index - at.nearest, run.n_cells);
}
