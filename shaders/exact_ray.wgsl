// Directions of rays to 2^-38 or so, in 32-bit integers like the anchors, for detectors on which the step from a tile's
// centre to its pixels is too long for float32. Twins: src/physics/exact_ray.rs.

// A step as whole multiples of 2^-55 of the tile's farthest distance: limbs from high to low, xyz.
alias Step = array<vec4i, 4>;

// The rays of a tile: `Frame` in src/engine/gpu/layout.rs.
struct Frame {
    // The tile's centre in multiples of 2^-41 of that distance, limbs from high to low, xyz.
    centre: array<vec4i, 3>,
    // Half a sub-pixel along the fast and the slow axis, and one layer of the sensor.
    steps: array<Step, 3>,
}

// The point so many steps away from the centre.
fn point(frame: Frame, steps: vec3i) -> Limbs {
    var columns: array<vec3i, 4>;
    for (var limb = 0u; limb < 4u; limb++) {
        columns[limb] = frame.steps[0][limb].xyz * steps.x + frame.steps[1][limb].xyz * steps.y
            + frame.steps[2][limb].xyz * steps.z;
    }
    let centre = limbs(frame.centre);
    return carried(centre.high + columns[0], centre.middle + columns[1], centre.low + columns[2] + carry(columns[3]));
}

// In float32.
fn rough(v: Limbs) -> vec3f {
    return vec3f(v.high) * 1.2207031e-4 + vec3f(v.middle) * 7.4505806e-9;
}

// A point times factor·2^-21.
fn stretched(v: Limbs, factor: i32) -> Limbs {
    let above = (factor + 8192) >> 14u;
    let below = factor - (above << 14u);
    let third = v.middle * below + v.low * above + carry(v.low * below);
    let second = v.high * below + v.middle * above + carry(third);
    let first = v.high * above + carry(second);
    // Seven bits lower are the weights of a direction.
    let top = (first + 64) >> vec3u(7u);
    let next = (low_limb(second) + 64) >> vec3u(7u);
    let middle = ((first - (top << vec3u(7u))) << vec3u(7u)) + next;
    let low = ((low_limb(second) - (next << vec3u(7u))) << vec3u(7u)) + ((low_limb(third) + 64) >> vec3u(7u));
    return Limbs(top, middle, low);
}

// A vector of nearly unit length brought to it.
fn corrected(v: Limbs) -> Limbs {
    let rest = (1i << 26u) - dot(v.high, v.high);
    let upper = (rest << 14u) - 2 * dot(v.high, v.middle);
    let lower = 2 * dot(v.high, v.low) + dot(v.middle, v.middle);
    // 1 - v²
    let excess = f32(upper) * 9.094947e-13 - f32(lower) * 5.5511151e-17;
    let share = excess * (0.5 + 0.375 * excess);
    return carried(v.high, v.middle, v.low + vec3i(round(rough(v) * share * 2.1990233e12)));
}

// The unit vector to a point.
fn exact_direction(point: Limbs) -> Limbs {
    let rough = rough(point);
    let inverse = 1.0 / sqrt(dot(rough, rough));
    return corrected(stretched(point, i32(round(inverse * 2097152.0))));
}
