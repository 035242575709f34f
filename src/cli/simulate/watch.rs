//! Watching a run: a progress bar on a terminal, and Ctrl-C that works at any moment.

use std::{
    io::IsTerminal,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{cli::CliError, progress::Progress};

/// How often the bar is drawn and the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long work that was asked to stop may take to wind up.
const GRACE: Duration = Duration::from_millis(500);

/// Runs work on another thread and waits for it, or for somebody to stop it.
pub struct Watch {
    progress: Arc<Progress>,
    shows_bar: bool,
}

impl Watch {
    /// From now on SIGINT, SIGTERM and SIGHUP stop the run. `wanted` is `-progress` or `-noprogress`.
    pub fn start(wanted: Option<bool>) -> Result<Self, CliError> {
        let progress = Arc::new(Progress::default());
        let stopped = Arc::clone(&progress);
        ctrlc::set_handler(move || stopped.cancel()).map_err(CliError::Signals)?;
        Ok(Self {
            progress,
            shows_bar: wanted != Some(false) && std::io::stderr().is_terminal(),
        })
    }

    /// Whether somebody asked to stop.
    pub fn check(&self) -> Result<(), CliError> {
        if self.progress.is_cancelled() {
            Err(CliError::Interrupted)
        } else {
            Ok(())
        }
    }

    /// A count for work beside others', which the same signals stop.
    pub fn companion(&self) -> Progress {
        self.progress.companion()
    }

    /// What is drawn.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// A bar for work on other threads; draw it now and then.
    pub fn bar(&self) -> Bar<'_> {
        Bar {
            watch: self,
            bar: None,
        }
    }

    /// The result of `work`, which is left alone when it does not stop soon after being asked to: it must not write files.
    ///
    /// # Errors
    /// [`CliError::Interrupted`].
    pub fn during<T, F>(&self, work: F) -> Result<T, CliError>
    where
        T: Send + 'static,
        F: FnOnce(&Progress) -> T + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel();
        let progress = Arc::clone(&self.progress);
        let worker = std::thread::spawn(move || {
            // Nobody listens any more when the run was interrupted.
            let _ = sender.send(work(&progress));
        });
        let mut bar = self.bar();
        let mut asked_to_stop: Option<Instant> = None;
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(result) => {
                    self.check()?;
                    return Ok(result);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let panic = worker.join().expect_err("the work sent no result");
                    std::panic::resume_unwind(panic);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.progress.is_cancelled() {
                let since = asked_to_stop.get_or_insert_with(Instant::now);
                if since.elapsed() > GRACE {
                    return Err(CliError::Interrupted);
                }
            }
            bar.draw();
        }
    }
}

/// The progress bar, which is gone when it is dropped.
pub struct Bar<'a> {
    watch: &'a Watch,
    bar: Option<ProgressBar>,
}

impl Bar<'_> {
    /// Shows how far the work has come, on a terminal.
    pub fn draw(&mut self) {
        let (done, total) = self.watch.progress.position();
        if self.watch.shows_bar && total > 0 {
            let bar = self.bar.get_or_insert_with(|| pixel_bar(total));
            bar.set_position(done);
        }
    }

    /// Prints above the bar.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn pixel_bar(total: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{percent:>3}% {wide_bar} {per_sec} pixels, {eta} left")
            .expect("the template is valid");
    ProgressBar::new(total).with_style(style)
}
