// Second pass: one workgroup a tile, one thread for four pixels, summing the samples of the slice. The pixels of a
// thread lie THREAD_ROWS apart along the slow axis. They share every number in which they do not differ, so that
// each is fetched once; a quantity in which they do differ is a vec4f or an array of four.

@group(0) @binding(0) var<uniform> run: PlanConstants;
@group(0) @binding(1) var<uniform> slice: Slice;
@group(0) @binding(5) var<storage, read> tiles: array<Tile>;
@group(0) @binding(6) var<storage, read> sources: array<SourcePoint>;
@group(0) @binding(7) var<storage, read_write> sums: array<Sums>;
// Per tile its pixels, followed, where the table can be left, by a word a thread: bit i for its pixel i.
@group(0) @binding(8) var<storage, read_write> image: array<u32>;

// The pixels of a thread between two slices.
struct Sums {
    total: vec4f,
    // Blocks not yet in the total: two levels, so that a million samples do not lose the small ones.
    pending: vec4f,
    // At the first sample within the resolution limit; 0 before that.
    polarization: vec4f,
    // 1 once an interpolation has left the table.
    left_table: vec4u,
}

const BLOCKS_PENDING: u32 = 64u;

fn has_rendered_pixel(tile: u32, thread: u32) -> bool {
    return ((tiles[tile].rendered[thread >> 5u] >> (thread & 31u)) & 1u) == 1u;
}

// The ray to the point at `pixels` (fast, slow) from the tile's centre, at a layer of the sensor.
fn ray_to(tile: Tile, pixels: vec2f, layer: u32) -> Ray {
    let offset_m = tile.fast * (pixels.x * tile.fast_m) + tile.slow * (pixels.y * tile.slow_m)
        + tile.normal * (f32(layer) * run.layer_m);
    if curved_detector {
        let step = bent_step(tile.direction, tile.bend_sine, tile.bend_versine, tile.fast,
            offset_m.y * run.bend_per_m, offset_m.z * run.bend_per_m);
        // Bending keeps the length, so what ray_beside would divide by is 1.
        return Ray(tile.direction + step, step, tile.distance_m);
    }
    return ray_beside(tile.direction, tile.distance_m, offset_m * (1.0 / tile.distance_m));
}

// The rays to a sub-pixel (fast, slow) of the pixels of the thread at `local`.
fn rays_to(tile: Tile, local: vec2u, subpixel: vec2u, layer: u32) -> array<Ray, 4> {
    let first = vec2f(local) - 0.5 * f32(TILE_EDGE) + (vec2f(subpixel) + 0.5) * run.inverse_oversample;
    let rows = first.y + vec4f(0.0, 1.0, 2.0, 3.0) * f32(THREAD_ROWS);
    return array<Ray, 4>(ray_to(tile, vec2f(first.x, rows.x), layer), ray_to(tile, vec2f(first.x, rows.y), layer),
        ray_to(tile, vec2f(first.x, rows.z), layer), ray_to(tile, vec2f(first.x, rows.w), layer));
}

fn omega(tile: Tile, ray: Ray) -> f32 {
    if point_pixel {
        return point_solid_angle(ray.distance_m);
    }
    // Seen from behind the near distance is negative, and so is the classic formula's solid angle.
    let close_distance_m = select(tile.close_distance_m, abs(tile.close_distance_m), summation == EACH_TERM);
    return solid_angle(ray.distance_m, vec2f(tile.fast_m, tile.slow_m), close_distance_m);
}

// Between the ray and the sensor's normal. On a flat detector the product of the two would cancel at grazing
// incidence, where it is the distance of the layer's plane from the sample.
fn cos_incidence(tile: Tile, ray: Ray, layer: u32) -> f32 {
    if curved_detector {
        return dot(ray.direction, tile.normal);
    }
    return (tile.close_distance_m + f32(layer) * run.layer_m) / ray.distance_m;
}

fn omegas(tile: Tile, rays: array<Ray, 4>) -> vec4f {
    return vec4f(omega(tile, rays[0]), omega(tile, rays[1]), omega(tile, rays[2]), omega(tile, rays[3]));
}

fn capture(tile: Tile, ray: Ray, layer: u32) -> f32 {
    if absorbing_sensor {
        let cos_incidence = cos_incidence(tile, ray, layer);
        if classic_capture {
            return captured_fraction(f32(layer), run.layer_attenuation, cos_incidence);
        }
        let before = layers_before(f32(layer), f32(run.layers), cos_incidence);
        return captured_fraction(before, run.layer_attenuation, abs(cos_incidence));
    }
    return 1.0;
}

fn captures(tile: Tile, rays: array<Ray, 4>, layer: u32) -> vec4f {
    return vec4f(capture(tile, rays[0], layer), capture(tile, rays[1], layer), capture(tile, rays[2], layer),
        capture(tile, rays[3], layer));
}

fn polarization(ray: Ray, source: SourcePoint) -> f32 {
    if polarized {
        return polarization_factor(ray.direction, source.incident, source.magnetic, source.electric, run.kahn_factor);
    }
    return 1.0;
}

fn polarization_losses(rays: array<Ray, 4>, source: SourcePoint) -> vec4f {
    var losses: array<f32, 4>;
    for (var i = 0u; i < 4u; i++) {
        losses[i] = polarization_loss(rays[i].direction, source.incident, source.magnetic, source.electric, run.kahn_factor);
    }
    return vec4f(losses[0], losses[1], losses[2], losses[3]);
}

fn polarizations(rays: array<Ray, 4>, source: SourcePoint) -> vec4f {
    return vec4f(polarization(rays[0], source), polarization(rays[1], source), polarization(rays[2], source),
        polarization(rays[3], source));
}

fn is_beyond_resolution(ray: Ray, source: SourcePoint) -> bool {
    let q = (ray.direction - source.incident) * source.inverse_wavelength;
    return dot(q, q) * run.dmin_angstrom * run.dmin_angstrom > 1.0;
}

// The lattice transform, and whether the classic program would skip the sample for its being zero.
struct Lattice {
    amplitude: f32,
    vanishes: bool,
}

fn lattice_transform(at: Place) -> Lattice {
    if crystal_shape == SQUARE {
        return Lattice(square_transform(at), false);
    }
    let offset = at.index - at.nearest;
    if crystal_shape == ROUND {
        return Lattice(lattice_round(offset, run.n_cells, run.fudge), false);
    }
    let s = spread(offset, run.reciprocal_a, run.reciprocal_b, run.reciprocal_c, run.n_cells, run.fudge);
    if crystal_shape == GAUSS {
        return Lattice(lattice_gauss(s, run.n_cells), gauss_vanishes(s));
    }
    let amplitude = lattice_tophat(s, run.n_cells);
    return Lattice(amplitude, amplitude == 0.0);
}

struct StructureFactor {
    value: f32,
    is_interpolated: bool,
}

// F at a Miller index and at the whole one nearest to it, both less `whole`.
fn structure_factor(index: vec3f, nearest: vec3f, whole: vec3i) -> StructureFactor {
    if interpolation == CONSTANT {
        return StructureFactor(run.default_f, false);
    }
    if interpolation == TRICUBIC {
        let below = floor(index);
        let floor_hkl = whole + vec3i(below);
        if has_neighbourhood(floor_hkl, index - below) {
            return StructureFactor(structure_factor_tricubic(floor_hkl, index - below), true);
        }
    }
    return StructureFactor(structure_factor_nearest(whole + vec3i(nearest)), false);
}

struct Sample {
    // F²·F_latt², and the domain's weight.
    intensity: f32,
    // The classic program passes this sample over, factors included.
    is_skipped: bool,
    left_table: bool,
}

// What the domain scatters along a ray.
fn sample(domain: Domain, q: Scattering) -> Sample {
    let at = place(domain, q);
    let lattice = lattice_transform(at);
    if lattice.vanishes && !has_water && (summation == RUNNING_SUM || interpolation == TRICUBIC) {
        record_skipped(at.index, at.nearest, at.whole);
        return Sample(0.0, true, false);
    }
    let f = structure_factor(at.index, at.nearest, at.whole);
    record_sample(at.index, at.nearest, at.whole, lattice.amplitude, f);
    let amplitude = lattice.amplitude * f.value;
    var intensity = amplitude * amplitude;
    if weighted_domains {
        intensity *= domain.weight;
    }
    return Sample(intensity, false, interpolation == TRICUBIC && !f.is_interpolated);
}

// A running sum that the polarisation alone multiplies loses little a sample, and rounding it every time would add up: a
// block counts what it loses and what it adds.
fn keeps_losses() -> bool {
    return summation == RUNNING_SUM && polarization_per_sample && !capture_per_sample && !omega_per_sample;
}

fn running_sum(before: vec4f, lost: vec4f, added: vec4f) -> vec4f {
    if keeps_losses() {
        return before - before * lost + added;
    }
    return before;
}

@compute @workgroup_size(TILE_EDGE, THREAD_ROWS)
fn spots(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) thread: u32,
) {
    let slot = group.x + group.y * groups.x;
    if slot >= slice.tiles {
        return;
    }
    let tile_number = slice.first_tile + slot;
    if !has_rendered_pixel(tile_number, thread) {
        return;
    }
    let tile = tiles[tile_number];
    let place = tile_number * TILE_THREADS + thread;
    var sum = Sums(vec4f(0.0), vec4f(0.0), vec4f(0.0), vec4u(0u));
    if slice.begins == 0u {
        sum = sums[place];
    } else if summation != EACH_TERM {
        sum.total = vec4f(run.background);
    }

    let subpixels = run.oversample * run.oversample;
    var rays: array<Ray, 4>;
    var bearings: array<Bearing, 4>;
    var step_of_rays = 0xffffffffu;
    var ray_factor = vec4f(1.0);
    for (var block = slice.first_block; block < slice.end_block; block++) {
        let source = sources[run.first_source + (block / run.blocks_per_source) % run.sources];
        let step = block / run.blocks_per_source / run.sources;
        let layer = step / subpixels;
        if step != step_of_rays {
            step_of_rays = step;
            let subpixel = vec2u(step % run.oversample, (step / run.oversample) % run.oversample);
            rays = rays_to(tile, local.xy, subpixel, layer);
            bearings = bearings_of(rays, tile_number, local.xy, subpixel, layer);
            ray_factor = vec4f(1.0);
            if capture_per_sample {
                ray_factor *= captures(tile, rays, layer);
            }
            if omega_per_sample {
                ray_factor *= omegas(tile, rays);
            }
        }
        var factor = ray_factor;
        var loss = vec4f(0.0);
        if keeps_losses() {
            loss = polarization_losses(rays, source);
            factor = 1.0 - loss;
        } else if polarization_per_sample {
            factor *= polarizations(rays, source);
        }
        if summation != RUNNING_SUM {
            factor *= source.weight;
            if summation == EACH_TERM && block % run.blocks_per_source == 0u {
                sum.pending += run.background * factor;
            }
            factor *= run.weight;
        }
        record_block(tile, rays, layer, source);
        var is_beyond = vec4<bool>(false);
        if limited_resolution {
            is_beyond = vec4<bool>(is_beyond_resolution(rays[0], source), is_beyond_resolution(rays[1], source),
                is_beyond_resolution(rays[2], source), is_beyond_resolution(rays[3], source));
            if all(is_beyond) {
                continue;
            }
        }
        if summation != EACH_TERM && !polarization_per_sample {
            let is_first = (sum.polarization == vec4f(0.0)) & !is_beyond;
            if any(is_first) {
                sum.polarization = select(sum.polarization, polarizations(rays, source), is_first);
            }
        }

        let first = (block % run.blocks_per_source) * run.block_length;
        let count = min(run.block_length, run.orientations - first);
        let in_window = first - slice.window_start;
        let first_anchor = (slot * slice.anchor_blocks + (block - slice.first_block) % slice.anchor_blocks) * run.block_length;
        let q = array<Scattering, 4>(scattering(bearings[0], source), scattering(bearings[1], source),
            scattering(bearings[2], source), scattering(bearings[3], source));
        var partial = vec4f(0.0);
        // What the block takes away of the sum before it.
        var lost = vec4f(0.0);
        for (var i = 0u; i < count; i++) {
            let domain = domain_at(first_anchor + i, in_window + i);
            let s = array<Sample, 4>(sample(domain, q[0]), sample(domain, q[1]), sample(domain, q[2]), sample(domain, q[3]));
            let intensity = vec4f(s[0].intensity, s[1].intensity, s[2].intensity, s[3].intensity);
            if summation == RUNNING_SUM {
                let is_skipped = is_beyond
                    | vec4<bool>(s[0].is_skipped, s[1].is_skipped, s[2].is_skipped, s[3].is_skipped);
                if keeps_losses() {
                    partial = select((partial + intensity) * factor, partial, is_skipped);
                    lost = select(lost + loss - lost * loss, lost, is_skipped);
                } else {
                    sum.total = select((sum.total + intensity) * factor, sum.total, is_skipped);
                }
            } else {
                partial += intensity;
            }
            if interpolation == TRICUBIC {
                let left = vec4<bool>(s[0].left_table, s[1].left_table, s[2].left_table, s[3].left_table);
                sum.left_table |= select(vec4u(0u), vec4u(1u), left & !is_beyond);
            }
            record_sums(select(partial, running_sum(sum.total, lost, partial), vec4<bool>(summation == RUNNING_SUM)));
        }
        if summation == RUNNING_SUM {
            sum.total = running_sum(sum.total, lost, partial);
        }
        if summation != RUNNING_SUM {
            sum.pending += select(partial * factor, vec4f(0.0), is_beyond);
            if block % BLOCKS_PENDING == BLOCKS_PENDING - 1u {
                sum.total += sum.pending;
                sum.pending = vec4f(0.0);
            }
        }
    }
    if slice.finishes == 0u {
        sums[place] = sum;
        return;
    }

    let total = sum.total + sum.pending;
    var pixel_polarization = vec4f(1.0);
    var pixel_omega = vec4f(1.0);
    var pixel_capture = vec4f(1.0);
    if summation != EACH_TERM {
        if !polarization_per_sample && polarized {
            pixel_polarization = sum.polarization;
        }
        // The rays of a single sample are at hand; others begin at the first layer and the first sub-pixel.
        let has_one_step = run.oversample * run.layers == 1u && slice.begins == 1u;
        if !omega_per_sample {
            if !has_one_step {
                rays = rays_to(tile, local.xy, vec2u(0u), 0u);
            }
            pixel_omega = omegas(tile, rays);
        }
        if !capture_per_sample && absorbing_sensor {
            let last = run.layers - 1u;
            pixel_capture = captures(tile, rays_to(tile, local.xy, vec2u(0u), last), last);
        }
    }
    let values = total * pixel_polarization * pixel_omega * pixel_capture;
    record_totals(total, pixel_polarization, pixel_omega, pixel_capture, values);
    let start = tile_number * select(TILE_PIXELS, TILE_PIXELS + TILE_THREADS, tells_left_table) + thread;
    let words = bitcast<vec4u>(values);
    image[start] = words.x;
    image[start + TILE_THREADS] = words.y;
    image[start + 2u * TILE_THREADS] = words.z;
    image[start + 3u * TILE_THREADS] = words.w;
    if tells_left_table {
        image[start + TILE_PIXELS] = dot(sum.left_table, vec4u(1u, 2u, 4u, 8u));
    }
}
