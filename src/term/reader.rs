//! The thread that reads the keyboard, and the gate that stops it while another program has the terminal.
//!
//! crossterm's `read` blocks until there is input, and must: a time-out would wake an idle program. So the
//! thread cannot be asked to stop while it waits. Instead the gate is closed first and then a SIGWINCH raised,
//! which makes `read` return a resize event; the thread comes to the gate, says so, and sleeps on a condition
//! variable until it is opened. On Windows there is no such signal, so there the thread looks at the gate ten
//! times a second.
//!
//! Of crossterm's two readers it is the one of the feature `use-dev-tty`, which asks with `poll(2)`. The other one
//! waits edge-triggered and takes one event of each batch: of a key and a new size that come together, one was held
//! back until something else came.

use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossterm::event;

use super::events::Arrived;

/// How long the gate waits for the thread. It comes at once, unless half an escape sequence has been typed:
/// crossterm then blocks in `read(2)` for the other half. After that time the terminal is given away anyway,
/// and the thread stops at the gate with its next event.
const PATIENCE: Duration = Duration::from_millis(250);

/// The shortest question whether there is input. crossterm's reader on a terminal's own file looks only while there
/// is time left, so with none it always says no.
const LOOK: Duration = Duration::from_millis(1);

/// Stops and starts the reader thread.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// The thread stands at the gate, or has ended.
    stopped: bool,
}

impl Gate {
    /// Starts the thread. Its events go to `sender` until that is gone.
    pub(super) fn start<M: Send + 'static>(sender: Sender<Arrived<M>>) -> io::Result<Arc<Gate>> {
        // Sets up crossterm's reader here, with its handler for SIGWINCH: a signal raised before that would
        // be lost, and the gate would wait for nothing.
        event::poll(Duration::ZERO)?;
        let gate = Arc::new(Gate::default());
        let shared = Arc::clone(&gate);
        thread::Builder::new().name("keyboard".into()).spawn(move || {
            let end = shared.read(&sender);
            if let Err(error) = end {
                let _ = sender.send(Arrived::Failed(error));
            }
            shared.state().stopped = true;
            shared.changed.notify_all();
        })?;
        Ok(gate)
    }

    /// Stops the thread. When this returns, it reads nothing any more (see [`PATIENCE`] for the exception).
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        if state.stopped {
            return;
        }
        drop(state);
        poke();
        let state = self.state();
        let waiting = self.changed.wait_timeout_while(state, PATIENCE, |state| !state.stopped);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }

    /// Lets the thread go on.
    pub(super) fn open(&self) {
        self.state().closed = false;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<M>(&self, sender: &Sender<Arrived<M>>) -> io::Result<()> {
        loop {
            self.pass();
            if let Some(event) = next_event()?
                && sender.send(Arrived::Input(event)).is_err()
            {
                return Ok(());
            }
        }
    }

    /// Stands at the gate while it is closed.
    fn pass(&self) {
        let mut state = self.state();
        if state.closed {
            state.stopped = true;
            self.changed.notify_all();
            state =
                self.changed.wait_while(state, |state| state.closed).unwrap_or_else(PoisonError::into_inner);
            state.stopped = false;
        }
    }
}

/// Throws away what was typed so far, for it was meant for another program: the rest of a command, or the
/// answer to a question that an editor asked the terminal. To be called while the gate is closed.
pub(super) fn drain() -> io::Result<()> {
    while event::poll(LOOK)? {
        event::read()?;
    }
    Ok(())
}

#[cfg(unix)]
fn next_event() -> io::Result<Option<event::Event>> {
    interrupted_is_none(event::read())
}

#[cfg(not(unix))]
fn next_event() -> io::Result<Option<event::Event>> {
    if event::poll(Duration::from_millis(100))? { interrupted_is_none(event::read()) } else { Ok(None) }
}

fn interrupted_is_none(event: io::Result<event::Event>) -> io::Result<Option<event::Event>> {
    match event {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
        event => event.map(Some),
    }
}

/// Makes a blocked `read` return.
#[cfg(unix)]
fn poke() {
    // Raising a signal that has a handler cannot fail.
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGWINCH);
}

#[cfg(not(unix))]
fn poke() {}
