// From the sample to a point of the detector, as a small step away from the tile's centre, so that
// nothing large is subtracted from something large. Twins: src/physics/ray.rs.

struct Ray {
    // Unit vector from the sample.
    direction: vec3f,
    // Its difference from the direction of the tile's centre.
    change: vec3f,
    distance_m: f32,
}

// The ray to the point that lies `step` times the centre's distance away from the centre:
// e = |1 + step|² - 1, change = (step - d·e / (1 + √(1+e))) / √(1+e).
fn ray_beside(centre: vec3f, centre_distance_m: f32, step: vec3f) -> Ray {
    let e = dot(2.0 * centre + step, step);
    let stretch = sqrt(1.0 + e);
    let change = (step - centre * (e / (1.0 + stretch))) * (1.0 / stretch);
    return Ray(centre + change, change, centre_distance_m * stretch);
}

// v turned about the unit vector `axis` by a small angle, less v itself.
fn turned_by(v: vec3f, axis: vec3f, angle: f32) -> vec3f {
    let half_sine = sin_small(0.5 * angle);
    return sin_small(angle) * cross(axis, v) + 2.0 * half_sine * half_sine * (axis * dot(axis, v) - v);
}

// The same step on a detector bent into a cylinder, all of it at one distance from the sample: first about the
// slow axis (by the y of the flat offset), then about the fast one (by its z).
fn bent_step(centre: vec3f, bend_sine: vec3f, bend_versine: vec3f, fast: vec3f, slow_angle: f32, fast_angle: f32) -> vec3f {
    let half_sine = sin_small(0.5 * slow_angle);
    let first = sin_small(slow_angle) * bend_sine + 2.0 * half_sine * half_sine * bend_versine;
    return first + turned_by(centre + first, fast, fast_angle);
}
