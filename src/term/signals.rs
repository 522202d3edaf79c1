//! Signals: an event for the loop, or the end of the process.
//!
//! A shell must see the truth: a program that SIGTERM ended has died by SIGTERM, and one that Ctrl-Z stopped is
//! a stopped job, together with whatever runs in the same process group (`cargo run`, `sh -c`, `time`). One
//! thread takes all signals and sleeps in between. While a [`super::Terminal`] is open, a signal becomes an
//! event. The second one that should end the process ends it at once: the loop may hang. Without a terminal a
//! signal does what it always does.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::events::Signal;

/// Takes a signal; false when nobody is there any more.
type Listener = Box<dyn Fn(Signal) -> bool + Send>;

static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);

/// Another program has the terminal. Ctrl-C and Ctrl-\ typed there reach this process as well and mean nothing.
static AWAY: AtomicBool = AtomicBool::new(false);

/// Sends signals to `listener` from now on.
pub(super) fn listen(listener: Listener) -> io::Result<()> {
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    system::start()
}

/// Lets signals do again what they always do.
pub(super) fn unlisten() {
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Wakes the loop, so that it sees that the terminal was given back. For the panic hook: it must not wait.
pub(super) fn wake() {
    if let Ok(listener) = LISTENER.try_lock()
        && let Some(listener) = listener.as_ref()
    {
        listener(Signal::Terminate);
    }
}

/// Says whether another program has the terminal.
pub(super) fn set_away(away: bool) {
    if !away {
        // A Ctrl-C of the other program may still be on its way to the signal thread.
        system::catch_up();
    }
    AWAY.store(away, Ordering::SeqCst);
}

pub(super) use system::stop;

/// Gives the terminal back and ends the process by the signal, so that the shell sees what ended it. Where there
/// are no signals, with exit code 1.
pub fn die_by(signal: Signal) -> ! {
    super::restore();
    system::die_by(signal)
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::process::{Command, Stdio};
    use std::sync::atomic::Ordering;
    use std::sync::{Condvar, Mutex, Once, PoisonError, mpsc};
    use std::thread;
    use std::time::Duration;

    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTOU};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::{emulate_default_handler, raise};

    use super::{AWAY, LISTENER};
    use crate::term::events::Signal;

    const TAKEN: [(i32, Signal); 6] = [
        (SIGINT, Signal::Interrupt),
        (SIGTERM, Signal::Terminate),
        (SIGHUP, Signal::Hangup),
        (SIGQUIT, Signal::Quit),
        (SIGTSTP, Signal::Suspend),
        (SIGCONT, Signal::Continue),
    ];

    /// This process waits for a SIGCONT itself, so that one is no event.
    static AWAITED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

    /// Starts the thread, once for the process.
    pub(super) fn start() -> io::Result<()> {
        static ONCE: Once = Once::new();
        let mut started = Ok(());
        ONCE.call_once(|| {
            started = Signals::new(TAKEN.map(|(number, _)| number)).and_then(|mut signals| {
                thread::Builder::new().name("signals".into()).spawn(move || {
                    let mut ending = false;
                    for number in signals.forever() {
                        ending |= take(number, ending);
                    }
                })?;
                Ok(())
            });
        });
        started
    }

    /// Handles a signal; true when it should end the process.
    fn take(number: i32, ending: bool) -> bool {
        let Some(&(_, signal)) = TAKEN.iter().find(|(taken, _)| *taken == number) else { return false };
        let away = AWAY.load(Ordering::SeqCst);
        match signal {
            Signal::Continue if was_awaited() => false,
            // The editor's Ctrl-Z: the whole job stops. The terminal is not ours, there is nothing to give back.
            Signal::Suspend if away => {
                stop_this();
                false
            }
            Signal::Interrupt | Signal::Quit | Signal::Continue if away => false,
            Signal::Suspend => {
                if !tell(signal) {
                    stop_this();
                }
                false
            }
            Signal::Continue => {
                tell(signal);
                false
            }
            Signal::Interrupt | Signal::Terminate | Signal::Hangup | Signal::Quit => {
                if ending || !tell(signal) {
                    end(number);
                }
                true
            }
        }
    }

    fn tell(signal: Signal) -> bool {
        let listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner);
        listener.as_ref().is_some_and(|listener| listener(signal))
    }

    /// Ends the process while the loop may hang. The terminal may hang as well (Ctrl-S, a dead line), so giving
    /// it back gets half a second.
    fn end(number: i32) {
        let (done, given_back) = mpsc::channel();
        let helper = thread::Builder::new().spawn(move || {
            crate::term::restore();
            let _ = done.send(());
        });
        if helper.is_ok() {
            let _ = given_back.recv_timeout(Duration::from_millis(500));
        }
        let _ = emulate_default_handler(number);
    }

    pub(super) fn die_by(signal: Signal) -> ! {
        let number = TAKEN.iter().find(|(_, taken)| *taken == signal).map_or(SIGTERM, |(number, _)| *number);
        let _ = emulate_default_handler(number);
        // Only a signal that does not end a process comes here.
        std::process::exit(128 + number)
    }

    /// Stops the process group as Ctrl-Z does and returns when the shell continues it. The terminal must have
    /// been given back. Where no shell could continue it (an orphaned process group, as in `xterm -e`), nothing
    /// stops, as POSIX wants it.
    ///
    /// The signal is SIGTTOU. SIGTSTP has a handler here, and SIGSTOP stops even where nobody can continue.
    /// SIGTTOU has none, and its default action is exactly that of SIGTSTP (POSIX, 2.4.4). It goes to the whole
    /// group in one call, this process among them: were the others stopped first, their shell could continue
    /// the job before this process stops. There is no safe `kill(0, ..)` in Rust, so `sh` does it.
    pub fn stop() {
        let send = || {
            Command::new("/bin/sh")
                .args(["-c", "trap '' TTOU; kill -s TTOU 0"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
        };
        // The signal is on its way when `sh` ends, but this thread may be a little ahead of it. It ends in a
        // SIGCONT, after however long; without one in the given time nothing was stopped.
        await_continue(Duration::from_millis(100), || {
            if !send().is_ok_and(|status| status.success()) {
                stop_this();
            }
        });
    }

    /// Returns when the signal thread has handled what came before.
    pub(super) fn catch_up() {
        // Pending signals are handled in the order of their numbers, and SIGCONT has a higher one than SIGINT and
        // SIGQUIT. For a running process it means nothing.
        await_continue(Duration::from_millis(250), || {
            let _ = raise(SIGCONT);
        });
    }

    fn await_continue(limit: Duration, cause: impl FnOnce()) {
        let (awaited, come) = &AWAITED;
        *awaited.lock().unwrap_or_else(PoisonError::into_inner) = true;
        cause();
        let awaited = awaited.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = come.wait_timeout_while(awaited, limit, |awaited| *awaited);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }

    fn was_awaited() -> bool {
        let (awaited, come) = &AWAITED;
        let was = std::mem::take(&mut *awaited.lock().unwrap_or_else(PoisonError::into_inner));
        come.notify_all();
        was
    }

    /// Stops this process alone, as [`stop`] does the group.
    fn stop_this() {
        let _ = raise(SIGTTOU);
    }
}

#[cfg(not(unix))]
mod system {
    use crate::term::events::Signal;
    use std::io;

    pub(super) fn start() -> io::Result<()> {
        Ok(())
    }

    pub(super) fn die_by(_: Signal) -> ! {
        std::process::exit(1)
    }

    /// There are no stopped jobs here.
    pub fn stop() {}

    pub(super) fn catch_up() {}
}
