//! What can happen: one closed enum, one queue.
//!
//! Keys, paste, mouse and size come from the reader thread, signals from the signal thread, messages from
//! whoever holds a [`Sender`]. All of them meet in one channel, and the loop sleeps on that channel alone:
//! without an event and without a deadline it never wakes. Keys pass through [`Replies`] on the way out, so
//! the terminal's answers come out as [`Event::Background`] and never as keys.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::keys;
use super::reply::{Passed, Replies};
use crate::config::key::Key;
use crate::config::theme::Background;

/// Something that the loop has to react to. `M` is what other threads send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<M> {
    /// A key was pressed. Releases are no events.
    Key(Key),
    /// Text was pasted: lines end in `\n`, other control characters than tab are gone.
    Paste(String),
    /// The mouse.
    Mouse(Mouse),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The terminal answered what its background is.
    Background(Background),
    /// The terminal's window has the focus again.
    Focus,
    /// The process got a signal.
    Signal(Signal),
    /// Another thread sent a message.
    Woken(M),
}

/// A mouse event, in cells from the top left, which is (0, 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What was done.
    pub kind: MouseKind,
    /// The column.
    pub column: u16,
    /// The row.
    pub row: u16,
}

/// What was done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Click,
    /// The left button was let go.
    Release,
    /// The wheel turned up.
    ScrollUp,
    /// The wheel turned down.
    ScrollDown,
}

/// A signal that the loop answers. After the first four the program gives the terminal back and dies by the
/// same signal ([`super::die_by`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT from another process; Ctrl-C is a key.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone.
    Hangup,
    /// SIGQUIT.
    Quit,
    /// SIGTSTP from another process, to be answered by `Terminal::suspend`.
    Suspend,
    /// SIGCONT. The terminal has been taken again already; the next draw is a full one.
    Continue,
}

/// Wakes the loop with a message, from any thread.
#[derive(Debug)]
pub struct Sender<M>(mpsc::Sender<Arrived<M>>);

impl<M> Sender<M> {
    /// Queues a message as [`Event::Woken`]. False when the terminal is gone.
    pub fn send(&self, message: M) -> bool {
        self.0.send(Arrived::Message(message)).is_ok()
    }
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

/// What the threads put into the channel.
#[derive(Debug)]
pub(super) enum Arrived<M> {
    Input(crossterm::event::Event),
    Signal(Signal),
    Message(M),
    Failed(io::Error),
}

/// The queue behind `Terminal::next`.
#[derive(Debug)]
pub(super) struct Events<M> {
    sender: mpsc::Sender<Arrived<M>>,
    receiver: Receiver<Arrived<M>>,
    replies: Replies,
    passed: Vec<Passed>,
    queue: VecDeque<Event<M>>,
    failed: Option<io::Error>,
}

impl<M> Events<M> {
    pub(super) fn new() -> Events<M> {
        let (sender, receiver) = mpsc::channel();
        let (replies, passed, queue) = (Replies::default(), Vec::new(), VecDeque::new());
        Events { sender, receiver, replies, passed, queue, failed: None }
    }

    /// For the threads.
    pub(super) fn input(&self) -> mpsc::Sender<Arrived<M>> {
        self.sender.clone()
    }

    pub(super) fn sender(&self) -> Sender<M> {
        Sender(self.sender.clone())
    }

    /// Notes that the terminal was asked for its background.
    pub(super) fn asked(&mut self) {
        self.replies.asked(Instant::now());
    }

    pub(super) fn push(&mut self, event: Event<M>) {
        self.queue.push_back(event);
    }

    /// The next event; nothing when the deadline passed first. An error of the reader comes after all that was
    /// read before it.
    pub(super) fn next(&mut self, deadline: Option<Instant>) -> io::Result<Option<Event<M>>> {
        loop {
            if let Some(event) = self.ready() {
                return Ok(Some(event));
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let held = self.replies.deadline();
            if !self.wait(held.into_iter().chain(deadline).min())
                && deadline.is_some_and(|deadline| Instant::now() >= deadline)
            {
                return Ok(self.ready());
            }
        }
    }

    /// An event that is there already.
    pub(super) fn ready(&mut self) -> Option<Event<M>> {
        while let Ok(arrived) = self.receiver.try_recv() {
            self.take(arrived);
        }
        self.replies.expire(Instant::now(), &mut self.passed);
        self.let_pass();
        self.queue.pop_front()
    }

    /// Waits up to 100 ms for an answer of the terminal that was asked for less than a second ago, so that it
    /// does not end up in the program that has the terminal next. A terminal that took longer will not answer.
    pub(super) fn settle(&mut self) {
        let until = Instant::now() + Duration::from_millis(100);
        while Instant::now() < until && self.replies.awaited_since(Instant::now(), Duration::from_secs(1)) {
            self.wait(Some(until));
        }
    }

    /// Takes what arrives next; false when nothing came until the instant given.
    fn wait(&mut self, until: Option<Instant>) -> bool {
        let arrived = match until {
            None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => self.receiver.recv_timeout(until.saturating_duration_since(Instant::now())),
        };
        // The queue holds a sender itself, so the channel is never disconnected.
        arrived.map(|arrived| self.take(arrived)).is_ok()
    }

    fn take(&mut self, arrived: Arrived<M>) {
        match arrived {
            Arrived::Input(input) => self.take_input(input),
            Arrived::Signal(signal) => self.queue.push_back(Event::Signal(signal)),
            Arrived::Message(message) => self.queue.push_back(Event::Woken(message)),
            Arrived::Failed(error) => self.failed = Some(error),
        }
    }

    fn take_input(&mut self, input: crossterm::event::Event) {
        use crossterm::event::Event as Input;
        let event = match input {
            Input::Key(key) => {
                if let Some(key) = keys::key(key) {
                    self.replies.key(key, Instant::now(), &mut self.passed);
                    self.let_pass();
                }
                return;
            }
            // The size comes from a signal, not from the byte stream, so it may come in the middle of a reply.
            Input::Resize(columns, rows) => {
                self.queue.push_back(Event::Resize(columns, rows));
                return;
            }
            Input::Paste(text) => Some(Event::Paste(keys::pasted(&text))),
            Input::Mouse(mouse) => keys::mouse(mouse).map(Event::Mouse),
            Input::FocusGained => Some(Event::Focus),
            Input::FocusLost => None,
        };
        self.replies.interrupt(&mut self.passed);
        self.let_pass();
        self.queue.extend(event);
    }

    fn let_pass(&mut self) {
        self.queue.extend(self.passed.drain(..).map(|passed| match passed {
            Passed::Key(key) => Event::Key(key),
            Passed::Background(background) => Event::Background(background),
        }));
    }
}
