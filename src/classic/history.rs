//! How a run can be repeated: the words that decide pixels, with every seed, and with what a header said in numbers.

use super::{
    Experiment,
    options::{Misset, Options, TypedOption},
    table,
};
use crate::formats::{History, general};

/// Digits of an angle that comes from radians.
const ANGLE_DIGITS: usize = 15;

/// What made the image that an experiment describes, its noise drawn with `seed`.
///
/// Words stay in their order, which may decide (the last wins); of equal ones the last is kept. An image of a sweep has the history of
/// the same image made alone.
pub fn history(options: &Options, experiment: &Experiment, seed: i64) -> History {
    let mosaic_seed = experiment.mosaic.seed;
    let misset = experiment.crystal.misset_deg.map(|angle| angle.to_string());
    let phi = general(experiment.goniometer.start_deg(), ANGLE_DIGITS);
    let typed = &options.typed.words;
    let kept = typed.iter().enumerate().filter(|(index, option)| {
        let is_repeated = typed[index + 1..]
            .iter()
            .any(|later| later.name == option.name);
        decides(option, options, experiment) && !is_repeated
    });
    let mut words: Vec<String> = Vec::new();
    for (_, option) in kept {
        words.push(format!("-{}", option.name));
        words.extend(option.values.iter().cloned());
    }
    words.extend(["-phi".to_owned(), phi]);
    let misset_seed = options.random.misset_seed.unwrap_or(experiment.seed);
    match options.crystal.misset {
        // The angles in degrees miss those that were drawn by a bit, which may be a cell more or less.
        Some(Misset::Random) => {
            let seed = misset_seed.to_string();
            words.extend(["-misset_seed", &seed, "-misset", "random"].map(str::to_owned));
        }
        Some(Misset::Angles(_)) => {
            words.push("-misset".to_owned());
            words.extend(misset.iter().cloned());
        }
        None => (),
    }
    for (name, value) in [("-seed", seed), ("-mosaic_seed", mosaic_seed)] {
        words.extend([name.to_owned(), value.to_string()]);
    }
    let mut seeds = format!("noise {seed}, mosaic {mosaic_seed}");
    if options.crystal.misset == Some(Misset::Random) {
        seeds += &format!(", misset {misset_seed}");
    }
    History {
        entries: vec![
            ("options", History::words(words)),
            ("misset", format!("{} deg", misset.join(" "))),
            ("seeds", seeds),
        ],
    }
}

/// Whether an option's own words belong to the history: not those that the numbers in use take the place of, nor those that go
/// unheard where they stand.
fn decides(option: &TypedOption, options: &Options, experiment: &Experiment) -> bool {
    const IN_NUMBERS: [&str; 5] = ["phi", "misset", "seed", "mosaic_seed", "misset_seed"];
    let row = table::all().find(|row| row.name() == option.name);
    let detector = &experiment.detector;
    let is_undone = match option.name {
        "nonoise" => !options.output.no_noise,
        "curved_det" => !detector.curved,
        "detector_thick" => detector.thickness_m == 0.0,
        _ => false,
    };
    row.is_some_and(|row| row.decides_pixels) && !IN_NUMBERS.contains(&option.name) && !is_undone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::parse;

    fn history_of(words: &str) -> Vec<String> {
        let options = parse(words.split_whitespace()).unwrap();
        let experiment = Experiment::from_options(&options).unwrap();
        history(&options, &experiment, experiment.seed).lines()
    }

    #[test]
    fn the_words_that_decide_pixels_make_the_same_experiment() {
        let typed = "-cell 70 80 90 75 85 95 -default_F 100 -hklfile P1.hkl -misset random -misset_seed 12345 -N 3 -seed 5 \
                     -lambda 2 -lambda 1.1 -Xclose 5 -distance 100 -floatfile a.bin -cbffile b.cbf -frames 3 -threads 2 -v \
                     -noprogress -nonoise -noisefile c.img -osc 0.5 -pngscale 2 -device cpu -adc 7";
        let lines = history_of(typed);
        assert_eq!(lines[0], concat!("nanobragg ", env!("CARGO_PKG_VERSION")));
        let words = lines[1].strip_prefix("options: ").unwrap();
        let expected = "-cell 70 80 90 75 85 95 -default_F 100 -hkl P1.hkl -N 3 -lambda 1.1 -Xclose 5 -distance 100 -osc 0.5 \
                        -device cpu -adc 7 -phi 0 -misset_seed 12345 -misset random -seed 5 ";
        assert!(words.starts_with(expected), "{words}");
        assert!(words.ends_with(" -seed 5 -mosaic_seed 12345678"), "{words}");
        assert!(lines[2].ends_with(" deg"), "{}", lines[2]);
        assert_eq!(lines[3], "seeds: noise 5, mosaic 12345678, misset 12345");
        let experiment = |words: &str| {
            let options = parse(words.split_whitespace()).unwrap();
            Experiment::from_options(&options).unwrap()
        };
        assert_eq!(experiment(typed).crystal, experiment(words).crystal);
        assert_eq!(experiment(typed).detector, experiment(words).detector);
        assert_eq!(history_of(words)[1], lines[1]);
    }

    #[test]
    fn words_that_go_unheard_where_they_stand_are_left_out() {
        const LINE: &str = "-cell 70 -default_F 1 -N 2 -physics c-parity";
        let words = |more: &str| history_of(&format!("{LINE} {more}"))[1].clone();
        assert!(!words("-curved_det").contains("-curved_det"));
        assert!(words("-curved_det -nopgm").contains("-curved_det"));
        let sensor = "-detector_thick 100 -detector_abs 0 -detector_abs 300";
        assert!(!words(sensor).contains("-detector_thick"));
        assert!(words("-detector_thick 100 -detector_abs 300").contains("-detector_thick"));
    }

    #[test]
    fn a_seed_that_nobody_gave_is_told() {
        let lines = history_of("-cell 70 70 70 90 90 90 -default_F 1 -misset random");
        assert!(!lines[3].contains("noise 0,"), "{}", lines[3]);
        let seed = lines[1]
            .split(' ')
            .skip_while(|word| *word != "-seed")
            .nth(1);
        assert!(seed.unwrap().parse::<i64>().unwrap() > 1_600_000_000);
    }
}
