//! What lies where on a panel: the spacing of every point, and where the beam goes through.

use crate::scene::{Panel, Source};
use crate::vector::{Vector, cross, dot, norm, unit};

/// Where rings are looked for, as shares of the way from the smallest angle on the panel to its edge.
const RINGS: [[f64; 2]; 4] = [[0.21, 0.29], [0.46, 0.54], [0.71, 0.79], [0.9, 0.98]];

/// A panel, and the beam that it sees scattered.
#[derive(Debug, Clone)]
pub struct Geometry {
    panel: Panel,
    beam: Source,
    /// Where the beam goes through the panel.
    pub(super) beam_spot: Option<[f64; 2]>,
}

impl Geometry {
    /// A panel that scatters a beam of this direction and wavelength.
    pub fn new(panel: &Panel, beam: Source) -> Self {
        let mut geometry = Self {
            panel: panel.clone(),
            beam,
            beam_spot: None,
        };
        geometry.beam_spot = geometry.beam_spot();
        geometry
    }

    /// 1/d in Å⁻¹ at a point, in pixels along fast and slow from the corner of the first pixel.
    pub fn inverse_spacing(&self, [fast, slow]: [f64; 2]) -> f64 {
        norm(self.panel.scattering_vector([fast, slow], &self.beam))
    }

    /// Metres along the fast edge of a pixel.
    pub(super) fn pixel_m(&self) -> f64 {
        self.panel.pixel_size_m[0]
    }

    /// Pixels along fast and slow.
    pub(super) fn size(&self) -> [f64; 2] {
        [self.panel.fast_pixels, self.panel.slow_pixels].map(|pixels| pixels as f64)
    }

    /// Whether a point lies on the panel.
    pub(super) fn holds(&self, point: [f64; 2]) -> bool {
        let size = self.size();
        (0..2).all(|axis| (0.0..=size[axis]).contains(&point[axis]))
    }

    /// Where on the panel 1/d is smallest: the beam, or the point of the edge that is nearest to it.
    pub(super) fn middle(&self) -> [f64; 2] {
        const STEPS: usize = 256;
        let [fast, slow] = self.size();
        let edge = (0..=STEPS).flat_map(|step| {
            let share = step as f64 / STEPS as f64;
            let (along_fast, along_slow) = (share * fast, share * slow);
            [
                [along_fast, 0.0],
                [along_fast, slow],
                [0.0, along_slow],
                [fast, along_slow],
            ]
        });
        let on_panel = self.beam_spot.filter(|spot| self.holds(*spot));
        on_panel.unwrap_or_else(|| {
            edge.min_by(|a, b| {
                self.inverse_spacing(*a)
                    .total_cmp(&self.inverse_spacing(*b))
            })
            .expect("an edge has points")
        })
    }

    /// Spacings in Å, round numbers, whose rings lie about evenly between the smallest angle on the panel and its furthest edge.
    pub fn ring_spacings(&self) -> Vec<f64> {
        let [fast, slow] = self.size();
        let edges = [
            [fast / 2.0, 0.0],
            [fast / 2.0, slow],
            [0.0, slow / 2.0],
            [fast, slow / 2.0],
        ];
        let furthest = edges
            .into_iter()
            .max_by(|a, b| {
                self.inverse_spacing(*a)
                    .total_cmp(&self.inverse_spacing(*b))
            })
            .expect("a panel has four edges");
        let middle = self.middle();
        let mut spacings: Vec<f64> = RINGS
            .iter()
            .filter_map(|shares| {
                let [from, to] = shares.map(|share| {
                    let point =
                        [0, 1].map(|axis| middle[axis] + share * (furthest[axis] - middle[axis]));
                    1.0 / self.inverse_spacing(point)
                });
                roundest(to, from)
            })
            .collect();
        spacings.dedup();
        spacings
    }

    /// Newton's search for the point that is seen along the beam.
    fn beam_spot(&self) -> Option<[f64; 2]> {
        let beam = self.beam.incident;
        let across = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
            .into_iter()
            .min_by(|a, b| dot(*a, beam).abs().total_cmp(&dot(*b, beam).abs()))
            .and_then(|axis| unit(cross(axis, beam)))?;
        let sides: [Vector; 2] = [across, cross(beam, across)];
        // Metres off the beam, in two directions.
        let off = |[fast, slow]: [f64; 2]| {
            let position = self.panel.position_m(fast, slow, 0.0);
            sides.map(|side| dot(position, side))
        };
        let mut point = self.size().map(|pixels| pixels / 2.0);
        for _ in 0..20 {
            let here = off(point);
            let [by_fast, by_slow] = [[1.0, 0.0], [0.0, 1.0]].map(|step: [f64; 2]| {
                let [one, other] = off([point[0] + step[0], point[1] + step[1]]);
                [one - here[0], other - here[1]]
            });
            let determinant = by_fast[0] * by_slow[1] - by_fast[1] * by_slow[0];
            point[0] -= (here[0] * by_slow[1] - here[1] * by_slow[0]) / determinant;
            point[1] -= (by_fast[0] * here[1] - by_fast[1] * here[0]) / determinant;
        }
        let position = self.panel.position_m(point[0], point[1], 0.0);
        let direction = unit(position)?;
        (dot(direction, beam) > 1.0 - 1e-12).then_some(point)
    }
}

/// The number with the fewest digits between two, the middle one of several.
fn roundest(low: f64, high: f64) -> Option<f64> {
    if !(low > 0.0 && high.is_finite() && low < high) {
        return None;
    }
    let magnitude = high.log10().ceil() as i32;
    let steps = (magnitude - 6..=magnitude).rev().flat_map(|exponent| {
        // 0.1 has no exact power: divide by those of ten.
        [5.0, 2.0, 1.0].map(|digit| match exponent {
            0.. => (digit * 10_f64.powi(exponent), 1.0),
            _ => (digit, 10_f64.powi(-exponent)),
        })
    });
    let middle = (low + high) / 2.0;
    steps
        .map(|(step, divisor)| (middle * divisor / step).round() * step / divisor)
        .find(|number| (low..=high).contains(number))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::scene::Bend;
    use crate::vector::rotate_about;

    const ALONG_Z: Source = Source {
        incident: [0.0, 0.0, 1.0],
        wavelength_angstrom: 1.2,
        weight: 1.0,
    };

    #[test]
    fn a_flat_panel_has_the_spacings_of_its_radii() {
        let geometry = Geometry::new(&Panel::facing(400, 300, 2e-4, 0.1), ALONG_Z);
        let [fast, slow] = geometry.beam_spot.unwrap();
        assert!((fast - 200.0).abs() < 1e-9 && (slow - 150.0).abs() < 1e-9);
        for radius_pixels in [1.0, 50.0, 190.0] {
            let two_theta = (radius_pixels * 2e-4 / 0.1_f64).atan();
            let bragg = 2.0 * (two_theta / 2.0).sin() / 1.2;
            for angle in [0.0, 1.0, 2.0, 4.0_f64] {
                let point = [
                    200.0 + radius_pixels * angle.cos(),
                    150.0 + radius_pixels * angle.sin(),
                ];
                assert!((geometry.inverse_spacing(point) - bragg).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn rings_are_round_numbers_from_the_middle_to_the_edge() {
        let geometry = Geometry::new(&Panel::facing(400, 400, 2e-4, 0.1), ALONG_Z);
        let spacings = geometry.ring_spacings();
        assert_eq!(spacings.len(), 4, "{spacings:?}");
        let radii: Vec<f64> = spacings
            .iter()
            .map(|d| (2.0 * (1.2 / (2.0 * d)).asin()).tan() * 0.1 / 2e-4)
            .collect();
        for (radius, share) in radii.iter().zip([0.25, 0.5, 0.75, 0.94]) {
            assert!((radius / 200.0 - share).abs() < 0.05, "{radii:?}");
        }
        for d in spacings {
            assert!((d * 10.0).fract() < 1e-9, "{d} is not round");
        }
    }

    #[test]
    fn a_panel_beside_the_beam_has_rings_of_what_it_sees() {
        let mut panel = Panel::facing(200, 200, 2e-4, 0.1);
        for vector in [
            &mut panel.origin_m,
            &mut panel.fast,
            &mut panel.slow,
            &mut panel.normal,
        ] {
            *vector = rotate_about(*vector, [0.0, 1.0, 0.0], PI / 4.0);
        }
        let geometry = Geometry::new(&panel, ALONG_Z);
        assert!(geometry.beam_spot.is_some_and(|spot| !geometry.holds(spot)));
        let spacings = geometry.ring_spacings();
        assert!(spacings.len() > 2, "{spacings:?}");
        // 45° and up to 11.3° more or less.
        let angles = spacings.iter().map(|d| 2.0 * (0.6 / d).asin() * 180.0 / PI);
        assert!(
            angles.into_iter().all(|angle| angle > 33.0 && angle < 57.0),
            "{spacings:?}"
        );
        // A beam that runs along the panel never meets it.
        let edge_on = Panel {
            origin_m: [0.1, 0.0, 0.0],
            fast: [0.0, 1.0, 0.0],
            slow: [0.0, 0.0, 1.0],
            ..panel
        };
        assert_eq!(Geometry::new(&edge_on, ALONG_Z).beam_spot, None);
    }

    #[test]
    fn on_a_panel_bent_about_the_sample_a_radius_is_an_angle() {
        let along_x = Source {
            incident: [1.0, 0.0, 0.0],
            ..ALONG_Z
        };
        let mut panel = Panel::facing(200, 200, 2e-4, 0.1);
        // As MOSFLM has it: fast along z, slow along −y.
        panel.fast = [0.0, 0.0, 1.0];
        panel.slow = [0.0, -1.0, 0.0];
        panel.normal = along_x.incident;
        panel.origin_m = [0.1, 0.02, -0.02];
        panel.bend = Some(Bend {
            beam: along_x.incident,
            radius_m: 0.1,
        });
        let geometry = Geometry::new(&panel, along_x);
        let [fast, slow] = geometry.beam_spot.unwrap();
        assert!((fast - 100.0).abs() < 1e-6 && (slow - 100.0).abs() < 1e-6);
        let two_theta: f64 = 90.0 * 2e-4 / 0.1;
        let bragg = 2.0 * (two_theta / 2.0).sin() / 1.2;
        assert!((geometry.inverse_spacing([fast + 90.0, slow]) - bragg).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_as_round_as_they_can_be() {
        for (low, high, round) in [
            (6.7, 9.2, 8.0),
            (9.0, 31.0, 20.0),
            (2.13, 2.35, 2.2),
            (0.912, 0.958, 0.95),
            (1.501, 1.5034, 1.502),
            (40.0, 70.0, 50.0),
        ] {
            assert_eq!(roundest(low, high), Some(round));
        }
        for (low, high) in [
            (0.0, 1.0),
            (1.0, f64::INFINITY),
            (2.0, 2.0),
            (f64::NAN, 1.0),
        ] {
            assert_eq!(roundest(low, high), None);
        }
    }
}
