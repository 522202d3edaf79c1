//! Replies of the terminal in the stream of keys: found, swallowed whole, and read.
//!
//! A program learns the background by asking `OSC 11 ; ?` and reading `OSC 11 ; rgb:1e1e/1e1e/2e2e ST` from
//! the keyboard's own stream. crossterm 0.29 does not know such replies. It hands them on as keys: Alt-] (or,
//! where a read ends between the two bytes, Esc and `]`), then `1`, `1`, `;`, `r` and so on, then Alt-\ or
//! Ctrl-G. On a screen where `1` grades a card, such a key is a wrong answer in the log. So every key passes
//! through [`Replies`], which knows what a reply looks like, however late it comes and however it is cut.
//!
//! The rules, in the order of their weight:
//!
//! 1. Nothing behind `ESC ] digits ;` acts as a key. From there on it is a reply for certain: it is swallowed to
//!    its end, without a time limit that a slow line could break.
//! 2. What is no reply comes out unchanged and in order. Keys are held back only while they look like the
//!    beginning of a reply, and [`HOLD`] at most. Esc is held only while an answer is awaited ([`AWAIT`]).
//! 3. When the hold ends on `ESC ] digit` while an answer is awaited, the keys are dropped: nobody types Alt-]
//!    and a digit within 50 ms, but a line can stall there.
//!
//! The machine is pure: keys and times go in, keys and backgrounds come out. Nothing here waits.

use std::time::{Duration, Instant};

use crate::config::key::{Key, KeyCode};
use crate::config::theme::Background;

/// How long keys that look like the beginning of a reply are held back.
pub const HOLD: Duration = Duration::from_millis(50);

/// How long after the question an answer is awaited. A later one is still recognised, unless a read ends
/// between its first two bytes.
pub const AWAIT: Duration = Duration::from_secs(10);

/// The longest body that is still a colour reply; `11;rgba:ffff/ffff/ffff/ffff` has 27 characters.
const LONGEST: usize = 64;

/// What comes out of the key stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// A key that a person pressed.
    Key(Key),
    /// The terminal's answer about its background.
    Background(Background),
}

/// How much of a reply has been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Nothing of one.
    #[default]
    Keys,
    /// Esc, which is a reply's first byte where a read ended behind it.
    Escape,
    /// `ESC ]`.
    Opened,
    /// `ESC ]` and digits.
    Number,
    /// `ESC ]`, digits and `;`: a reply, since the instant given.
    Body(Instant),
    /// All of it and the first byte of `ESC \`, at the instant given.
    Closing(Instant),
}

/// Takes the terminal's replies out of the key stream.
#[derive(Debug, Default)]
pub struct Replies {
    asked: Option<Instant>,
    place: Place,
    held: Vec<Key>,
    held_since: Option<Instant>,
    body: String,
}

impl Replies {
    /// Notes that the terminal was asked for its background at `now`.
    pub fn asked(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// Whether an answer is awaited: asked at most [`AWAIT`] ago and not answered yet.
    #[must_use]
    pub fn awaited(&self, now: Instant) -> bool {
        self.awaited_since(now, AWAIT)
    }

    /// Whether the terminal was asked at most `limit` ago and has not answered yet.
    #[must_use]
    pub fn awaited_since(&self, now: Instant, limit: Duration) -> bool {
        self.asked.is_some_and(|asked| now.saturating_duration_since(asked) <= limit)
    }

    /// When [`Replies::expire`] has to be called, while keys are held back; otherwise nothing, so that an idle
    /// program has no timer.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.held_since.map(|since| since + HOLD)
    }

    /// Takes the key that arrived at `now` and appends to `out` what may pass. `now` never goes backwards.
    pub fn key(&mut self, key: Key, now: Instant, out: &mut Vec<Passed>) {
        self.expire(now, out);
        // A key that does not fit ends the reply that it would belong to, and may begin the next one. The
        // second round starts from `Place::Keys`, which takes every key, so two rounds are enough.
        if !self.fits(key, now, out) {
            self.release(out);
            self.place = Place::Keys;
            if !self.fits(key, now, out) {
                out.push(Passed::Key(key));
            }
        }
    }

    /// Lets held keys go whose time is over at `now`.
    pub fn expire(&mut self, now: Instant, out: &mut Vec<Passed>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        let opened = self.held.first().is_some_and(|key| opens(*key) || *key == ESC);
        match self.place {
            Place::Number if opened && self.awaited(now) => self.drop_held(),
            Place::Number if !self.awaited(now) => {
                self.release(out);
                self.place = Place::Keys;
            }
            // The place is kept: the rest of a cut reply is still known when it comes.
            _ => self.release(out),
        }
    }

    /// Something other than a key came from the terminal: what was held back is no reply.
    pub fn interrupt(&mut self, out: &mut Vec<Passed>) {
        self.release(out);
        self.place = Place::Keys;
    }

    /// Whether the key goes on with the reply at this place; then it is taken.
    fn fits(&mut self, key: Key, now: Instant, out: &mut Vec<Passed>) -> bool {
        match (self.place, key.typed()) {
            (Place::Keys, _) if opens(key) => self.hold(key, now, Place::Opened),
            (Place::Keys, _) if key == ESC && self.awaited(now) => self.hold(key, now, Place::Escape),
            (Place::Escape, Some(']')) => self.hold(key, now, Place::Opened),
            (Place::Opened, Some(digit @ '0'..='9')) => {
                self.body = digit.to_string();
                self.hold(key, now, Place::Number)
            }
            (Place::Number, Some(digit @ '0'..='9')) if self.body.len() < 4 => {
                self.body.push(digit);
                self.hold(key, now, Place::Number)
            }
            (Place::Number, Some(';')) => {
                self.drop_held();
                self.body.push(';');
                self.place = Place::Body(now);
                true
            }
            (Place::Body(since), _) if now.saturating_duration_since(since) <= AWAIT => {
                self.body_fits(key, now, out)
            }
            (Place::Closing(since), Some('\\')) if now.saturating_duration_since(since) <= AWAIT => {
                self.place = Place::Keys;
                true
            }
            _ => false,
        }
    }

    fn body_fits(&mut self, key: Key, now: Instant, out: &mut Vec<Passed>) -> bool {
        if closes(key) {
            self.finish(out);
            self.place = Place::Keys;
            return true;
        }
        // urxvt ends a reply with a lone ESC, and a read may end between ESC and `\`. A colour that is
        // whole needs nothing more, so nothing is held back here.
        if key == ESC && colour(&self.body).is_some() {
            self.finish(out);
            self.place = Place::Closing(now);
            return true;
        }
        let part = key.typed().filter(|character| {
            character.is_ascii_hexdigit() || matches!(character, 'r' | 'g' | ':' | '/' | '#' | ';')
        });
        match part {
            Some(character) if self.body.len() < LONGEST => {
                self.body.push(character);
                true
            }
            _ => false,
        }
    }

    fn finish(&mut self, out: &mut Vec<Passed>) {
        if let Some(background) = background(&self.body) {
            self.asked = None;
            out.push(Passed::Background(background));
        }
    }

    fn hold(&mut self, key: Key, now: Instant, place: Place) -> bool {
        self.held.push(key);
        self.held_since.get_or_insert(now);
        self.place = place;
        true
    }

    fn release(&mut self, out: &mut Vec<Passed>) {
        out.extend(self.held.drain(..).map(Passed::Key));
        self.held_since = None;
    }

    fn drop_held(&mut self) {
        self.held.clear();
        self.held_since = None;
    }
}

const ESC: Key = Key::plain(KeyCode::Esc);

/// `ESC ]` in one read, or the eight-bit OSC.
fn opens(key: Key) -> bool {
    key == Key { alt: true, ..Key::char(']') } || key == Key::char('\u{9d}')
}

/// `ESC \` in one read, BEL, or the eight-bit ST.
fn closes(key: Key) -> bool {
    key == Key { alt: true, ..Key::char('\\') }
        || key == Key { ctrl: true, ..Key::char('g') }
        || key == Key::char('\u{9c}')
}

/// The background that the body of an OSC reply tells, if it is the answer to OSC 11: light where the colour's
/// relative luminance (WCAG 2.2) is above one half.
fn background(body: &str) -> Option<Background> {
    let channels = body.starts_with("11;").then(|| colour(body))??;
    let [red, green, blue] = channels.map(|channel| {
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    Some(if luminance > 0.5 { Background::Light } else { Background::Dark })
}

/// Red, green and blue in 0..=1 from `11;rgb:R/G/B`, `11;rgba:R/G/B/A` or `11;#RGB`, with one to four
/// hexadecimal digits a channel (X11, XParseColor); opacity does not count.
fn colour(body: &str) -> Option<[f64; 3]> {
    let spec = body.rsplit(';').next()?;
    let parts: Vec<&str> = if let Some(list) = spec.strip_prefix("rgb:") {
        list.split('/').collect()
    } else if let Some(list) = spec.strip_prefix("rgba:") {
        let parts: Vec<&str> = list.split('/').collect();
        // A fourth channel that has not come yet: the reply is not whole.
        channel(parts.get(3)?)?;
        parts.get(..3).filter(|_| parts.len() == 4)?.to_vec()
    } else {
        let digits = spec.strip_prefix('#').filter(|digits| digits.is_ascii())?;
        let width = digits.len() / 3;
        if width == 0 || digits.len() % 3 != 0 {
            return None;
        }
        vec![&digits[..width], &digits[width..2 * width], &digits[2 * width..]]
    };
    let &[red, green, blue] = parts.as_slice() else { return None };
    Some([channel(red)?, channel(green)?, channel(blue)?])
}

fn channel(digits: &str) -> Option<f64> {
    if !(1..=4).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let full = 16_u32.pow(u32::try_from(digits.len()).ok()?) - 1;
    Some(f64::from(value) / f64::from(full))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// All forms of the answer, and what it says. The first is xterm's, the second kitty's with BEL.
    const REPLIES: [(&str, Background); 11] = [
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", Background::Light),
        ("\x1b]11;rgb:1e1e/1e1e/2e2e\x07", Background::Dark),
        ("\x1b]11;rgb:FD/F6/E3\x1b\\", Background::Light),
        ("\x1b]11;rgb:0/2/3\x07", Background::Dark),
        ("\x1b]11;rgb:fff/fff/fff\x07", Background::Light),
        ("\x1b]11;rgba:0000/0000/0000/ffff\x1b\\", Background::Dark),
        ("\x1b]11;rgba:ff/ff/ff/0\x1b\\", Background::Light),
        ("\x1b]11;#1234ab\x07", Background::Dark),
        ("\x1b]11;#fff\x1b\\", Background::Light),
        ("\x1b]11;#eeeeffffeeee\x1b\\", Background::Light),
        ("\u{9d}11;rgb:1111/2222/1111\u{9c}", Background::Dark),
    ];

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// What crossterm 0.29 makes of one `read(2)` (its `event/sys/unix/parse.rs`): a lone ESC at the end is the
    /// key Esc, two in a row are one, and any other character behind it is an Alt key.
    fn keys(read: &str) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut characters = read.chars().peekable();
        while let Some(character) = characters.next() {
            keys.push(match (character, characters.peek()) {
                ('\x1b', None) => ESC,
                ('\x1b', Some('\x1b')) => {
                    characters.next();
                    ESC
                }
                ('\x1b', Some(&next)) => {
                    characters.next();
                    Key { alt: true, ..Key::char(next) }
                }
                ('\x07', _) => Key { ctrl: true, ..Key::char('g') },
                _ => Key::char(character),
            });
        }
        keys
    }

    /// Feeds reads, each so long after the one before, as the event loop does: `expire` at its deadline. A second
    /// later everything is out.
    fn run(asked: bool, reads: &[(Duration, Vec<Key>)]) -> Vec<Passed> {
        let mut now = Instant::now();
        let (mut replies, mut out) = (Replies::default(), Vec::new());
        if asked {
            replies.asked(now);
        }
        let end = (ms(1000), Vec::new());
        for (pause, keys) in reads.iter().chain([&end]) {
            let next = now + *pause;
            while let Some(deadline) = replies.deadline().filter(|deadline| *deadline <= next) {
                replies.expire(deadline, &mut out);
            }
            now = next;
            for key in keys {
                replies.key(*key, now, &mut out);
            }
        }
        assert_eq!(replies.deadline(), None, "nothing is held for ever");
        out
    }

    /// A reply cut into reads, with one pause before each piece but the first.
    fn cut(reply: &str, pieces: &[(usize, Duration)]) -> Vec<(Duration, Vec<Key>)> {
        let characters: Vec<char> = reply.chars().collect();
        let mut reads = Vec::new();
        let (mut start, mut pause) = (0, ms(0));
        for (end, next_pause) in pieces.iter().copied().chain([(characters.len(), ms(0))]) {
            let piece: String = characters[start..end].iter().collect();
            reads.push((pause, keys(&piece)));
            (start, pause) = (end, next_pause);
        }
        reads
    }

    fn passed(keys: &[Key]) -> Vec<Passed> {
        keys.iter().copied().map(Passed::Key).collect()
    }

    #[test]
    fn every_form_is_read_and_swallowed() {
        for (reply, background) in REPLIES {
            for asked in [true, false] {
                assert_eq!(run(asked, &cut(reply, &[])), [Passed::Background(background)], "{reply:?}");
            }
        }
    }

    /// One cut anywhere, short or long: the only keys that can come out are the two that a cut in the
    /// introducer makes indistinguishable from a person's, Esc and Alt-]. Digits never do.
    #[test]
    fn one_cut_anywhere_leaks_nothing_that_grades() {
        for (reply, background) in REPLIES {
            let eight_bit = reply.starts_with('\u{9d}');
            for at in 1..reply.chars().count() {
                for pause in [0, 1, 49, 50, 51, 300, 3_000, 9_000].map(ms) {
                    let leaked: &[Key] = match at {
                        1 if pause >= HOLD && eight_bit => &[Key::char('\u{9d}')],
                        1 if pause >= HOLD => &[ESC],
                        2 if pause >= HOLD && !eight_bit => &[Key { alt: true, ..Key::char(']') }],
                        _ => &[],
                    };
                    let mut expected = passed(leaked);
                    expected.push(Passed::Background(background));
                    let reads = cut(reply, &[(at, pause)]);
                    assert_eq!(run(true, &reads), expected, "{reply:?} cut at {at} for {pause:?}");
                }
            }
        }
    }

    #[test]
    fn odd_replies() {
        let check = |asked, reads: &[&str], expected: &[Passed]| {
            let reads: Vec<_> = reads.iter().map(|read| (ms(60), keys(read))).collect();
            assert_eq!(run(asked, &reads), expected, "{reads:?}");
        };
        let j = Passed::Key(Key::char('j'));
        let dark = Passed::Background(Background::Dark);
        // Answers to other questions are swallowed and say nothing: OSC 10, OSC 4, and one without a colour.
        check(true, &["j\x1b]10;rgb:ffff/ffff/ffff\x1b\\j"], &[j, j]);
        check(false, &["\x1b]4;1;rgb:ffff/ffff/ffff\x07j"], &[j]);
        check(true, &["\x1b]11;rgb:zz\x1b\\"], &passed(&[Key::char('z'), Key::char('z'), ALT_BACKSLASH]));
        // urxvt ends with a lone ESC.
        check(true, &["\x1b]11;rgb:0000/0000/0000\x1b", "j"], &[dark, j]);
        // A reply that stops half-way ends with the first key that is no part of one, and that key counts.
        check(true, &["\x1b]11;rgb:00", "j"], &[j]);
        check(true, &["\x1b]11;rgb:00", "\x1b", "j"], &[Passed::Key(ESC), j]);
        // Two in a row, and one begun while another is open.
        check(true, &["\x1b]11;#000\x07\x1b]11;#000\x07j"], &[dark, dark, j]);
        check(true, &["\x1b]11;rgb:00\x1b]11;#000\x07j"], &[dark, j]);
        // Esc, then the whole reply.
        check(true, &["\x1b", "\x1b]11;#000\x07"], &[Passed::Key(ESC), dark]);
    }

    const ALT_BACKSLASH: Key = Key { code: KeyCode::Char('\\'), ctrl: false, alt: true, shift: false };

    /// A person's keys near a reply: Esc, then `]`, then a grade, at a person's speed.
    #[test]
    fn slow_keys_pass_even_while_an_answer_is_awaited() {
        let typed =
            [ESC, Key::char(']'), Key::char('1'), Key { alt: true, ..Key::char(']') }, Key::char('2')];
        let reads: Vec<_> = typed.iter().map(|key| (ms(80), vec![*key])).collect();
        assert_eq!(run(true, &reads), passed(&typed));
    }

    #[test]
    fn esc_waits_only_while_an_answer_is_awaited() {
        let start = Instant::now();
        let mut out = Vec::new();
        let mut replies = Replies::default();
        replies.key(ESC, start, &mut out);
        assert_eq!((replies.deadline(), out.len()), (None, 1), "never asked");
        replies.asked(start);
        replies.key(ESC, start + ms(1), &mut out);
        assert_eq!((replies.deadline(), out.len()), (Some(start + ms(1) + HOLD), 1), "asked");
        replies.key(ESC, start + AWAIT + ms(1), &mut out);
        assert_eq!((replies.deadline(), out.len()), (None, 3), "asked too long ago");
        replies.asked(start + AWAIT);
        for key in keys("\x1b]11;#000\x07\x1b") {
            replies.key(key, start + AWAIT + ms(2), &mut out);
        }
        assert_eq!((replies.deadline(), out.len()), (None, 5), "answered");
    }

    fn any_key() -> impl Strategy<Value = Key> {
        let mut all: Vec<Key> = "]\\1;4rg:/#azj \u{9d}".chars().map(Key::char).collect();
        all.extend([ESC, Key::plain(KeyCode::Enter), Key { alt: true, ..Key::char(']') }, ALT_BACKSLASH]);
        all.push(Key { ctrl: true, ..Key::char('g') });
        select(all)
    }

    /// Keys without what begins a reply: an introducer and a digit.
    fn ordinary_keys() -> impl Strategy<Value = Vec<Key>> {
        proptest::collection::vec(any_key(), 0..12).prop_map(|keys| {
            let mut kept: Vec<Key> = Vec::new();
            for key in keys {
                let introduced = match kept.as_slice() {
                    [.., esc, bracket] if *esc == ESC && *bracket == Key::char(']') => true,
                    [.., last] => opens(*last),
                    [] => false,
                };
                if !(introduced && key.typed().is_some_and(|character| character.is_ascii_digit())) {
                    kept.push(key);
                }
            }
            kept
        })
    }

    proptest! {
        /// What is no reply comes out unchanged and in order, at any speed.
        #[test]
        fn other_keys_pass(keys in ordinary_keys(), pause in 0_u64..120, asked: bool) {
            let reads: Vec<_> = keys.iter().map(|key| (ms(pause), vec![*key])).collect();
            prop_assert_eq!(run(asked, &reads), passed(&keys));
        }

        /// No key is held back longer than `HOLD`.
        #[test]
        fn nothing_waits_longer(keys in ordinary_keys(), pauses in proptest::collection::vec(0_u64..60, 12)) {
            let mut now = Instant::now();
            let (mut replies, mut out) = (Replies::default(), Vec::new());
            replies.asked(now);
            let mut arrived = Vec::new();
            for (key, pause) in keys.iter().zip(pauses) {
                now += ms(pause);
                replies.key(*key, now, &mut out);
                arrived.push(now);
                let due = arrived.iter().filter(|arrived| **arrived + HOLD <= now).count();
                prop_assert!(out.len() >= due);
                prop_assert!(replies.deadline().is_none_or(|deadline| deadline <= now + HOLD));
            }
        }

        /// A reply between keys, cut anywhere any number of times. The introducer and the number come within
        /// `HOLD`; behind `;` the line may stall for seconds.
        #[test]
        fn a_reply_between_keys(
            before in ordinary_keys(),
            after in ordinary_keys(),
            (reply, background) in select(REPLIES.to_vec()),
            cuts in proptest::collection::btree_map(1_usize..40, 0_u64..700, 0..12),
        ) {
            // An Esc right before the reply in the same read would become one with the reply's own.
            let mut reads = vec![(ms(0), before.clone())];
            let introducer = reply.chars().position(|character| character == ';').unwrap_or(0);
            let count = reply.chars().count();
            let pieces: Vec<(usize, Duration)> = cuts
                .into_iter()
                .filter(|(at, _)| *at < count)
                .map(|(at, pause)| (at, ms(if at <= introducer { pause % 10 } else { pause })))
                .collect();
            let mut pieces = cut(reply, &pieces);
            pieces[0].0 = ms(100);
            reads.extend(pieces);
            reads.push((ms(100), after.clone()));
            let mut expected = passed(&before);
            expected.push(Passed::Background(background));
            expected.extend(passed(&after));
            prop_assert_eq!(run(true, &reads), expected);
        }
    }
}
