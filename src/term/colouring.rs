//! The thread that finds the colours of code.
//!
//! The grammars take milliseconds to load and a few megabytes, and a language some more when it is met first. So
//! no frame waits for them: the first block of code starts a thread, which loads them once, works through what it is
//! asked, and sends each block as soon as it is done. A program that shows no code has no such thread.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::doc::{Colouring, Syntaxes};

/// How long a block may take. What is not done then stays plain: the block was made to take long.
const TIME: Duration = Duration::from_millis(500);

/// Blocks of a page: its name, and of each block the number, what stands behind its fence, and its text.
type Request = (String, Vec<(usize, String, String)>);

/// The thread, once there is one.
#[derive(Debug, Default)]
pub(super) struct Colourer {
    requests: Option<mpsc::Sender<Request>>,
}

impl Colourer {
    /// Asks for the colours of blocks. They are told one by one, from another thread; blocks in a language that is
    /// not known are not. `tell` says whether anybody listens still; the one given first is used for all.
    pub(super) fn ask(
        &mut self,
        page: String,
        blocks: Vec<(usize, String, String)>,
        tell: impl Fn(String, usize, Colouring) -> bool + Send + 'static,
    ) {
        if blocks.is_empty() {
            return;
        }
        let requests = self.requests.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel();
            // Where no thread can be had, code stays plain.
            let _ = thread::Builder::new().name("colours".into()).spawn(move || work(&receiver, &tell));
            sender
        });
        // It fails where there is no thread.
        let _ = requests.send((page, blocks));
    }
}

fn work(requests: &Receiver<Request>, tell: &dyn Fn(String, usize, Colouring) -> bool) {
    let mut syntaxes = None;
    while let Ok((page, blocks)) = requests.recv() {
        let syntaxes = syntaxes.get_or_insert_with(Syntaxes::load);
        for (block, language, text) in blocks {
            let started = Instant::now();
            let more = || started.elapsed() < TIME;
            if let Some(colouring) = syntaxes.colour_while(&language, &text, &more)
                && !tell(page.clone(), block, colouring)
            {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Syntax;

    #[test]
    fn blocks_come_back_one_by_one_and_unknown_languages_do_not() {
        let (sender, told) = mpsc::channel();
        let mut colourer = Colourer::default();
        let block = |number, language: &str, text: &str| (number, language.to_owned(), text.to_owned());
        let mut ask = |page: &str, blocks| {
            let sender = sender.clone();
            colourer.ask(page.to_owned(), blocks, move |page, block, colouring| {
                sender.send((page, block, colouring)).is_ok()
            });
        };
        ask("a", vec![block(0, "text", "if"), block(2, "rust", "let x"), block(3, "sql", "SELECT a")]);
        ask("b", vec![block(7, "json", "1")]);
        let seen: Vec<_> = told.iter().take(3).collect();
        let keyword = |length| vec![vec![(length, Some(Syntax::Keyword))]];
        let expected = [
            ("a".to_owned(), 2, keyword(3)),
            ("a".to_owned(), 3, keyword(6)),
            ("b".to_owned(), 7, vec![vec![(1, Some(Syntax::Number))]]),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_page_without_code_starts_no_thread() {
        let mut colourer = Colourer::default();
        colourer.ask("a".into(), Vec::new(), |_, _, _| true);
        assert!(colourer.requests.is_none());
    }
}
