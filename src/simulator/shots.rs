//! Many shots at once: each is rendered, and whatever its renderer makes of it, by one of several workers; what comes of
//! them is taken in order.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Condvar, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

/// How often the taker looks up while it waits.
const TICK: Duration = Duration::from_millis(100);

/// How many shots are worked on at a time, by how many threads together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    pub workers: usize,
    pub threads: usize,
}

impl Schedule {
    /// A shot a thread where shots are many, all threads on few where they are few, or where no more than `most` may be in
    /// flight, as far as that can be. The pixels are the same either way.
    pub fn of(shots: usize, threads: usize, most: usize) -> Self {
        let threads = threads.max(1);
        let most = most.saturating_sub(1).clamp(1, threads);
        Self {
            workers: shots.clamp(1, most),
            threads,
        }
    }

    /// Threads of a worker's own pool. What is left over when all have the same goes to the first ones.
    pub fn threads_of(self, worker: usize) -> usize {
        let has_one_more = worker < self.threads % self.workers;
        (self.threads / self.workers + usize::from(has_one_more)).max(1)
    }

    /// Shots that are begun and not yet taken, at most: one for every worker, and one that waits for its turn.
    pub fn in_flight(self) -> usize {
        self.workers + 1
    }
}

/// Which shots are begun, and which are taken.
#[derive(Debug)]
struct Claims {
    state: Mutex<State>,
    changed: Condvar,
    ahead: usize,
}

#[derive(Debug)]
struct State {
    next: usize,
    end: usize,
    taken: usize,
}

impl Claims {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next shot to work on, once few enough are in flight; `None` when there is none left.
    fn claim(&self) -> Option<usize> {
        let mut state = self.lock();
        while state.next < state.end && state.next >= state.taken + self.ahead {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let claimed = state.next;
        (claimed < state.end).then(|| {
            state.next += 1;
            claimed
        })
    }

    fn take(&self) {
        self.lock().taken += 1;
        self.changed.notify_all();
    }

    /// Nothing more is begun.
    fn stop(&self) {
        let mut state = self.lock();
        state.end = state.next;
        self.changed.notify_all();
    }
}

/// Stops the others when a worker ends by a panic, which nobody else would notice.
struct StopsOnPanic<'a>(&'a Claims);

impl Drop for StopsOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// Lets each of `workers` work on shots, and hands the results to `take` in the order of the shots, on this thread. While it
/// waits it calls `wait` now and then.
///
/// # Errors
/// That of the first shot that fails, once those before it are taken; what `take` or `wait` answers. Shots that are begun are
/// ended, not taken.
pub fn in_order<W, T, E>(
    shots: Range<usize>,
    schedule: Schedule,
    workers: Vec<W>,
    work: impl Fn(&mut W, usize) -> Result<T, E> + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
    mut wait: impl FnMut() -> Result<(), E>,
) -> Result<(), E>
where
    W: Send,
    T: Send,
    E: Send,
{
    let claims = Claims {
        state: Mutex::new(State {
            next: shots.start,
            end: shots.end,
            taken: shots.start,
        }),
        changed: Condvar::new(),
        ahead: schedule.in_flight(),
    };
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for (number, mut worker) in workers.into_iter().enumerate() {
            let (claims, work, sender) = (&claims, &work, sender.clone());
            scope.spawn(move || {
                let _stop = StopsOnPanic(claims);
                let mut work = || {
                    while let Some(shot) = claims.claim() {
                        // Nobody listens any more when a shot before this one failed.
                        let _ = sender.send((shot, work(&mut worker, shot)));
                    }
                };
                match pool(schedule.threads_of(number)) {
                    Some(pool) => pool.install(work),
                    None => work(),
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut taken = || {
            for shot in shots.clone() {
                let result = loop {
                    if let Some(result) = early.remove(&shot) {
                        break result;
                    }
                    match receiver.recv_timeout(TICK) {
                        Ok((shot, result)) => {
                            early.insert(shot, result);
                        }
                        Err(RecvTimeoutError::Timeout) => wait()?,
                        // A worker has panicked, and so will the scope.
                        Err(RecvTimeoutError::Disconnected) => return Ok(()),
                    }
                };
                take(shot, result?)?;
                claims.take();
            }
            Ok(())
        };
        let outcome = taken();
        claims.stop();
        outcome
    })
}

/// Threads of a worker's own; `None` where the system gives none, and the common ones have to do.
fn pool(threads: usize) -> Option<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread::sleep,
    };

    use super::*;

    fn run(
        shots: usize,
        workers: usize,
        work: impl Fn(&mut (), usize) -> Result<usize, String> + Sync,
    ) -> (Vec<usize>, Result<(), String>) {
        let mut taken = Vec::new();
        let outcome = in_order(
            0..shots,
            Schedule {
                workers,
                threads: workers,
            },
            vec![(); workers],
            work,
            |shot, result| {
                assert_eq!(shot, result);
                taken.push(shot);
                Ok(())
            },
            || Ok(()),
        );
        (taken, outcome)
    }

    #[test]
    fn results_are_taken_in_order_whoever_is_first() {
        let (taken, outcome) = run(20, 4, |(), shot| {
            sleep(Duration::from_millis(if shot % 4 == 0 { 20 } else { 1 }));
            Ok(shot)
        });
        assert_eq!(outcome, Ok(()));
        assert_eq!(taken, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_are_begun_than_may_be_in_flight() {
        let begun = AtomicUsize::new(0);
        let schedule = Schedule {
            workers: 2,
            threads: 2,
        };
        let mut taken = 0;
        let outcome: Result<(), String> = in_order(
            0..12,
            schedule,
            vec![(); 2],
            |(), shot| {
                begun.fetch_add(1, Ordering::Relaxed);
                Ok(shot)
            },
            |_, _| {
                sleep(Duration::from_millis(5));
                assert!(begun.load(Ordering::Relaxed) <= taken + schedule.in_flight());
                taken += 1;
                Ok(())
            },
            || Ok(()),
        );
        assert_eq!((outcome, taken), (Ok(()), 12));
    }

    #[test]
    fn the_first_failure_ends_it_after_the_shots_before_it() {
        let (taken, outcome) = run(100, 3, |(), shot| match shot {
            7 => Err("seven".to_owned()),
            8 => Err("eight".to_owned()),
            shot => {
                sleep(Duration::from_millis(2));
                Ok(shot)
            }
        });
        assert_eq!(outcome, Err("seven".to_owned()));
        assert_eq!(taken, (0..7).collect::<Vec<_>>());
    }

    #[test]
    fn a_worker_that_panics_is_not_waited_for() {
        let result = std::panic::catch_unwind(|| {
            run(100, 2, |(), shot| {
                assert!(shot != 5, "planted");
                Ok(shot)
            })
        });
        assert!(result.is_err());
    }

    /// Threads of every worker.
    fn threads(schedule: Schedule) -> Vec<usize> {
        let workers = 0..schedule.workers;
        workers.map(|worker| schedule.threads_of(worker)).collect()
    }

    #[test]
    fn few_shots_have_all_threads() {
        let of = |shots, all| threads(Schedule::of(shots, all, usize::MAX));
        assert_eq!(of(100, 8), [1; 8]);
        assert_eq!(of(5, 8), [2, 2, 2, 1, 1]);
        assert_eq!(of(3, 8), [3, 3, 2]);
        assert_eq!(of(2, 8), [4, 4]);
        assert_eq!(of(1, 8), [8]);
        assert_eq!(of(0, 8), [8]);
        assert_eq!(of(4, 0), [1]);
    }

    #[test]
    fn no_more_are_in_flight_than_there_is_room_for() {
        for most in 2..12 {
            let schedule = Schedule::of(100, 8, most);
            assert!(schedule.in_flight() <= most, "{most}");
            assert_eq!(threads(schedule).iter().sum::<usize>(), 8, "{most}");
        }
        assert_eq!(threads(Schedule::of(100, 8, 4)), [3, 3, 2]);
        assert_eq!(Schedule::of(100, 8, 0).workers, 1);
    }
}
