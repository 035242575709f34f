//! A cache that an earlier run left behind, on engines of this program.

use super::run::{CUBE, compare, place, with, with_stale_cache};

#[test]
fn a_directory_that_is_not_empty_is_found_to_be_the_cause() {
    for engine in ["cpu", "gpu"] {
        let place = place();
        let stale = with_stale_cache(&place).to_string_lossy().into_owned();
        let words = ["--explain", "--a", engine, "--b", "cpu", "--b-dir", &stale];
        let found = compare(&place, &with(&words, CUBE));
        assert_eq!(found.code, 3);
        let explanation = &found.summary()["explanation"];
        let finding = |at: usize, key: &str| explanation[at][key].as_str().unwrap().to_owned();
        assert_eq!(finding(0, "cause"), "divergence");
        let text = finding(0, "text");
        assert!(text.contains("F_cell: 100 against 120"), "{text}");
        assert_eq!(finding(1, "cause"), "stale-file");
        let text = finding(1, "text");
        assert!(text.contains("Fdump.bin"), "{text}");
        let summary = found.summary();
        let lay_there = &summary["sides"]["b"]["found_in_directory"][0];
        assert_eq!(lay_there["sha256"].as_str().unwrap().len(), 64);
    }
}
