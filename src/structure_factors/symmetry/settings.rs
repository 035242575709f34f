//! The settings of the 230 space groups; `scripts/space_groups.py` writes the table.

const TABLE: &str = include_str!("space_groups.tsv");

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    pub number: &'static str,
    pub is_reference: bool,
    pub hall: &'static str,
    /// Extended Hermann–Mauguin name, with `:H`, `:R`, `:1`, `:2` where a group has several origins or axes.
    pub name: &'static str,
    pub short_name: &'static str,
}

fn settings() -> impl Iterator<Item = Setting> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some(Setting {
                number: fields.next()?,
                is_reference: fields.next()? == "yes",
                hall: fields.next()?,
                name: fields.next()?,
                short_name: fields.next()?,
            })
        })
}

/// By number, name or Hall symbol. Of several settings that answer, the reference setting wins, then the first.
pub(super) fn find(wanted: &str) -> Option<Setting> {
    let plain = |name: &str| name.replace([' ', '_'], "").to_lowercase();
    let key = plain(wanted);
    // Hall symbols keep their spaces: "P 2 2" and "P 22" differ.
    let by_hall = || settings().find(|setting| setting.hall == wanted.trim());
    let matches = |setting: &Setting| {
        let name = plain(setting.name);
        let without_origin = name.split(':').next().unwrap_or_default().to_owned();
        setting.number == key
            || name == key
            || without_origin == key
            || plain(setting.short_name) == key
    };
    let mut found = settings().filter(matches).collect::<Vec<_>>();
    found.sort_by_key(|setting| !setting.is_reference);
    found.first().copied().or_else(by_hall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_from_1_to_230_has_one_reference_setting() {
        for number in 1..=230 {
            let number = number.to_string();
            let count = settings()
                .filter(|setting| setting.number == number && setting.is_reference)
                .count();
            assert_eq!(count, 1, "{number}");
            assert!(find(&number).unwrap().is_reference);
        }
    }
}
