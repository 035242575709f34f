// Second pass: one thread a pixel, one workgroup a tile, summing the samples of the slice.

@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<uniform> slice: Slice;
// Columns of the rotated cells: (a_x b_x c_x), (a_y b_y c_y), (a_z b_z c_z).
@group(0) @binding(3) var<uniform> cell_columns: array<array<vec4f, 3>, ORIENTATION_WINDOW>;
@group(0) @binding(4) var<storage, read> anchors: array<vec4f>;
@group(0) @binding(5) var<storage, read> tiles: array<Tile>;
@group(0) @binding(6) var<storage, read> sources: array<SourcePoint>;
@group(0) @binding(7) var<storage, read_write> sums: array<Sum>;
@group(0) @binding(8) var<storage, read_write> image: array<f32>;

// A pixel between two slices.
struct Sum {
    total: f32,
    // Blocks not yet in the total: two levels, so that a million samples do not lose the small ones.
    pending: f32,
    // At the first sample within the resolution limit; 0 before that.
    polarization: f32,
    // 1 once an interpolation has left the table.
    left_table: f32,
}

const BLOCKS_PENDING: u32 = 64u;
// What the image holds for a pixel whose interpolation has left the table.
const LEFT_TABLE: f32 = -1.0;

fn is_rendered(tile: u32, place: u32) -> bool {
    let word = tiles[tile].rendered[place >> 7u][(place >> 5u) & 3u];
    return ((word >> (place & 31u)) & 1u) == 1u;
}

// The ray to a sub-pixel (fast, slow) of the pixel at `local` in the tile, at a layer of the sensor.
fn ray_to(tile: u32, local: vec2u, subpixel: vec2u, layer: u32) -> Ray {
    let pixels = vec2f(local) - 0.5 * f32(TILE_EDGE) + (vec2f(subpixel) + 0.5) * run.inverse_oversample;
    let offset_m = run.fast * (pixels.x * run.pixel_size_m) + run.slow * (pixels.y * run.pixel_size_m)
        + run.normal * (f32(layer) * run.layer_m);
    let centre = tiles[tile].direction;
    let distance_m = tiles[tile].distance_m;
    if curved_detector {
        let step = bent_step(centre, tiles[tile].bend_sine, tiles[tile].bend_versine, run.bend_axis,
            offset_m.y * run.bend_per_m, offset_m.z * run.bend_per_m);
        // Bending keeps the length, so what ray_beside would divide by is 1.
        return Ray(centre + step, step, distance_m);
    }
    return ray_beside(centre, distance_m, offset_m * (1.0 / distance_m));
}

fn omega(ray: Ray) -> f32 {
    if point_pixel {
        return point_solid_angle(ray.distance_m);
    }
    return solid_angle(ray.distance_m, run.pixel_size_m, run.close_distance_m);
}

fn capture(ray: Ray, layer: u32) -> f32 {
    if absorbing_sensor {
        return captured_fraction(f32(layer), run.layer_attenuation, dot(ray.direction, run.normal));
    }
    return 1.0;
}

fn polarization(ray: Ray, source: u32) -> f32 {
    if polarized {
        return polarization_factor(ray.direction, sources[source].incident, sources[source].magnetic,
            sources[source].electric, run.kahn_factor);
    }
    return 1.0;
}

// The lattice transform, and whether the classic program would skip the sample for its being zero.
struct Lattice {
    amplitude: f32,
    vanishes: bool,
}

fn lattice_transform(offset: vec3f) -> Lattice {
    if crystal_shape == SQUARE {
        return Lattice(lattice_square(offset, run.cells), false);
    }
    if crystal_shape == ROUND {
        return Lattice(lattice_round(offset, run.cells, run.fudge), false);
    }
    let s = spread(offset, run.reciprocal_a, run.reciprocal_b, run.reciprocal_c, run.cells, run.fudge);
    if crystal_shape == GAUSS {
        return Lattice(lattice_gauss(s, run.cells), gauss_vanishes(s));
    }
    let amplitude = lattice_tophat(s, run.cells);
    return Lattice(amplitude, amplitude == 0.0);
}

@compute @workgroup_size(TILE_EDGE, TILE_EDGE)
fn spots(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) place: u32,
) {
    let slot = group.x + group.y * groups.x;
    if slot >= slice.tiles {
        return;
    }
    let tile = slice.first_tile + slot;
    if !is_rendered(tile, place) {
        return;
    }
    let pixel = tile * TILE_PIXELS + place;
    var sum = Sum(0.0, 0.0, 0.0, 0.0);
    if slice.begins == 0u {
        sum = sums[pixel];
    } else if summation != EACH_TERM {
        sum.total = run.background;
    }

    let subpixels = run.oversample * run.oversample;
    var ray: Ray;
    var step_of_ray = 0xffffffffu;
    var ray_factor = 1.0;
    for (var block = slice.first_block; block < slice.end_block; block++) {
        let source = (block / run.blocks_per_source) % run.sources;
        let step = block / run.blocks_per_source / run.sources;
        let layer = step / subpixels;
        if step != step_of_ray {
            step_of_ray = step;
            ray = ray_to(tile, local.xy, vec2u(step % run.oversample, (step / run.oversample) % run.oversample), layer);
            ray_factor = 1.0;
            if capture_per_sample {
                ray_factor *= capture(ray, layer);
            }
            if omega_per_sample {
                ray_factor *= omega(ray);
            }
        }
        var factor = ray_factor;
        if polarization_per_sample {
            factor *= polarization(ray, source);
        }
        if summation == EACH_TERM {
            factor *= sources[source].weight;
            if block % run.blocks_per_source == 0u {
                sum.pending += run.background * factor;
            }
        }
        let inverse_wavelength = sources[source].inverse_wavelength;
        if limited_resolution {
            let q = (ray.direction - sources[source].incident) * inverse_wavelength;
            if dot(q, q) * run.dmin_angstrom * run.dmin_angstrom > 1.0 {
                continue;
            }
        }
        if summation != EACH_TERM && !polarization_per_sample && sum.polarization == 0.0 {
            sum.polarization = polarization(ray, source);
        }

        let first = (block % run.blocks_per_source) * run.block_length;
        let count = min(run.block_length, run.orientations - first);
        let in_window = first - slice.window_start;
        let anchor = (slot * slice.anchor_blocks + (block - slice.first_block) % slice.anchor_blocks) * run.block_length;
        let dq = ray.change * inverse_wavelength;
        var partial = 0.0;
        for (var i = 0u; i < count; i++) {
            var fraction: vec3f;
            if interpolation == CONSTANT {
                fraction = anchors[anchor + i].xyz;
            } else {
                fraction = anchors[2u * (anchor + i)].xyz;
            }
            let index = fraction + cell_columns[in_window + i][0].xyz * dq.x
                + cell_columns[in_window + i][1].xyz * dq.y + cell_columns[in_window + i][2].xyz * dq.z;
            let nearest = ceil(index - 0.5);
            let lattice = lattice_transform(index - nearest);
            if lattice.vanishes && !has_water && (summation == RUNNING_SUM || interpolation == TRICUBIC) {
                continue;
            }
            var amplitude = lattice.amplitude;
            if interpolation == CONSTANT {
                amplitude *= run.default_f;
            } else {
                let whole = bitcast<vec4i>(anchors[2u * (anchor + i) + 1u]).xyz;
                if interpolation == NEAREST {
                    amplitude *= structure_factor_nearest(whole + vec3i(nearest));
                } else {
                    let below = floor(index);
                    let floor_hkl = whole + vec3i(below);
                    if has_neighbourhood(floor_hkl, index - below) {
                        amplitude *= structure_factor_tricubic(floor_hkl, index - below);
                    } else {
                        amplitude *= structure_factor_nearest(whole + vec3i(nearest));
                        if !forgiving_table {
                            sum.left_table = 1.0;
                        }
                    }
                }
            }
            if summation == RUNNING_SUM {
                sum.total = (sum.total + amplitude * amplitude) * factor;
            } else {
                partial += amplitude * amplitude;
            }
        }
        if summation != RUNNING_SUM {
            sum.pending += partial * factor;
            if block % BLOCKS_PENDING == BLOCKS_PENDING - 1u {
                sum.total += sum.pending;
                sum.pending = 0.0;
            }
        }
    }
    if slice.finishes == 0u {
        sums[pixel] = sum;
        return;
    }

    var value = sum.total + sum.pending;
    if summation != EACH_TERM {
        if !polarization_per_sample && polarized {
            value *= sum.polarization;
        }
        // The ray of a single sample is at hand; others begin at the first layer and the first sub-pixel.
        let has_one_step = run.oversample * run.layers == 1u && slice.begins == 1u;
        if !omega_per_sample {
            var first = ray;
            if !has_one_step {
                first = ray_to(tile, local.xy, vec2u(0u), 0u);
            }
            value *= omega(first);
        }
        if !capture_per_sample && absorbing_sensor {
            let last = run.layers - 1u;
            value *= capture(ray_to(tile, local.xy, vec2u(0u), last), last);
        }
    }
    image[pixel] = select(value, LEFT_TABLE, sum.left_table > 0.0);
}
