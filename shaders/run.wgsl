// What a pipeline is specialised to. The host sets every one of these before compiling, so that the
// branches on them are gone from the kernel. The values are those of `Specialisation` in
// src/engine/gpu/specialisation.rs.

const SQUARE: u32 = 0u;
const ROUND: u32 = 1u;
const GAUSS: u32 = 2u;
const TOPHAT: u32 = 3u;
override crystal_shape: u32 = SQUARE;

const CONSTANT: u32 = 0u;
const NEAREST: u32 = 1u;
const TRICUBIC: u32 = 2u;
override interpolation: u32 = CONSTANT;

// The table holds pairs of 16-bit floats instead of 32-bit ones.
override half_table: bool = false;
// Anchors carry the whole parts of their indices: where there is a table, and where a pixel is traced.
override whole_indices: bool = false;

override curved_detector: bool = false;
override point_pixel: bool = false;
override absorbing_sensor: bool = false;
// Capture by the classic formula even where a ray comes from behind.
override classic_capture: bool = false;
override polarized: bool = true;
override limited_resolution: bool = false;

// How factors meet the sum: the classic program multiplies its running sum, once a sample.
const AT_THE_END: u32 = 0u;
const RUNNING_SUM: u32 = 1u;
const EACH_TERM: u32 = 2u;
override summation: u32 = AT_THE_END;
override capture_per_sample: bool = false;
override polarization_per_sample: bool = false;
override omega_per_sample: bool = false;
// Samples whose lattice transform is zero still multiply the running sum.
override has_water: bool = false;
// Domains do not count alike.
override weighted_domains: bool = false;
// Behind a tile's pixels the image says which of them have left the table: where anything is interpolated.
override tells_left_table: bool = false;

// Pixels along an edge of the square tile that one workgroup renders.
const TILE_EDGE: u32 = 16u;
const TILE_PIXELS: u32 = 256u;
// Rows of a tile with a thread for each pixel; that thread also renders the pixels 4, 8 and 12 rows on.
const THREAD_ROWS: u32 = 4u;
const TILE_THREADS: u32 = 64u;
// Orientations whose cells are in reach of one dispatch.
const ORIENTATION_WINDOW: u32 = 1024u;

// Constants of a part of the run, a crystal as some sources see it on panels of one kind: `PlanConstants` in
// src/engine/gpu/layout.rs.
struct PlanConstants {
    n_cells: vec3f,
    fudge: f32,
    reciprocal_a: vec3f,
    dmin_angstrom: f32,
    reciprocal_b: vec3f,
    layer_attenuation: f32,
    reciprocal_c: vec3f,
    kahn_factor: f32,
    table_min: vec3i,
    default_f: f32,
    table_max: vec3i,
    // What every pixel starts from; where every term has its factors, the share of one source at one sub-pixel.
    background: f32,
    // Multiplies the intensity of the crystal.
    weight: f32,
    layer_m: f32,
    bend_per_m: f32,
    inverse_oversample: f32,
    layers: u32,
    oversample: u32,
    first_source: u32,
    sources: u32,
    orientations: u32,
    block_length: u32,
    blocks_per_source: u32,
    index_shift: u32,
    high_scale: f32,
    middle_scale: f32,
    low_scale: f32,
    lowest_scale: f32,
}

// What one dispatch covers: `Slice` in src/engine/gpu/layout.rs.
struct Slice {
    first_tile: u32,
    tiles: u32,
    first_block: u32,
    end_block: u32,
    // Blocks whose anchors this slice holds; block b uses those of (b - first_block) % anchor_blocks.
    anchor_blocks: u32,
    // The orientation that the window of cells begins with.
    window_start: u32,
    // Whether the sums of its pixels begin and end here: with the first block of the first part, the last of the last.
    begins: u32,
    finishes: u32,
}

// A tile of pixels: `Tile` in src/engine/gpu/layout.rs.
struct Tile {
    // Unit vector from the sample to the tile's centre, and their distance.
    direction: vec3f,
    distance_m: f32,
    // Unit vectors of its panel, and the edges of a pixel along them.
    fast: vec3f,
    fast_m: f32,
    slow: vec3f,
    slow_m: f32,
    normal: vec3f,
    close_distance_m: f32,
    // How the centre moves, over its distance, as a curved detector bends about its slow axis: by sin and by 1 - cos.
    bend_sine: vec3f,
    bend_versine: vec3f,
    // One bit a thread, fast axis first: whether it has a pixel to render.
    rendered: vec2u,
}

// A point of the X-ray source: `SourcePoint` in src/engine/gpu/layout.rs.
struct SourcePoint {
    incident: vec3f,
    inverse_wavelength: f32,
    // Unit vectors across the incident beam: Kahn's B and E.
    magnetic: vec3f,
    weight: f32,
    electric: vec3f,
    unused: f32,
    // The direction of the beam from high to low, xyz; w is the inverse wavelength.
    limbs: array<vec4i, 3>,
}
