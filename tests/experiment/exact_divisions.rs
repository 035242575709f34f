//! Crystals whose edges divide their size exactly: cells and sub-pixels hang on the last bit of the cell, and are the classic
//! program's.
//!
//! The classic arithmetic is written down here a second time, number by number and in its order, and thousands of lines of round
//! numbers are counted by both.

use std::f64::consts::FRAC_1_PI;

use nanobragg::{
    classic::{self, Experiment, Session},
    internals::random::Ran1,
};

const LINES: usize = 5000;

/// A line of round numbers.
struct Line {
    /// a b c in tenths of Å.
    edges: [u32; 3],
    /// α β γ in degrees.
    angles: [u32; 3],
    /// Degrees, about x, y, z.
    misset: [i32; 3],
    /// Cells that fill the sample exactly along each edge.
    cells: [u32; 3],
    wavelength: f64,
    distance_mm: f64,
    pixel_mm: f64,
}

/// Draws from lists.
struct Draw(Ran1);

impl Draw {
    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[(self.0.uniform() * list.len() as f32) as usize]
    }

    fn line(&mut self) -> Line {
        const EDGES: [u32; 14] = [
            200, 250, 300, 312, 400, 450, 500, 600, 625, 750, 784, 800, 1000, 1200,
        ];
        const ANGLES: [u32; 11] = [60, 70, 75, 80, 85, 90, 95, 100, 105, 110, 120];
        // Most of them part by a bit between division and multiplication.
        const MISSETS: [i32; 9] = [-105, -77, -52, -13, 0, 12, 24, 45, 95];
        const CELLS: [u32; 12] = [1, 2, 3, 4, 5, 7, 8, 10, 12, 15, 18, 20];
        let edges = [(); 3].map(|()| self.of(&EDGES));
        let angles = loop {
            let angles = [(); 3].map(|()| self.of(&ANGLES));
            let sum: u32 = angles.iter().sum();
            if sum < 355 && angles.iter().all(|angle| 2 * angle + 5 < sum) {
                break angles;
            }
        };
        let turned = self.of(&[true, false]);
        Line {
            edges,
            angles,
            misset: [(); 3].map(|()| if turned { self.of(&MISSETS) } else { 0 }),
            cells: [(); 3].map(|()| self.of(&CELLS)),
            wavelength: self.of(&[0.8, 0.9, 1.0, 1.1, 1.5, 2.0]),
            distance_mm: self.of(&[20.0, 50.0, 100.0, 123.4, 200.0]),
            pixel_mm: self.of(&[0.1, 0.2, 0.5, 1.0]),
        }
    }
}

impl Line {
    /// The size of the sample as it is typed, mm: cells times tenths of Å.
    fn sizes(&self) -> [String; 3] {
        std::array::from_fn(|axis| format!("{}e-8", self.cells[axis] * self.edges[axis]))
    }

    fn words(&self) -> String {
        let [a, b, c] = self.edges.map(|tenths| f64::from(tenths) / 10.0);
        let [alpha, beta, gamma] = self.angles;
        let [x, y, z] = self.misset;
        let [width, height, depth] = self.sizes();
        format!(
            "-cell {a} {b} {c} {alpha} {beta} {gamma} -misset {x} {y} {z} -sample_x {width} -sample_y {height} -sample_z {depth} \
             -lambda {} -distance {} -pixel {} -detpixels 4",
            self.wavelength, self.distance_mm, self.pixel_mm
        )
    }

    /// Na, Nb, Nc and the sub-pixels along an edge, by the classic arithmetic.
    fn classic_counts(&self) -> ([f64; 3], f64) {
        let edges_m = self.classic_edges_m();
        let mut cells = [0.0; 3];
        let mut longest_m = 0.0;
        for axis in 0..3 {
            let size_m = self.sizes()[axis].parse::<f64>().unwrap() / 1000.0;
            cells[axis] = f64::max(1.0, (size_m / edges_m[axis]).ceil());
            longest_m = f64::max(longest_m, edges_m[axis] * cells[axis]);
        }
        let fringe =
            self.wavelength / 1e10 * (self.distance_mm / 1000.0) / (self.pixel_mm / 1000.0);
        (cells, f64::max(1.0, (3.0 * longest_m / fringe).ceil()))
    }

    /// The lengths of a, b, c after the way through the reciprocal cell, metres.
    fn classic_edges_m(&self) -> [f64; 3] {
        let degrees_per_radian = 180.0 * FRAC_1_PI;
        let [a, b, c] = self.edges.map(|tenths| f64::from(tenths) / 10.0);
        let [alpha, beta, gamma] = self
            .angles
            .map(|angle| f64::from(angle) / degrees_per_radian);

        let s = (alpha + beta + gamma) / 2.0;
        let skew = s.sin() * (s - alpha).sin() * (s - beta).sin() * (s - gamma).sin();
        let volume = 2.0 * (a * b * c) * skew.abs().sqrt();
        let volume_star = 1.0 / volume;
        let a_star = b * c * alpha.sin() * volume_star;
        let b_star = c * a * beta.sin() * volume_star;
        let c_star = a * b * gamma.sin() * volume_star;
        let cos_alpha_star = (beta.cos() * gamma.cos() - alpha.cos()) / (beta.sin() * gamma.sin());
        let cos_beta_star = (gamma.cos() * alpha.cos() - beta.cos()) / (gamma.sin() * alpha.sin());
        let cos_gamma_star = (alpha.cos() * beta.cos() - gamma.cos()) / (alpha.sin() * beta.sin());
        let sin_gamma_star = f64::min(1.0, c * volume_star / a_star / b_star);
        let mut reciprocal = [
            [a_star, 0.0, 0.0],
            [b_star * cos_gamma_star, b_star * sin_gamma_star, 0.0],
            [
                c_star * cos_beta_star,
                c_star * (cos_alpha_star - cos_beta_star * cos_gamma_star) / sin_gamma_star,
                c_star * volume / (a * b * c * sin_gamma_star),
            ],
        ];

        for [x, y, z] in &mut reciprocal {
            let [about_x, about_y, about_z] = self
                .misset
                .map(|angle| f64::from(angle) / degrees_per_radian);
            let (s, c) = (about_x.sin(), about_x.cos());
            (*y, *z) = (c * *y - s * *z, s * *y + c * *z);
            let (s, c) = (about_y.sin(), about_y.cos());
            (*x, *z) = (c * *x + s * *z, c * *z - s * *x);
            let (s, c) = (about_z.sin(), about_z.cos());
            (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
        }

        let length = |[x, y, z]: [f64; 3]| (x * x + y * y + z * z).sqrt();
        [(1, 2, a), (2, 0, b), (0, 1, c)].map(|(first, second, edge)| {
            let ([ux, uy, uz], [vx, vy, vz]) = (reciprocal[first], reciprocal[second]);
            let across = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
            let factor = edge / volume / length(across);
            let direct = across.map(|component| component * factor * (1.0 / volume_star));
            length(direct.map(|component| component * 1e-10))
        })
    }
}

fn counted(words: &str) -> ([f64; 3], f64) {
    let options = classic::parse(words.split_whitespace()).unwrap();
    let experiment =
        Experiment::from_options(&options).unwrap_or_else(|error| panic!("{words}: {error}"));
    let sampling = experiment.sampling;
    assert_eq!(sampling.oversample, sampling.recommended_oversample);
    (experiment.crystal.n_cells, sampling.oversample as f64)
}

#[test]
fn thousands_of_exact_divisions_come_out_as_by_the_classic_arithmetic() {
    let mut draw = Draw(Ran1::new(20261124));
    let wrong: Vec<String> = std::iter::repeat_with(|| draw.line())
        .take(LINES)
        .filter_map(|line| {
            let (ours, classic) = (counted(&line.words()), line.classic_counts());
            (ours != classic).then(|| format!("{}: {ours:?}, classic {classic:?}", line.words()))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {LINES} lines part, such as {}",
        wrong.len(),
        wrong[0]
    );
}

/// What the classic program printed.
#[test]
fn cells_and_sub_pixels_of_round_numbers_are_the_classic_ones() {
    for (words, cells, oversample) in [
        (
            "-cell 40 25 31.2 80 95 105 -sample_z 2.496e-05 -detpixels 8",
            [1.0, 1.0, 8.0],
            1.0,
        ),
        (
            "-cell 40 50 60 80 95 105 -N 3 -detpixels 8 -pixel 1 -distance 20",
            [3.0; 3],
            28.0,
        ),
        (
            "-cell 30 40 60 -N 10 -detpixels 8 -distance 100 -pixel 1",
            [10.0; 3],
            18.0,
        ),
        (
            "-cell 45 30 75 70 60 85 -sample_x 8.1e-05 -sample_y 3.3e-05 -sample_z 0.000105 -lambda 0.8 -distance 123.4 \
             -pixel 1 -detpixels 11 -misset random -misset_seed 17",
            [18.0, 12.0, 14.0],
            32.0,
        ),
        (
            "-cell 40 50 20 80 90 95 -sample_x 6.4e-05 -sample_y 0.0001 -sample_z 1.4e-05 -distance 50 -pixel 0.5 \
             -detpixels 11 -misset random -misset_seed 17",
            [16.0, 21.0, 7.0],
            32.0,
        ),
    ] {
        assert_eq!(counted(words), (cells, oversample), "{words}");
    }
}

/// One cell more is another image.
#[test]
fn the_image_of_a_size_that_divides_exactly_is_the_classic_one() {
    let words = "-cell 40 25 31.2 80 95 105 -sample_z 2.496e-05 -default_F 10 -detpixels 8 -seed 1 -oversample 1 -device cpu";
    let options = classic::parse(words.split_whitespace()).unwrap();
    let image = Session::of(&options).unwrap().render().unwrap();
    let sum: f64 = image.view().iter().map(|photons| f64::from(*photons)).sum();
    assert_eq!(format!("{sum:.4}"), "0.1858");
}
