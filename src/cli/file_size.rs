//! The largest file that a process may write (`ulimit -f`).

/// Lets the system refuse to write more than that, as it does on a full disk, where it would end the program by a signal: SIGXFSZ is
/// held back from this thread and from those that it starts.
#[cfg(unix)]
pub fn refuse_rather_than_kill() {
    use nix::sys::signal::{SigSet, Signal};
    let mut held_back = SigSet::empty();
    held_back.add(Signal::SIGXFSZ);
    // Where that cannot be done, the program ends as it would have.
    let _ = held_back.thread_block();
}

/// Nothing ends a program for the size of its files here.
#[cfg(not(unix))]
pub fn refuse_rather_than_kill() {}
