// First pass: the Miller indices of every tile's centre, for each source and orientation of the slice.

@group(0) @binding(0) var<uniform> run: PlanConstants;
@group(0) @binding(1) var<uniform> slice: Slice;
// Per tile, the direction of its centre: limbs from high to low, xyz.
@group(0) @binding(2) var<storage, read> tile_limbs: array<array<vec4i, 3>>;
@group(0) @binding(3) var<storage, read> sources: array<SourcePoint>;
// Per orientation, a, b and c.
@group(0) @binding(4) var<storage, read> cell_limbs: array<array<array<vec4i, 3>, 3>>;
// Per tile, block and orientation: the fractions of h, k, l, followed by their whole parts where they are wanted.
@group(0) @binding(5) var<storage, read_write> anchors: array<vec4f>;

// Orientations of a block that share one scattering vector and its thread.
const ANCHORS_PER_THREAD: u32 = 4u;

@compute @workgroup_size(64)
fn anchor_tiles(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let place = id.x + id.y * groups.x * 64u;
    let per_block = (run.block_length + ANCHORS_PER_THREAD - 1u) / ANCHORS_PER_THREAD;
    let per_tile = slice.anchor_blocks * per_block;
    if place >= slice.tiles * per_tile {
        return;
    }
    let slot = place / per_tile;
    let block_slot = (place % per_tile) / per_block;
    let block = slice.first_block + block_slot;
    let source = sources[run.first_source + (block / run.blocks_per_source) % run.sources].limbs;
    let q = scattering_of(limbs(tile_limbs[slice.first_tile + slot]), source);
    let scales = vec4f(run.high_scale, run.middle_scale, run.low_scale, run.lowest_scale);
    let first = (place % per_block) * ANCHORS_PER_THREAD;
    let end = min(first + ANCHORS_PER_THREAD, run.block_length);
    for (var in_block = first; in_block < end; in_block++) {
        let orientation = (block % run.blocks_per_source) * run.block_length + in_block;
        if orientation >= run.orientations {
            return;
        }
        let h = miller_index(limbs(cell_limbs[orientation][0]), q, run.index_shift, scales);
        let k = miller_index(limbs(cell_limbs[orientation][1]), q, run.index_shift, scales);
        let l = miller_index(limbs(cell_limbs[orientation][2]), q, run.index_shift, scales);
        let fractions = vec4f(h.fraction, k.fraction, l.fraction, 0.0);
        let anchor = (slot * slice.anchor_blocks + block_slot) * run.block_length + in_block;
        if whole_indices {
            anchors[2u * anchor] = fractions;
            anchors[2u * anchor + 1u] = bitcast<vec4f>(vec4i(h.whole, k.whole, l.whole, 0));
        } else {
            anchors[anchor] = fractions;
        }
    }
}
