// Miller indices of a tile's centre, exact to 2^-30 or so. Vectors come as whole numbers in three limbs of
// 14 bits, high to low, so that every product and sum below is an exact 32-bit integer: no rounding mode, fused
// multiply-add or reordering by a driver can touch the result. Twins: src/physics/anchor.rs.

struct Index {
    whole: i32,
    // Between -0.7 and 0.7.
    fraction: f32,
}

// The dot product of a cell vector and a scattering vector, whole part and fraction.
fn miller_index(cell: array<vec3i, 3>, q: array<vec3i, 3>, shift: u32, scales: vec4f) -> Index {
    let high = dot(cell[0], q[0]);
    let middle = dot(cell[0], q[1]) + dot(cell[1], q[0]);
    let low = dot(cell[0], q[2]) + dot(cell[1], q[1]) + dot(cell[2], q[0]);
    let lowest = dot(cell[1], q[2]) + dot(cell[2], q[1]);
    let whole = (high + (1i << (shift - 1u))) >> shift;
    let rest = high - (whole << shift);
    return Index(whole, f32(rest) * scales.x + (f32(middle) * scales.y + (f32(low) * scales.z + f32(lowest) * scales.w)));
}
