// From the sample to a point of the detector, as a small step away from the tile's centre, so that
// nothing large is subtracted from something large. Twins: src/physics/ray.rs.

struct Ray {
    // Unit vector from the sample.
    direction: vec3f,
    // Its difference from the direction of the tile's centre.
    change: vec3f,
    distance_m: f32,
}

// The ray to the point that lies `step` times the centre's distance away from the centre: r = |centre + step|,
// change = (step - centre·(r - 1)) / r. While the step is small, r - 1 is (r² - 1) / (1 + r), with
// r² - 1 = (2·centre + step)·step, which does not cancel; where the step brings the point much nearer to the
// sample, that square would lose the digits which the plain difference keeps.
fn ray_beside(centre: vec3f, centre_distance_m: f32, step: vec3f) -> Ray {
    let point = centre + step;
    let stretch = sqrt(dot(point, point));
    let e = dot(centre + point, step);
    let share = select(stretch - 1.0, e / (1.0 + stretch), abs(e) < 0.5);
    let inverse = 1.0 / stretch;
    return Ray(point * inverse, (step - centre * share) * inverse, centre_distance_m * stretch);
}

// v turned about the unit vector `axis` by an angle, less v itself.
fn turned_by(v: vec3f, axis: vec3f, angle: f32) -> vec3f {
    let half_sine = sin_reduced(0.5 * angle);
    return sin_reduced(angle) * cross(axis, v) + 2.0 * half_sine * half_sine * (axis * dot(axis, v) - v);
}

// The same step on a detector bent into a cylinder, all of it at one distance from the sample: first about the
// slow axis (by the y of the flat offset), then about the fast one (by its z).
fn bent_step(centre: vec3f, bend_sine: vec3f, bend_versine: vec3f, fast: vec3f, slow_angle: f32, fast_angle: f32) -> vec3f {
    let half_sine = sin_reduced(0.5 * slow_angle);
    let first = sin_reduced(slow_angle) * bend_sine + 2.0 * half_sine * half_sine * bend_versine;
    return first + turned_by(centre + first, fast, fast_angle);
}
