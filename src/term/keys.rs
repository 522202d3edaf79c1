//! crossterm's events as ours: keys, pasted text, the mouse.
//!
//! One key press is one [`Key`], whatever the system: a release is none, Shift is in the character already,
//! and the names that a byte has by accident (Ctrl-H, Ctrl-4) become the key that the person meant.

use crossterm::event::{KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::events::{Mouse, MouseKind};
use crate::config::key::{Key, KeyCode};

/// The key that was pressed. Nothing for a release, for keys that we have no name for, and for what belongs to
/// the desktop (Super, Hyper).
pub(super) fn key(event: KeyEvent) -> Option<Key> {
    if event.kind != KeyEventKind::Press
        || event.modifiers.intersects(KeyModifiers::SUPER | KeyModifiers::HYPER)
    {
        return None;
    }
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::META);
    let shift = event.modifiers.contains(KeyModifiers::SHIFT);
    // A terminal tells Shift apart only with these; with the others Windows would make a second kind of Enter.
    let held = |code| Some(Key { code, ctrl, alt, shift });
    let bare = |code| Some(Key { code, ctrl, alt, shift: false });
    match event.code {
        Code::Char(character) => Some(character_key(character, ctrl, alt)),
        Code::Null => Some(character_key(' ', true, alt)),
        Code::Enter => bare(KeyCode::Enter),
        Code::Esc => bare(KeyCode::Esc),
        Code::Tab if shift => bare(KeyCode::BackTab),
        Code::Tab => bare(KeyCode::Tab),
        Code::BackTab => bare(KeyCode::BackTab),
        Code::Backspace => bare(KeyCode::Backspace),
        Code::Delete => held(KeyCode::Delete),
        Code::Left => held(KeyCode::Left),
        Code::Right => held(KeyCode::Right),
        Code::Up => held(KeyCode::Up),
        Code::Down => held(KeyCode::Down),
        Code::Home => held(KeyCode::Home),
        Code::End => held(KeyCode::End),
        Code::PageUp => held(KeyCode::PageUp),
        Code::PageDown => held(KeyCode::PageDown),
        Code::F(number) => held(KeyCode::F(number)),
        _ => None,
    }
}

fn character_key(character: char, ctrl: bool, alt: bool) -> Key {
    // Windows reports AltGr as Ctrl and Alt, so that `@` or `ą` would be a chord and type nothing.
    if cfg!(windows) && ctrl && alt && !character.is_ascii_alphanumeric() && character != ' ' {
        return Key::char(character);
    }
    if !ctrl {
        return Key { alt, ..Key::char(character) };
    }
    let character = match character.to_ascii_lowercase() {
        // The byte 0x08 is what Backspace sends on terminals with `stty erase ^H`, and what Ctrl-Backspace
        // sends on most others. No text field is better off with a key Ctrl-H.
        'h' => return Key { alt, ..Key::plain(KeyCode::Backspace) },
        // crossterm names the bytes 0x1c to 0x1f after the digits of a VT220; the caret notation is older
        // and the one that people know.
        '4' => '\\',
        '5' => ']',
        '6' => '^',
        '7' => '_',
        other => other,
    };
    Key { ctrl, alt, ..Key::char(character) }
}

/// Pasted text as text: terminals send a line's end as CR, and a control character in a paste is never meant.
pub(super) fn pasted(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|character| matches!(character, '\n' | '\t') || !character.is_control()).collect()
}

/// The left button, down or let go, or a turn of the wheel; nothing for the rest.
pub(super) fn mouse(event: MouseEvent) -> Option<Mouse> {
    let kind = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
        MouseEventKind::Up(MouseButton::Left) => MouseKind::Release,
        MouseEventKind::ScrollUp => MouseKind::ScrollUp,
        MouseEventKind::ScrollDown => MouseKind::ScrollDown,
        _ => return None,
    };
    Some(Mouse { kind, column: event.column, row: event.row })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: Code, modifiers: KeyModifiers) -> Option<String> {
        key(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    #[test]
    fn a_press_is_the_key_that_was_meant() {
        let check = |code, modifiers, expected: &str| {
            assert_eq!(press(code, modifiers), Some(expected.to_string()), "{code:?} {modifiers:?}");
        };
        let (none, shift) = (KeyModifiers::NONE, KeyModifiers::SHIFT);
        let (ctrl, alt) = (KeyModifiers::CONTROL, KeyModifiers::ALT);
        check(Code::Char('j'), none, "j");
        check(Code::Char('G'), shift, "G");
        check(Code::Char('?'), shift, "?");
        check(Code::Char('ä'), none, "ä");
        check(Code::Char('1'), alt, "Alt-1");
        check(Code::Char('p'), ctrl, "^P");
        check(Code::Char('P'), ctrl | shift, "^P");
        check(Code::Char('h'), ctrl, "Backspace");
        check(Code::Backspace, none, "Backspace");
        check(Code::Backspace, shift, "Backspace");
        check(Code::Char(' '), ctrl, "^Space");
        check(Code::Null, none, "^Space");
        check(Code::Char('4'), ctrl, "^\\");
        check(Code::Char('7'), ctrl, "^_");
        check(Code::BackTab, shift, "Shift-Tab");
        check(Code::Tab, shift, "Shift-Tab");
        check(Code::Enter, shift, "Enter");
        check(Code::Enter, alt, "Alt-Enter");
        check(Code::Up, alt, "Alt-Up");
        check(Code::Left, shift, "Shift-Left");
        check(Code::PageUp, ctrl, "Ctrl-PgUp");
        check(Code::F(5), none, "F5");
    }

    #[test]
    fn releases_and_unknown_keys_are_no_keys() {
        let mut release = KeyEvent::new(Code::Char('1'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(key(release), None);
        assert_eq!(press(Code::Char('l'), KeyModifiers::SUPER), None);
        assert_eq!(press(Code::Insert, KeyModifiers::NONE), None);
        assert_eq!(press(Code::CapsLock, KeyModifiers::NONE), None);
    }

    #[test]
    fn a_paste_is_text() {
        assert_eq!(pasted("one\r\ntwo\rthree\nfour\t5"), "one\ntwo\nthree\nfour\t5");
        assert_eq!(pasted("\u{1b}[31mred\u{7}\u{9b}"), "[31mred");
    }
}
