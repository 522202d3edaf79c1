//! The terminal, taken and given back.
//!
//! A [`Terminal`] owns the screen for as long as it lives. Dropping it gives the screen back, and so do a panic
//! (with [`super::install_panic_hook`]), a second signal, [`Terminal::suspend`] and [`Terminal::away`]. In the
//! last two the reader thread is stopped first, so that no key of the other program is read here, and the
//! frame afterwards is a full one, since the other program left its own marks.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Instant;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::events::{Arrived, Event, Events, Sender, Signal};
use super::output::{self, Bytes, Screen};
use super::reader::{self, Gate};
use super::{colours, signals};

/// How the terminal is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether the program gets the mouse. Otherwise the terminal keeps it, for selecting text.
    pub mouse: bool,
    /// Whether the terminal is asked for its background, after the first frame. Terminals that are known to
    /// print the question are not asked.
    pub ask_background: bool,
}

/// The terminal in full-screen mode. `M` is what other threads send to the loop.
///
/// There is one at a time.
pub struct Terminal<M: Send + 'static> {
    options: Options,
    screen: ratatui::Terminal<Screen>,
    bytes: Bytes,
    events: Events<M>,
    gate: Arc<Gate>,
    ask: bool,
    redraw: bool,
}

impl<M: Send + 'static> Terminal<M> {
    /// Takes the terminal.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`], with a sentence for the user, when standard input or output is no
    /// terminal; nothing has been written then. Otherwise what the system says.
    pub fn open(options: Options) -> io::Result<Terminal<M>> {
        for (name, is_terminal) in
            [("input", io::stdin().is_terminal()), ("output", io::stdout().is_terminal())]
        {
            if !is_terminal {
                let message = format!("standard {name} is not a terminal");
                return Err(io::Error::new(io::ErrorKind::Unsupported, message));
            }
        }
        // The colours are chosen by `colours`. Left alone, crossterm 0.29 prints `ESC [ m` instead of every
        // colour under NO_COLOR, and that resets bold and reverse: no selection would be seen.
        crossterm::style::force_color_output(true);
        output::enter(options.mouse)?;
        Terminal::start(options).inspect_err(|_| output::restore())
    }

    fn start(options: Options) -> io::Result<Terminal<M>> {
        let events = Events::new();
        let gate = Gate::start(events.input())?;
        let sender = events.input();
        signals::listen(Box::new(move |signal| sender.send(Arrived::Signal(signal)).is_ok()))?;
        let bytes = Bytes::default();
        let screen = ratatui::Terminal::new(Screen::new(bytes.clone()))?;
        let ask = options.ask_background && colours::answers_background(|name| std::env::var(name).ok());
        Ok(Terminal { options, screen, bytes, events, gate, ask, redraw: false })
    }

    /// Waits for the next event, without waking until one comes or the deadline passes; then nothing is returned.
    ///
    /// # Errors
    /// When the terminal cannot be read, or was given back by a panic on another thread.
    pub fn next(&mut self, deadline: Option<Instant>) -> io::Result<Option<Event<M>>> {
        self.events.next(deadline)?.map(|event| self.prepare(event)).transpose()
    }

    /// An event that is there already: so that a batch of them is drawn once.
    pub fn ready(&mut self) -> Option<Event<M>> {
        let event = self.events.ready()?;
        // An error here comes back from the draw that follows.
        self.prepare(event).ok()
    }

    /// Something that other threads can wake the loop with.
    #[must_use]
    pub fn sender(&self) -> Sender<M> {
        self.events.sender()
    }

    /// Draws a frame: only what changed since the last one, as one write and one synchronized update.
    ///
    /// # Errors
    /// When the terminal cannot be written, or was given back by a panic on another thread.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.check_held()?;
        if std::mem::take(&mut self.redraw) {
            self.screen.resize(Rect::from((ratatui::layout::Position::ORIGIN, output::size()?)))?;
        }
        let mut unsure = false;
        self.screen.draw(|frame| {
            view(frame);
            unsure = frame.buffer_mut().content.iter().any(|cell| is_unsure(cell.symbol()));
        })?;
        // What such a character leaves behind is known to the terminal alone: the next frame is a full one.
        self.redraw = unsure;
        let ask = std::mem::take(&mut self.ask);
        let question = if ask { output::ASK_BACKGROUND } else { b"" };
        self.bytes.with(|frame| output::write_frame(frame, question))?;
        if ask {
            self.events.asked();
        }
        Ok(())
    }

    /// Stops the process group as a job of the shell, as Ctrl-Z does everywhere, with the terminal given back.
    /// Returns when the job is continued; the next frame is a full one.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.give_back();
        signals::stop();
        self.take_again(false)
    }

    /// Runs `f` (an editor) with the terminal given back. None of its keys are read here, and its Ctrl-C and
    /// Ctrl-Z are its own. What is still unread afterwards is thrown away; the next frame is a full one.
    ///
    /// # Errors
    /// When the terminal cannot be taken again; the result of `f` is lost then.
    pub fn away<R>(&mut self, f: impl FnOnce() -> R) -> io::Result<R> {
        self.give_back();
        signals::set_away(true);
        let result = f();
        signals::set_away(false);
        self.take_again(true)?;
        Ok(result)
    }

    /// Puts text into the clipboard, as far as the terminal allows it. No terminal tells whether it did.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.check_held()?;
        output::write(output::copy_sequence(text).as_bytes())
    }

    fn give_back(&mut self) {
        self.events.settle();
        self.gate.close();
        output::restore();
    }

    fn take_again(&mut self, drain: bool) -> io::Result<()> {
        output::enter(self.options.mouse)?;
        if drain {
            reader::drain()?;
        }
        self.gate.open();
        self.redraw = true;
        let size = output::size()?;
        self.events.push(Event::Resize(size.width, size.height));
        Ok(())
    }

    fn check_held(&self) -> io::Result<()> {
        if output::held() { Ok(()) } else { Err(io::Error::other("the terminal was given back")) }
    }

    /// What an event needs done before the loop sees it.
    fn prepare(&mut self, event: Event<M>) -> io::Result<Event<M>> {
        self.check_held()?;
        Ok(match event {
            // Something (SIGSTOP, a debugger) stopped the process and did not ask; the shell has set the
            // terminal as it likes it.
            Event::Signal(Signal::Continue) => {
                output::reenter(self.options.mouse)?;
                self.redraw = true;
                event
            }
            Event::Resize(columns, rows) => {
                let size = output::sane(columns, rows);
                Event::Resize(size.width, size.height)
            }
            event => event,
        })
    }
}

impl<M: Send + 'static> Drop for Terminal<M> {
    fn drop(&mut self) {
        // After a panic or a signal nothing may wait.
        if output::held() && !std::thread::panicking() {
            self.events.settle();
        }
        // The thread stays at the gate for good, so that it takes nothing from what reads the terminal next.
        self.gate.close();
        output::restore();
        signals::unlisten();
    }
}

/// Whether terminals disagree on how many cells a character takes: emoji that are made of several (flags, families,
/// skin tones), and those that a variation selector makes of a symbol.
fn is_unsure(symbol: &str) -> bool {
    let flag = |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
    let joins = |c: char| matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
    symbol.len() > 4 && symbol.chars().any(|c| flag(c) || joins(c))
}
