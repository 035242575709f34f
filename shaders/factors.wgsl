// What multiplies the intensity of a pixel. Twins: src/physics/factors.rs.

// Kahn's polarisation factor, ½(1 + cos²2θ − K·cos2ψ·sin²2θ); with B and E across the beam,
// cos2ψ·sin²2θ is (d·E)² − (d·B)².
fn polarization_factor(direction: vec3f, incident: vec3f, magnetic: vec3f, electric: vec3f, kahn: f32) -> f32 {
    let cos_two_theta = dot(incident, direction);
    let b = dot(direction, magnetic);
    let e = dot(direction, electric);
    return 0.5 * (1.0 + cos_two_theta * cos_two_theta - kahn * (e * e - b * b));
}

// Solid angle of a flat pixel, sr.
fn solid_angle(distance_m: f32, pixel_size_m: f32, close_distance_m: f32) -> f32 {
    let ratio = pixel_size_m / distance_m;
    return ratio * ratio * (close_distance_m / distance_m);
}

// Solid angle of a point-like pixel, 1/R².
fn point_solid_angle(distance_m: f32) -> f32 {
    let inverse = 1.0 / distance_m;
    return inverse * inverse;
}

// Fraction of the photons that layer number `layer` of the sensor stops; `attenuation` is that of one layer along its
// normal, in units of the attenuation length.
fn captured_fraction(layer: f32, attenuation: f32, cos_incidence: f32) -> f32 {
    let path = attenuation / cos_incidence;
    return exp_reduced(-layer * path) * one_minus_exp(path);
}
