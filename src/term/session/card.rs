//! A card in the editor, in the middle of a session.
//!
//! Own cards are edited where they stand. One of ours is first laid into the learner's own deck of the topic, where it
//! takes the place of ours by its id; where nothing is changed in the editor it is taken out again. The log keeps what the
//! card said before, so that an edit can be taken back, also after a restart.

use std::path::{Path, PathBuf};

use super::edit::command;
use super::{Action, Session, write_file};
use crate::app::new_card::NewCard;
use crate::deck::template::New;
use crate::deck::{BEGINS, next_card};
use crate::library::{self, Library};
use crate::store::Edit;
use crate::term::new_card;

/// Where a card stands, and what it says there.
struct Standing {
    path: PathBuf,
    line: usize,
    /// The card's own piece of the file.
    source: String,
    /// The file as it was before one of ours was laid into it; nothing where it was the learner's all along.
    before: Option<Option<String>>,
}

impl Session {
    /// Opens a card in the editor, and takes over what became of it. A card that cannot be used as it was left stays as it
    /// was in the session, and the place of the fault is shown.
    pub(super) fn edit_card(&mut self, id: &str) -> anyhow::Result<()> {
        let Some(editor) = self.editor() else {
            return self.tell("No editor is known: set EDITOR, or 'editor' in the settings.".into(), true);
        };
        let stands = match self.left_broken(id).map_or_else(|| self.standing_of(id), Ok) {
            Ok(stands) => stands,
            Err(why) => return self.tell(why, true),
        };
        self.files.edited.insert(id.to_string(), stands.path.clone());
        let opened = read(&stands.path);
        if !self.run_editor(command(&editor, &stands.path, stands.line))? {
            self.take_out(&stands);
            return self.edited(&stands.path);
        }
        if read(&stands.path) == opened {
            self.take_out(&stands);
            self.edited(&stands.path)?;
            return self.tell("Nothing was changed.".into(), false);
        }
        self.edited(&stands.path)?;
        let Some((_, after)) = own_source(&self.model.library, id, &stands.path) else {
            return self.tell(
                "The card cannot be used as it is; here it stays as it was. e opens it again.".into(),
                true,
            );
        };
        if after.trim() == stands.source.trim() {
            return self.tell("The card reads as it did before.".into(), false);
        }
        let edit = Edit {
            file: stands.path.display().to_string(),
            before: fingerprint(&stands.source),
            after: fingerprint(&after),
            source: Some(stands.source),
        };
        match self.store.record_edit(id, edit, self.model.now) {
            Ok(event) => self.act(Action::Edited(id.to_string(), event)),
            Err(error) => self.tell(format!("The edit is not in the log: {error}"), true),
        }
    }

    /// Puts a new card into the learner's deck of its topic, and opens the editor at it.
    pub(super) fn new_card(&mut self, card: &NewCard) -> anyhow::Result<()> {
        let library = &self.model.library;
        let id = library.fresh_id(&card.topic, &card.question);
        let path = self.data.join("decks").join(format!("{}.toml", card.topic));
        let new = New { id: &id, kind: &card.kind, question: &card.question, answer: card.answer.as_deref() };
        let line = match new_card::add(&path, library, &card.topic, &new) {
            Ok(line) => line,
            Err(error) => return self.tell(format!("No card was made: {error}"), true),
        };
        let Some(editor) = self.editor() else {
            self.edited(&path)?;
            let name = path.display();
            return self
                .tell(format!("It is in {name} at line {line}. Set EDITOR to have it opened."), false);
        };
        let id = format!("{}.{id}", card.topic);
        self.files.edited.insert(id.clone(), path.clone());
        let ended_well = self.run_editor(command(&editor, &path, line))?;
        self.edited(&path)?;
        if !ended_well {
            return Ok(());
        }
        match self.model.library.head(&id) {
            Some(_) => self.tell(format!("{id} is in the deck."), false),
            None => self.tell(format!("{} has no card {id} as it was left.", path.display()), true),
        }
    }

    /// Puts back what a card said before an edit, where it still says what the edit made of it.
    pub(super) fn put_back(&mut self, card: &str, edit: &Edit) -> Result<(), String> {
        put_back(&self.model.library, card, edit)?;
        self.edited(Path::new(&edit.file)).map_err(|error| error.to_string())
    }

    /// Where a card stands in a file that can be edited; one of ours is laid into the learner's own deck for that.
    fn standing_of(&self, id: &str) -> Result<Standing, String> {
        let library = &self.model.library;
        let Some((deck, place)) = library.card_place(id) else {
            return Err(format!("No deck has '{id}' any more."));
        };
        let (head, file) = (deck.heads().nth(place), deck.file_of(place));
        let (Some(head), Some((file, path))) = (head, file) else {
            return Err(format!("No deck has '{id}' any more."));
        };
        if head.bytes.is_empty() {
            return Err(format!("This card comes from {file}: it is edited there."));
        }
        let piece = |text: &str| text.get(head.bytes.clone()).map(str::to_string);
        if let Some(path) = path {
            let source = read(path).and_then(|text| piece(&text));
            let source = source.ok_or_else(|| format!("{} cannot be read.", path.display()))?;
            return Ok(Standing { path: path.to_path_buf(), line: head.line, source, before: None });
        }
        let source =
            self.ours_of(id).ok_or_else(|| format!("{file} is not part of the program any more."))?;
        let path = self.data.join("decks").join(format!("{}.toml", head.topic));
        let before = read(&path);
        let mut text = before.clone().unwrap_or_else(|| format!("topic = \"{}\"\n", head.topic));
        while !text.ends_with("\n\n") {
            text.push('\n');
        }
        let line = text.lines().count() + 1;
        text.push_str(source.trim_end());
        text.push('\n');
        write_file(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Standing { path, line, source, before: Some(before) })
    }

    /// A card that was edited here and left so that it cannot be used: it is edited on where it stands, and not laid
    /// beside itself.
    fn left_broken(&self, id: &str) -> Option<Standing> {
        let own = |topic: &str| self.data.join("decks").join(format!("{topic}.toml"));
        let (topic, name) = id.split_once('.')?;
        let path = self.files.edited.get(id).cloned().unwrap_or_else(|| own(topic));
        if own_source(&self.model.library, id, &path).is_some() {
            return None;
        }
        let text = read(&path)?;
        let start = block_of(&text, name)?;
        // What it said while it could be used: ours, where it is one of ours.
        let broken = text.get(start..next_card(&text, start))?.to_string();
        let source = self.ours_of(id).unwrap_or(broken);
        let line = text.get(..start)?.lines().count() + 1;
        Some(Standing { path, line, source, before: None })
    }

    /// What one of ours says.
    fn ours_of(&self, id: &str) -> Option<String> {
        let (deck, place) = self.model.library.card_place(id)?;
        let bytes = deck.heads().nth(place)?.bytes.clone();
        let (file, path) = deck.file_of(place)?;
        library::ours(file).filter(|_| path.is_none())?.get(bytes).map(str::to_string)
    }

    /// Takes one of ours out of the learner's deck again.
    fn take_out(&self, stands: &Standing) {
        let done = match &stands.before {
            None => Ok(()),
            Some(Some(text)) => write_file(&stands.path, text),
            Some(None) => std::fs::remove_file(&stands.path),
        };
        // Where that fails the card stays there as ours reads: nothing is lost by it.
        drop(done);
    }
}

/// Puts back what a card said before an edit, where it still says what the edit made of it.
///
/// # Errors
/// Where the text was changed since, or the file cannot be written; in words for people.
pub fn put_back(library: &Library, card: &str, edit: &Edit) -> Result<(), String> {
    let path = PathBuf::from(&edit.file);
    let changed = || format!("{} was changed since: the text stays as it is.", path.display());
    let Some(source) = &edit.source else { return Err(changed()) };
    let Some((start, now)) = own_source(library, card, &path) else { return Err(changed()) };
    let text = read(&path).filter(|_| fingerprint(&now) == edit.after).ok_or_else(changed)?;
    let back = format!("{}{source}{}", &text[..start], &text[start + now.len()..]);
    write_file(&path, &back).map_err(|error| format!("{}: {error}", path.display()))
}

/// Where a card's piece begins in the learner's file, and what it says; nothing where the library does not take the
/// card from there.
fn own_source(library: &Library, id: &str, path: &Path) -> Option<(usize, String)> {
    let (deck, place) = library.card_place(id)?;
    let (_, from) = deck.file_of(place)?;
    let same = |one: &Path| std::fs::canonicalize(one).ok();
    if same(from?) != same(path) {
        return None;
    }
    let head = deck.heads().nth(place)?;
    let text = read(path)?;
    let end = next_card(&text, head.bytes.start).max(head.bytes.end).min(text.len());
    Some((head.bytes.start, text.get(head.bytes.start..end)?.to_string()))
}

/// Where the card with that name begins in a deck's text, whatever else is wrong with it.
fn block_of(text: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text.get(at..)?.find(BEGINS) {
        let start = at + found;
        let end = next_card(text, start).max(start + BEGINS.len());
        let is = |line: &str| {
            let value =
                line.split_once('=').filter(|(key, _)| key.trim() == "id").map(|(_, value)| value.trim());
            value.is_some_and(|value| value.trim_matches(['"', '\'']) == name)
        };
        if text.get(start..end)?.lines().any(is) {
            return Some(start);
        }
        at = end;
    }
    None
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// 16 hexadecimal digits that are equal where the card's text is (64-bit FNV-1a), whatever space stands around it.
fn fingerprint(source: &str) -> String {
    let hash = source.trim().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_found_by_its_name_however_broken_it_is() {
        let text = "topic = \"t\"\n\n[[card]]\nid = \"ab\"\nkind = 3\n[[card]]\n  id='a'\nquestion = \"\"\"\nid = \"z\"\n";
        let second = text.rfind(BEGINS);
        assert_eq!((block_of(text, "ab"), block_of(text, "a")), (text.find(BEGINS), second));
        assert_eq!((block_of(text, "b"), block_of("", "a")), (None, None));
        assert_eq!(fingerprint(" a\n"), fingerprint("a"));
        assert_ne!(fingerprint("a"), fingerprint("b"));
    }
}
