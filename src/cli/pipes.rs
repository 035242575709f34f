//! Pipes keep whoever writes waiting until somebody reads, but not from being stopped.

use std::{
    fs::File,
    io,
    path::Path,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::{CliError, watch::Watch};
use crate::{
    files::{Batch, FileError, is_pipe},
    formats::Spooled,
};

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(50);

/// Stages the file of `path` as [`Batch::stage`] does. Into a pipe it is written at once, once somebody reads there; `check` is asked
/// meanwhile whether to go on.
///
/// # Errors
/// [`FileError`] naming `path`, or what `check` answers.
pub fn stage(
    batch: &mut Batch,
    path: &Path,
    check: impl Fn() -> Result<(), CliError>,
    write: impl FnOnce(&Path) -> Result<(), FileError>,
) -> Result<(), CliError> {
    if !is_pipe(path) {
        return Ok(batch.stage(path, write)?);
    }
    let folder = tempfile::tempdir().map_err(FileError::write(path))?;
    let whole = folder.path().join(path.file_name().unwrap_or_default());
    write(&whole).map_err(|error| error.naming(path))?;
    let pipe = path.to_owned();
    let copied = patiently(check, move || {
        let mut out = File::options().write(true).open(pipe)?;
        io::copy(&mut File::open(whole)?, &mut out)
    })?;
    copied.map(drop).map_err(FileError::write(path))?;
    Ok(())
}

/// What a name stands for, a pipe read to its end.
///
/// # Errors
/// [`FileError::Read`], or [`CliError::Interrupted`].
pub fn spool(path: &Path, watch: &Watch) -> Result<Spooled, CliError> {
    let (spooled, fill) = Spooled::begin(path)?;
    watch.during(move |_| fill())??;
    Ok(spooled)
}

/// Waits for work that may take for ever as long as `check` agrees. It is left alone then, and ends with the program.
///
/// # Errors
/// What `check` answers.
pub fn patiently<T: Send + 'static>(
    check: impl Fn() -> Result<(), CliError>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CliError> {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        // Nobody listens any more after a refusal.
        let _ = sender.send(work());
    });
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => check()?,
            Err(RecvTimeoutError::Disconnected) => {
                let panic = worker.join().expect_err("the work sent no result");
                std::panic::resume_unwind(panic);
            }
        }
    }
}
