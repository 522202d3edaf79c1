//! The thread that makes a sweep: many runs of a demo, one after the other, while the screen goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::lab::{self, Spread, Sweep};

/// How often it tells how far it is: often enough for a bar that moves, seldom enough to cost nothing.
const TELLS_EVERY: Duration = Duration::from_millis(80);

/// How far a sweep is: how many runs are made, whether it is at its end, and the spreads so far, or why the demo failed.
pub(super) type Progress = (u64, bool, Result<Arc<Vec<Spread>>, String>);

/// The sweep that goes on, if one does.
#[derive(Debug, Default)]
pub(super) struct Sweeper {
    stop: Option<Arc<AtomicBool>>,
}

impl Sweeper {
    /// Begins a sweep; the one before it stops. `tell` says whether anybody listens still.
    pub(super) fn begin(&mut self, sweep: Sweep, tell: impl Fn(Progress) -> bool + Send + 'static) {
        self.stop();
        let stop = Arc::new(AtomicBool::new(false));
        self.stop = Some(Arc::clone(&stop));
        // Where no thread can be had, the bar stays where it is and Esc puts it away.
        let _ = thread::Builder::new().name("sweep".into()).spawn(move || work(sweep, &stop, &tell));
    }

    /// Stops the sweep that goes on, within a few dozen events of its run.
    pub(super) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.stop();
    }
}

fn work(mut sweep: Sweep, stop: &AtomicBool, tell: &dyn Fn(Progress) -> bool) {
    let mut told = Instant::now();
    loop {
        let made = lab::guard(|| sweep.next(&mut || !stop.load(Ordering::Relaxed)));
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (done, of) = sweep.progress();
        let ended = done == of;
        match made {
            Err(why) => {
                tell((done, true, Err(why)));
                return;
            }
            Ok(_) if ended || told.elapsed() >= TELLS_EVERY => {
                told = Instant::now();
                if !tell((done, ended, Ok(Arc::new(sweep.spreads())))) || ended {
                    return;
                }
            }
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::lab::{Run, Settings, demos};
    use crate::sim::{Nanos, Seed};

    fn sweep(seeds: u64) -> Sweep {
        let spec = demos()[0];
        let plan = Run::new(spec, Seed(1), Settings::defaults(spec)).plan();
        Sweep::new(spec, &plan, Nanos::from_millis(50), seeds)
    }

    #[test]
    fn a_sweep_is_told_to_its_end() {
        let (sender, told) = mpsc::channel();
        let mut sweeper = Sweeper::default();
        sweeper.begin(sweep(5), move |progress| sender.send(progress).is_ok());
        let last = told.iter().last().expect("something is told");
        assert_eq!((last.0, last.1), (5, true));
        let mut alone = sweep(5);
        while alone.next(&mut || true) {}
        // As text, since what is not a number differs from itself.
        let spreads = last.2.expect("spreads");
        assert_eq!(format!("{:?}", spreads.as_slice()), format!("{:?}", alone.spreads()));
    }

    #[test]
    fn another_sweep_stops_the_one_before() {
        let (sender, told) = mpsc::channel();
        let mut sweeper = Sweeper::default();
        let first = sender.clone();
        sweeper.begin(sweep(u64::MAX), move |progress| first.send((1, progress)).is_ok());
        sweeper.begin(sweep(3), move |progress| sender.send((2, progress)).is_ok());
        // Both senders are gone once both threads have ended.
        let last = told.iter().last().expect("something is told");
        assert!(last.0 == 1 && !last.1.1 || last.0 == 2 && last.1.1);
    }
}
