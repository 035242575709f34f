//! One number of the experiment that differs between the sides, found by least squares: the image is linear in a small
//! change of any parameter, so the parameter whose change fits the difference best is the one to try.

use ndarray::{Array2, Zip};

use super::{Case, Cause, Finding, case::distance};
use crate::{
    classic::options::{Convention, Misset},
    compare::{CompareError, SideRun},
    formats::general,
};

/// Relative size of the trial change, small beside the width of any fringe and large beside float32.
const TRIAL_STEP: f64 = 1e-5;
/// Part of the squared difference a trial has to explain before its value is worked out.
const PROMISING: f64 = 0.5;
/// How many parameters have their values worked out.
const WORKED_OUT: usize = 3;
const REFINEMENTS: usize = 4;
const SHOWN_DIGITS: usize = 12;

/// A difference that is one factor for every pixel.
pub fn overall_scale(case: &mut Case<'_>) -> Result<Option<Finding>, CompareError> {
    let Some([a, b]) = case.images() else {
        return Ok(None);
    };
    let Some(factor) = least_squares(b, a).map(|fit| fit.step) else {
        return Ok(None);
    };
    let scaled = b.mapv(|value| (f64::from(value) * factor) as f32);
    let left = distance(a.view(), scaled.view());
    Ok(case.vanished(left).then(|| Finding {
        cause: Cause::Scale,
        text: format!(
            "the scale: a is {factor:.8} times b in every pixel (relative L2 {left:.1e} after that), as from another \
             -fluence, -flux, -exposure, -beamsize or -default_F"
        ),
        accounts_for_all: true,
    }))
}

/// A parameter that can be changed by words at the end of the command line.
struct Parameter {
    option: &'static str,
    value: f64,
    /// What a relative step is taken of.
    scale: f64,
    words: Box<dyn Fn(f64) -> Vec<String>>,
}

struct Fit {
    /// Multiple of the trial image that fits best.
    step: f64,
    /// Part of the squared difference it explains.
    explained: f64,
}

/// Varies each parameter a little, works out the most promising ones, and reports the best.
pub fn one_parameter(case: &mut Case<'_>) -> Result<Option<Finding>, CompareError> {
    let varied = case.varied();
    let [run, other] = [varied, 1 - varied].map(|side| case.sides[side].run);
    if case.images().is_none() {
        return Ok(None);
    }
    let difference = subtract(&other.image, &run.image);
    let mut trials = Vec::new();
    for parameter in parameters(case) {
        let step = TRIAL_STEP * parameter.scale;
        let words = case.words.with(&(parameter.words)(parameter.value + step));
        let tried = case.sides[varied].try_run(&words)?;
        let Some(trial) = tried.filter(|trial| trial.image.dim() == run.image.dim()) else {
            continue;
        };
        let slope =
            subtract(&trial.image, &run.image).mapv(|change| (f64::from(change) / step) as f32);
        if let Some(fit) = least_squares(&slope, &difference) {
            trials.push((fit, parameter, slope));
        }
    }
    trials.sort_by(|x, y| y.0.explained.total_cmp(&x.0.explained));
    trials.retain(|(fit, ..)| fit.explained >= PROMISING);
    trials.truncate(WORKED_OUT);
    let mut worked_out: Vec<Candidate> = Vec::new();
    for (fit, parameter, slope) in trials {
        worked_out.extend(refine(case, parameter, &slope, fit.step)?);
    }
    worked_out.sort_by(|x, y| x.left.total_cmp(&y.left));
    let mut ranked = worked_out.into_iter();
    let Some(best) = ranked
        .next()
        .filter(|best| best.left < 0.5 * case.difference())
    else {
        return Ok(None);
    };
    let next = ranked.next().map_or(String::new(), |next| {
        format!(
            "; next best {}, which leaves {:.1e}",
            next.option, next.left
        )
    });
    Ok(Some(Finding {
        cause: Cause::Parameter,
        text: format!(
            "{option}: side {other} agrees best with side {varied} run with {option} {value} instead of {was} ({change:+.3e} \
             of it); relative L2 {before:.1e} becomes {left:.1e}{next}",
            option = best.option,
            other = case.sides[1 - varied].label(),
            varied = case.sides[varied].label(),
            value = general(best.value, SHOWN_DIGITS),
            was = general(best.was, SHOWN_DIGITS),
            change = (best.value - best.was) / best.scale,
            before = case.difference(),
            left = best.left,
        ),
        accounts_for_all: case.vanished(best.left),
    }))
}

struct Candidate {
    option: &'static str,
    value: f64,
    was: f64,
    scale: f64,
    left: f64,
}

/// Newton's steps along one parameter with the slope at its start.
fn refine(
    case: &mut Case<'_>,
    parameter: Parameter,
    slope: &Array2<f32>,
    first_step: f64,
) -> Result<Option<Candidate>, CompareError> {
    let varied = case.varied();
    let other = case.sides[1 - varied].run;
    let mut try_value = |value: f64| -> Result<Option<(SideRun, Candidate)>, CompareError> {
        let words = case.words.with(&(parameter.words)(value));
        let tried = case.sides[varied].try_run(&words)?;
        let Some(run) = tried.filter(|run| run.image.dim() == other.image.dim()) else {
            return Ok(None);
        };
        let candidate = Candidate {
            option: parameter.option,
            value,
            was: parameter.value,
            scale: parameter.scale,
            left: distance(run.image.view(), other.image.view()),
        };
        Ok(Some((run, candidate)))
    };
    let mut value = parameter.value + first_step;
    let mut best: Option<Candidate> = None;
    for _ in 0..REFINEMENTS {
        let Some((run, candidate)) = try_value(value)? else {
            break;
        };
        if best
            .as_ref()
            .is_some_and(|best| candidate.left >= best.left)
        {
            break;
        }
        best = Some(candidate);
        match least_squares(slope, &subtract(&other.image, &run.image)) {
            Some(fit) => value += fit.step,
            None => break,
        }
    }
    if let Some(exact) = &best
        && let Some((_, round)) = try_value(round_within(exact.value, exact.value - exact.was))?
        && round.left <= exact.left
    {
        best = Some(round);
    }
    Ok(best)
}

/// The value with the fewest digits that changes `change` by less than a thousandth: what somebody may have typed.
fn round_within(value: f64, change: f64) -> f64 {
    const DOUBLE_DIGITS: usize = 15;
    (1..=DOUBLE_DIGITS)
        .filter_map(|digits| general(value, digits).parse::<f64>().ok())
        .find(|round| (round - value).abs() <= 1e-3 * change.abs())
        .unwrap_or(value)
}

/// The multiple of `slope` nearest to `difference`; `None` where `slope` is dark.
fn least_squares(slope: &Array2<f32>, difference: &Array2<f32>) -> Option<Fit> {
    let (mut along, mut slope_squared, mut difference_squared) = (0.0, 0.0, 0.0);
    Zip::from(slope).and(difference).for_each(|&x, &y| {
        let (x, y) = (f64::from(x), f64::from(y));
        if x.is_finite() && y.is_finite() {
            along += x * y;
            slope_squared += x * x;
            difference_squared += y * y;
        }
    });
    (slope_squared > 0.0 && difference_squared > 0.0).then(|| Fit {
        step: along / slope_squared,
        explained: along * along / (slope_squared * difference_squared),
    })
}

fn subtract(one: &Array2<f32>, other: &Array2<f32>) -> Array2<f32> {
    Zip::from(one)
        .and(other)
        .map_collect(|&one, &other| (f64::from(one) - f64::from(other)) as f32)
}

/// The parameters that have one value in this run.
fn parameters(case: &Case<'_>) -> Vec<Parameter> {
    let experiment = case.experiment;
    let options = &case.words.options;
    let detector = &experiment.detector;
    let mut list = Vec::new();
    let mut add = |option: &'static str, value: f64, scale: f64| {
        let words = Box::new(move |value: f64| vec![option.to_owned(), value.to_string()]);
        list.push(Parameter {
            option,
            value,
            scale,
            words,
        });
    };
    if options.beam.source_file.is_none() {
        let wavelength = experiment.beam.wavelength_angstrom();
        add("-lambda", wavelength, wavelength);
    }
    let pixel_mm = detector.pixel_size_m * 1e3;
    add("-pixel", pixel_mm, pixel_mm);
    let camera = &options.detector;
    match camera.close_distance_mm {
        Some(close) => add("-close_distance", close, close),
        None => {
            let distance_mm = detector.distance_m * 1e3;
            add("-distance", distance_mm, distance_mm);
        }
    }
    let convention = camera.convention.unwrap_or_default();
    match convention {
        Convention::Xds | Convention::Dials => {
            let [orgx, orgy] = detector.xds_origin();
            add("-ORGX", orgx, detector.fast_pixels as f64);
            add("-ORGY", orgy, detector.slow_pixels as f64);
        }
        Convention::Custom => {}
        Convention::Mosflm | Convention::Adxv | Convention::Denzo => {
            let [x, y] = detector.beam_centre_m.map(|metres| metres * 1e3);
            add("-Xbeam", x, detector.size_m[0] * 1e3);
            add("-Ybeam", y, detector.size_m[1] * 1e3);
        }
    }
    for (option, degrees) in [
        ("-detector_rotx", camera.rotx_deg),
        ("-detector_roty", camera.roty_deg),
        ("-detector_rotz", camera.rotz_deg),
    ] {
        add(option, degrees.unwrap_or(0.0), 1.0_f64.to_degrees());
    }
    add(
        "-phi",
        experiment.goniometer.start_deg(),
        1.0_f64.to_degrees(),
    );
    if let Some(spread) = options
        .crystal
        .mosaic_spread_deg
        .filter(|spread| *spread > 0.0)
    {
        add("-mosaic", spread, spread);
    }
    if options.crystal.matrix.is_none()
        && let Some(cell) = options.crystal.cell
    {
        let names = [
            "-cell a",
            "-cell b",
            "-cell c",
            "-cell alpha",
            "-cell beta",
            "-cell gamma",
        ];
        for (index, option) in names.into_iter().enumerate() {
            list.push(Parameter {
                option,
                value: cell[index],
                scale: cell[index],
                words: Box::new(move |value| {
                    let mut cell = cell;
                    cell[index] = value;
                    option_with_numbers("-cell", &cell)
                }),
            });
        }
    }
    if options.crystal.misset != Some(Misset::Random) {
        let angles = match options.crystal.misset {
            Some(Misset::Angles(angles)) => angles,
            _ => [0.0; 3],
        };
        let names = ["-misset x", "-misset y", "-misset z"];
        for (index, option) in names.into_iter().enumerate() {
            list.push(Parameter {
                option,
                value: angles[index],
                scale: 1.0_f64.to_degrees(),
                words: Box::new(move |value| {
                    let mut angles = angles;
                    angles[index] = value;
                    option_with_numbers("-misset", &angles)
                }),
            });
        }
    }
    list
}

fn option_with_numbers(option: &str, numbers: &[f64]) -> Vec<String> {
    std::iter::once(option.to_owned())
        .chain(numbers.iter().map(f64::to_string))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_rounded_to_what_may_have_been_typed() {
        assert_eq!(round_within(0.100000100031, 1.0003e-7), 0.1000001);
        assert_eq!(round_within(99.99990000012, -9.999988e-5), 99.9999);
        assert_eq!(round_within(1.0, 0.0), 1.0);
    }

    #[test]
    fn a_fit_finds_the_multiple_and_how_much_it_explains() {
        let slope = ndarray::array![[1.0_f32, 2.0], [0.0, -1.0]];
        let difference = slope.mapv(|v| v * 0.25);
        let fit = least_squares(&slope, &difference).unwrap();
        assert!((fit.step - 0.25).abs() < 1e-7);
        assert!((fit.explained - 1.0).abs() < 1e-7);
        let elsewhere = ndarray::array![[0.0_f32, 0.0], [3.0, 0.0]];
        assert_eq!(least_squares(&slope, &elsewhere).unwrap().explained, 0.0);
        assert!(least_squares(&Array2::zeros((2, 2)), &difference).is_none());
    }
}
