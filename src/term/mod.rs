//! The terminal: the one place that knows raw mode, escape sequences, signals and the event thread.
//!
//! [`Terminal`] takes the terminal and gives it back whole, whatever ends the program: quitting, a panic, a
//! signal, Ctrl-Z, or an editor that runs in between. It turns what arrives into one closed enum, [`Event`],
//! and draws a frame as one write. Everything above it sees keys and frames only.
//!
//! * `guard`: [`Terminal`], the public face of the rest.
//! * `output`: the bytes that go out: modes, frames, the clipboard; [`restore`] and the panic hook.
//! * `events`: the queue where keys, signals and messages meet.
//! * `keys`: crossterm's keys as ours.
//! * `reply`: the terminal's answers, taken out of the key stream.
//! * `input`: the terminal in the place of a pipe on standard input.
//! * `file`: any file as text; `watch`: what has changed on disk; `woken`: what threads send to the loop.
//! * `sheets`: the files of the Envelope.
//! * `new_card`: a card put into a deck file of the learner's.
//! * `session`: the loop of the application: events in, effects out, one frame a batch.
//! * `reader` and `signals`: the two threads, both asleep until something happens.
//! * `colouring`: a thread that finds the colours of code, started when a page has some.
//! * `colours`: how many colours may be used, from the environment.

mod colouring;
pub mod colours;
mod counting;
pub mod events;
pub mod file;
pub mod guard;
mod input;
mod keys;
pub mod new_card;
pub mod output;
mod reader;
pub mod reply;
mod session;
pub mod sheets;
mod signals;
mod sweeping;
pub mod watch;
mod woken;

pub use colours::{ColourChoice, colours};
pub use events::{Event, Mouse, MouseKind, Sender, Signal};
pub use guard::{Options, Terminal};
pub use input::take_input;
pub use output::{install_panic_hook, restore};
pub use session::{Ending, Setup, editor_command, put_back_edit, run};
pub use signals::die_by;
pub use woken::Woken;
