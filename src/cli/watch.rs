//! Watching a run: a progress bar on a terminal, and Ctrl-C that works at any moment.

use std::{
    io::{IsTerminal, Write, stderr},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, pace::Pace};
use crate::{classic::options::RunOptions, progress::Progress};

/// How often the bar is drawn and the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long work that was asked to stop may take to wind up.
const GRACE: Duration = Duration::from_millis(500);

/// When the first line is printed where there is no terminal for a bar; each later one after twice the time,
const FIRST_LINE: Duration = Duration::from_secs(1);
/// but no more than this.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// How it is shown how far the work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    Nothing,
    /// On a terminal.
    Bar,
    /// Where `-progress` asked for it and there is no terminal.
    Lines,
}

impl Display {
    /// What `-progress`, `-noprogress` and `-quiet` ask for.
    pub fn of(run: &RunOptions) -> Self {
        Self::on(run, stderr().is_terminal())
    }

    fn on(run: &RunOptions, is_terminal: bool) -> Self {
        match (run.progress, is_terminal) {
            (Some(false), _) => Self::Nothing,
            (None, _) if run.quiet => Self::Nothing,
            (_, true) => Self::Bar,
            (Some(true), false) => Self::Lines,
            (None, false) => Self::Nothing,
        }
    }
}

/// Runs work on another thread and waits for it, or for somebody to stop it.
pub struct Watch {
    progress: Arc<Progress>,
    display: Display,
}

impl Watch {
    /// From now on SIGINT, SIGTERM and SIGHUP stop the run, which shows how far it is.
    ///
    /// # Errors
    /// [`CliError::Signals`].
    pub fn start(display: Display) -> Result<Self, CliError> {
        let progress = Arc::new(Progress::default());
        let stopped = Arc::clone(&progress);
        ctrlc::set_handler(move || stopped.cancel()).map_err(CliError::Signals)?;
        Ok(Self { progress, display })
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

    /// A bar, or lines, for work on other threads; draw it now and then.
    pub fn bar(&self) -> Bar<'_> {
        Bar {
            watch: self,
            begun: Instant::now(),
            pace: Pace::default(),
            bar: None,
            next_line: FIRST_LINE,
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

/// Shows how far the work has come; a bar is gone when this is dropped.
pub struct Bar<'a> {
    watch: &'a Watch,
    /// When nothing was done yet.
    begun: Instant,
    pace: Pace,
    bar: Option<ProgressBar>,
    /// When the next line is due.
    next_line: Duration,
}

impl Bar<'_> {
    /// Shows how far the work has come.
    pub fn draw(&mut self) {
        let (done, total) = self.watch.progress.position();
        // Work that is done is not waited for, and what has not begun has no beginning yet.
        if total == 0 || self.bar.is_none() && done >= total {
            self.begun = Instant::now();
            return;
        }
        let elapsed = self.begun.elapsed();
        self.pace.take(elapsed, done);
        let text = self.pace.text(total);
        match self.watch.display {
            Display::Nothing => {}
            Display::Bar => {
                let bar = self.bar.get_or_insert_with(|| pixel_bar(total));
                bar.set_message(text);
                bar.set_position(done);
            }
            Display::Lines if elapsed >= self.next_line => {
                let percent = done * 100 / total;
                // Nobody can be told that standard error is gone.
                let _ = writeln!(stderr(), "progress: {percent}%{}", after_comma(&text));
                self.next_line += self.next_line.min(LONGEST_SILENCE);
            }
            Display::Lines => {}
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

fn after_comma(text: &str) -> String {
    match text {
        "" => String::new(),
        _ => format!(", {text}"),
    }
}

fn pixel_bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{percent:>3}% {wide_bar} {msg}")
        .expect("the template is valid");
    ProgressBar::new(total).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_tells_its_rate_and_what_is_left() {
        use indicatif::{InMemoryTerm, ProgressDrawTarget};
        let screen = InMemoryTerm::new(4, 80);
        let bar = pixel_bar(1000);
        bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(screen.clone())));
        let mut pace = Pace::default();
        pace.take(Duration::from_secs(2), 500);
        bar.set_message(pace.text(1000));
        bar.set_position(500);
        bar.tick();
        let drawn = screen.contents();
        assert!(
            drawn.contains("50%") && drawn.contains("250 pixel/s, 2 s left"),
            "{drawn}"
        );
    }

    #[test]
    fn progress_that_was_asked_for_is_shown_without_a_terminal_too() {
        let run = |progress, quiet| RunOptions {
            progress,
            quiet,
            ..RunOptions::default()
        };
        for (progress, quiet, on_terminal, elsewhere) in [
            (None, false, Display::Bar, Display::Nothing),
            (None, true, Display::Nothing, Display::Nothing),
            (Some(true), false, Display::Bar, Display::Lines),
            (Some(true), true, Display::Bar, Display::Lines),
            (Some(false), false, Display::Nothing, Display::Nothing),
        ] {
            let run = run(progress, quiet);
            assert_eq!(Display::on(&run, true), on_terminal);
            assert_eq!(Display::on(&run, false), elsewhere);
        }
    }
}
