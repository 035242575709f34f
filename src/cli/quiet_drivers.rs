//! Keeping Mesa from talking.
//!
//! Its layer that sorts devices by the desktop's wish looks for a Wayland desktop, and libwayland prints "XDG_RUNTIME_DIR is invalid
//! or not set" to standard error for every look in a container that has none. The layer is told to stay away by an environment
//! variable alone: the layer asks when it meets the instance extension for Wayland windows, which wgpu always asks for and lets nobody
//! leave out. A process cannot change its own variables in safe code, so the program starts anew with this one. It is the only place
//! where it does, and nothing is read of what the new one prints.

use std::ffi::OsString;

/// Starts the program anew where its drivers would complain; comes back where there is no need, or no way.
#[cfg(target_os = "linux")]
pub fn restart_quietly(words: &[OsString]) {
    use std::os::unix::process::CommandExt;

    const SWITCH: &str = "NODEVICE_SELECT";
    let is_set = |name| std::env::var_os(name).is_some();
    if is_set("XDG_RUNTIME_DIR") || is_set(SWITCH) || !may_ask_a_driver(words) {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let name = std::env::args_os().next().unwrap_or_default();
    // Comes back with an error alone; the drivers then talk.
    let _ = std::process::Command::new(program)
        .arg0(name)
        .args(words)
        .env(SWITCH, "1")
        .exec();
}

#[cfg(not(target_os = "linux"))]
pub fn restart_quietly(_: &[OsString]) {}

/// Whether these words may lead to a GPU. A needless restart costs milliseconds.
#[cfg(target_os = "linux")]
fn may_ask_a_driver(words: &[OsString]) -> bool {
    use crate::classic::dialect::{option_of, written_out};
    use crate::classic::table::Action;

    let is_once_readable = |pair: &[OsString]| {
        let spec = option_of(&pair[0].to_string_lossy());
        spec.is_some_and(|spec| matches!(spec.action, Action::Options))
            && !std::path::Path::new(&pair[1]).is_file()
    };
    // What is read of a pipe here would be missing there.
    if words.windows(2).any(is_once_readable) {
        return true;
    }
    let written_out = written_out(words);
    // What is wrong with the files is told by who parses the words.
    let words = written_out.as_deref().unwrap_or(words);
    let says = |word: &str| words.iter().any(|said| said == word);
    let is_devices = words.first().is_some_and(|first| first == "devices");
    let has_device = crate::engine::gpu::adapters::has_graphics_device();
    is_devices || says("gpu") || says("-adapter") || has_device && !says("cpu")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn asks(line: &str) -> bool {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        may_ask_a_driver(&words)
    }

    #[test]
    fn a_file_of_options_is_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        let [gpu, cpu] = ["gpu", "cpu"].map(|device| {
            let path = folder.path().join(device).display().to_string();
            std::fs::write(&path, format!("-N 3\n-device {device}\n")).unwrap();
            format!("-default_F 1 -options {path}")
        });
        assert!(asks(&gpu));
        assert!(!asks(&cpu));
        // Not a file that can be read twice.
        assert!(asks("-device cpu -options /dev/null"));
    }

    #[test]
    fn words_that_stay_on_the_cpu_ask_no_driver() {
        for line in [
            "devices",
            "-device gpu -N 3",
            "compare gpu cpu -- -N 3",
            "-adapter X",
        ] {
            assert!(asks(line), "{line}");
        }
        assert!(!asks("-device cpu -N 3"));
        let has_device = crate::engine::gpu::adapters::has_graphics_device();
        assert_eq!(asks("-N 3"), has_device);
    }
}
