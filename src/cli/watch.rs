//! Watching a run: a progress bar on a terminal, and Ctrl-C that works at any moment.

use std::{
    fmt::Write,
    io::IsTerminal,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::{CliError, amounts::per_second};
use crate::progress::Progress;

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
    /// From now on SIGINT, SIGTERM and SIGHUP stop the run, which on a terminal shows how far it is if that is wanted.
    ///
    /// # Errors
    /// [`CliError::Signals`].
    pub fn start(wants_bar: bool) -> Result<Self, CliError> {
        let progress = Arc::new(Progress::default());
        let stopped = Arc::clone(&progress);
        ctrlc::set_handler(move || stopped.cancel()).map_err(CliError::Signals)?;
        Ok(Self {
            progress,
            shows_bar: wants_bar && std::io::stderr().is_terminal(),
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
    let style = ProgressStyle::with_template("{percent:>3}% {wide_bar} {rate}, {rest} left")
        .expect("the template is valid")
        .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            // A bar that cannot be drawn is no reason to stop.
            let _ = out.write_str(&per_second(state.per_sec(), "pixel"));
        })
        .with_key("rest", |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&duration(state.eta()));
        });
    ProgressBar::new(total).with_style(style)
}

/// A time for people, in the two largest units that it has.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_units_at_most() {
        let text = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(text(12), "12 s");
        assert_eq!(text(190), "3 min 10 s");
        assert_eq!(text(7500), "2 h 5 min");
    }

    #[test]
    fn a_bar_tells_its_rate_and_what_is_left() {
        use indicatif::{InMemoryTerm, ProgressDrawTarget};
        let screen = InMemoryTerm::new(4, 80);
        let bar = pixel_bar(1000);
        bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(screen.clone())));
        bar.set_position(500);
        bar.tick();
        let drawn = screen.contents();
        assert!(
            drawn.contains("50%") && drawn.contains("pixel/s, ") && drawn.contains(" left"),
            "{drawn}"
        );
    }
}
