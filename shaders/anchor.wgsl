// Miller indices of a tile's centre, exact to 2^-30 or so. Vectors come as whole numbers in three limbs of
// 14 bits, high to low, so that every product and sum below is an exact 32-bit integer: no rounding mode, fused
// multiply-add or reordering by a driver can touch the result. Twins: src/physics/anchor.rs.

// A vector as whole multiples of a power of two: limbs from high to low, xyz.
struct Limbs {
    high: vec3i,
    middle: vec3i,
    low: vec3i,
}

struct Index {
    whole: i32,
    // Between -0.7 and 0.7.
    fraction: f32,
}

// What has to be taken off a whole number to leave a multiple of 2^14: within ±2^13.
fn low_limb(whole: vec3i) -> vec3i {
    return ((whole + 8192) & vec3i(16383)) - 8192;
}

// What whole numbers leave for the limb above, in its units.
fn carry(whole: vec3i) -> vec3i {
    return (whole + 8192) >> vec3u(14u);
}

// Limbs brought to their bits.
fn carried(high: vec3i, middle: vec3i, low: vec3i) -> Limbs {
    let above_low = middle + carry(low);
    return Limbs(high + carry(above_low), low_limb(above_low), low_limb(low));
}

// Limbs as they lie in a buffer.
fn limbs(v: array<vec4i, 3>) -> Limbs {
    return Limbs(v[0].xyz, v[1].xyz, v[2].xyz);
}

// The scattering vector (direction - incident) / wavelength. The unit vectors are multiples of 2^-41, the inverse
// wavelength (its limbs are x, y, z) of half the step of scattering vectors, so that the three lowest of the six limbs of
// the product are what has to be rounded away.
fn scattering_vector(direction: Limbs, incident: Limbs, inverse_wavelength: vec3i) -> Limbs {
    let high = direction.high - incident.high;
    let middle = direction.middle - incident.middle;
    let low = direction.low - incident.low;
    let w = inverse_wavelength;
    let second = middle * w.z + low * w.y + carry(low * w.z);
    let third = high * w.z + middle * w.y + low * w.x + carry(second);
    let fourth = high * w.y + middle * w.x + carry(third);
    return carried(vec3i(0), high * w.x, fourth);
}

// The same of a source: the direction of its beam, and in each w a limb of the inverse wavelength.
fn scattering_of(direction: Limbs, source: array<vec4i, 3>) -> Limbs {
    return scattering_vector(direction, limbs(source), vec3i(source[0].w, source[1].w, source[2].w));
}

// The products of the limbs of two vectors, added by their weights, high to low; the least of all is left out.
fn columns(cell: Limbs, q: Limbs) -> vec4i {
    return vec4i(dot(cell.high, q.high), dot(cell.high, q.middle) + dot(cell.middle, q.high),
        dot(cell.high, q.low) + dot(cell.middle, q.middle) + dot(cell.low, q.high),
        dot(cell.middle, q.low) + dot(cell.low, q.middle));
}

// The dot product of a cell vector and a scattering vector, whole part and fraction.
fn miller_index(cell: Limbs, q: Limbs, shift: u32, scales: vec4f) -> Index {
    let by_weight = columns(cell, q);
    let whole = (by_weight.x + (1i << (shift - 1u))) >> shift;
    let rest = by_weight.x - (whole << shift);
    return Index(whole, f32(rest) * scales.x
        + (f32(by_weight.y) * scales.y + (f32(by_weight.z) * scales.z + f32(by_weight.w) * scales.w)));
}

struct ExactIndex {
    whole: i32,
    // In units of 2^-32, within ±½: a whole multiple of it wraps around as often as a fringe does.
    fraction: i32,
}

// A whole number times 2^bits, rounded where bits fall off, and without those that do not fit.
fn moved(whole: i32, bits: i32) -> i32 {
    if bits < 0 {
        return (whole + (1i << u32(-bits - 1))) >> u32(-bits);
    }
    return whole << u32(bits);
}

// The dot product of a cell vector and a scattering vector, to the last bit of both. Indices stay below 2^20.
fn exact_index(cell: Limbs, q: Limbs, shift: u32, scales: vec4f) -> ExactIndex {
    let by_weight = columns(cell, q);
    let whole = (by_weight.x + (1i << (shift - 1u))) >> shift;
    let rest = by_weight.x - (whole << shift);
    let below = (f32(by_weight.z) * scales.z + f32(by_weight.w) * scales.w) * 4294967296.0;
    let fraction = (rest << (32u - shift)) + moved(by_weight.y, 18 - i32(shift)) + i32(round(below));
    // What the lower columns carried over.
    let rough = f32(rest) * scales.x + f32(by_weight.y) * scales.y;
    return ExactIndex(whole + i32(round(rough - f32(fraction) * 2.3283064e-10)), fraction);
}
