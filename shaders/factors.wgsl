// What multiplies the intensity of a pixel. Twins: src/physics/factors.rs.

// Kahn's polarisation factor, ½(1 + cos²2θ − K·cos2ψ·sin²2θ); with B and E across the beam,
// cos2ψ·sin²2θ is (d·E)² − (d·B)².
fn polarization_factor(direction: vec3f, incident: vec3f, magnetic: vec3f, electric: vec3f, kahn: f32) -> f32 {
    let cos_two_theta = dot(incident, direction);
    let b = dot(direction, magnetic);
    let e = dot(direction, electric);
    return 0.5 * (1.0 + cos_two_theta * cos_two_theta - kahn * (e * e - b * b));
}

// One less that factor, which is small near the beam: ½(sin²2θ + K·cos2ψ·sin²2θ).
fn polarization_loss(direction: vec3f, incident: vec3f, magnetic: vec3f, electric: vec3f, kahn: f32) -> f32 {
    let across = cross(incident, direction);
    let b = dot(direction, magnetic);
    let e = dot(direction, electric);
    return 0.5 * (dot(across, across) + kahn * (e * e - b * b));
}

// Solid angle of a flat pixel, sr.
fn solid_angle(distance_m: f32, pixel_size_m: vec2f, close_distance_m: f32) -> f32 {
    return (pixel_size_m.x / distance_m) * (pixel_size_m.y / distance_m) * (close_distance_m / distance_m);
}

// Solid angle of a point-like pixel, 1/R².
fn point_solid_angle(distance_m: f32) -> f32 {
    let inverse = 1.0 / distance_m;
    return inverse * inverse;
}

// Sensor layers that a photon has passed before it meets number `layer` of `layers`: one that comes
// from behind, against the normal, meets the last layer first.
fn layers_before(layer: f32, layers: f32, cos_incidence: f32) -> f32 {
    return select(layer, layers - 1.0 - layer, cos_incidence < 0.0);
}

// Fraction of the photons that a layer of the sensor stops behind `before` others of its kind;
// `attenuation` is that of one layer along its normal, in units of the attenuation length. A ray along
// the layers is stopped by the first. A negative cosine gives the classic formula its value.
fn captured_fraction(before: f32, attenuation: f32, cos_incidence: f32) -> f32 {
    let path = clamp(attenuation / cos_incidence, -1e30, 1e30);
    return exp_reduced(-before * path) * one_minus_exp(path);
}
