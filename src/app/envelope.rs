//! The Envelope: a sheet that is saved as it is typed, and the list of the others.

mod sheets;

pub use sheets::{Listed, Naming, News, Opened, Row, SCRATCH, SheetList, Wish, title, wrong_name};

use super::command::Do;
use super::sheet::{Edited, SheetEditor, markdown};
use super::{Effect, Model, Notice, Overlay, Tab};
use crate::config::key::Key;
use sheets::free_name;

/// The first sheet that a learner sees: a worked estimate to change.
pub const FIRST_SHEET: &str = "\
# How many writes a second is 500 million posts a day?
posts  = 500 million posts/day
writes = posts in posts/s
peak   = writes * 3

# And how much disk in five years, three copies of each?
size    = 1.2 KB/post
storage = posts * size * 5 years * 3
";

/// How many lines calculated in the palette are kept.
const ONE_LINERS: usize = 200;
/// Within so many milliseconds a second click on the same place is a double click.
const DOUBLE_CLICK: i64 = 400;

/// The Envelope screen.
#[derive(Debug)]
pub struct EnvelopeScreen {
    /// The sheet.
    pub editor: SheetEditor,
    /// Its name.
    pub name: String,
    /// Whether results are shown as powers of ten.
    pub powers: bool,
    /// The sheets that there are, as far as somebody asked.
    pub sheets: Vec<Listed>,
    /// Lines that were calculated in the palette, the last one last.
    pub one_liners: Vec<String>,
    /// Why the sheet is not on the disk as it stands here, where it is not.
    pub unsaved: Option<String>,
    /// The log of the sheet's changes, before anybody needs it: the first frame does not wait for it.
    log: Option<String>,
    /// Whether it was said that quitting loses what is not saved.
    warned: bool,
    /// Sheets that were deleted and can be brought back.
    deleted: Vec<String>,
    /// A line that is put in once the scratch sheet is open.
    arriving: Option<String>,
    /// Where the button went down last, and when.
    pressed: Option<(usize, usize, i64)>,
}

impl EnvelopeScreen {
    /// The screen with a sheet.
    #[must_use]
    pub fn new(editor: SheetEditor, name: &str) -> EnvelopeScreen {
        EnvelopeScreen {
            editor,
            name: name.to_string(),
            powers: false,
            sheets: Vec::new(),
            one_liners: Vec::new(),
            unsaved: None,
            log: None,
            warned: false,
            deleted: Vec::new(),
            arriving: None,
            pressed: None,
        }
    }

    /// The screen with a sheet that was read, and the lines that were calculated before.
    #[must_use]
    pub fn opened(opened: &Opened, one_liners: Vec<String>) -> EnvelopeScreen {
        let editor = SheetEditor::with_text(&opened.text);
        let log = (!opened.log.is_empty()).then(|| opened.log.clone());
        EnvelopeScreen { one_liners, log, ..EnvelopeScreen::new(editor, &opened.name) }
    }

    /// The log is read before the first change.
    fn wake(&mut self) {
        if let Some(log) = self.log.take() {
            self.editor = SheetEditor::with_log(self.editor.text(), &log);
        }
    }

    /// What has to be saved.
    fn save(&self) -> Effect {
        let (text, log) = (self.editor.text().to_string(), self.editor.buffer.log());
        Effect::Sheet(Wish::Save { name: self.name.clone(), text, log })
    }
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let screen = &mut model.envelope;
    screen.wake();
    match does {
        Do::Leave => model.tab = Tab::Today,
        Do::Powers => {
            screen.powers = !screen.powers;
            let on = screen.powers;
            model.say(if on { "Powers of ten." } else { "Values as they are." });
        }
        Do::CopySheet => {
            let text = markdown(&screen.editor);
            model.say("Copied the sheet as Markdown.");
            return Some(vec![Effect::Copy(text)]);
        }
        Do::CopyResult => {
            screen.editor.buffer.deselect();
            return run(model, Do::Copy);
        }
        Do::Sheets => return Some(open_list(model, None)),
        Do::NewSheet => return Some(open_list(model, Some(Naming::New))),
        Do::RenameSheet => {
            let name = screen.name.clone();
            return Some(open_list(model, Some(Naming::Rename(name))));
        }
        Do::Down | Do::Up => {
            let height = rows(model);
            model.envelope.editor.scroll(does == Do::Down, 3, height);
        }
        _ => {
            screen.editor.buffer.at_time(model.now.utc_millis);
            let edited = screen.editor.act(does)?;
            return Some(after(model, edited));
        }
    }
    Some(Vec::new())
}

/// How many rows of the sheet are shown.
fn rows(model: &Model) -> usize {
    usize::from(super::layout::envelope(model.frame().body).text.height)
}

/// A key that is text, or moves in it.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    model.envelope.wake();
    model.envelope.editor.buffer.at_time(model.now.utc_millis);
    let edited = model.envelope.editor.typed(key);
    after(model, edited)
}

/// A paste into the sheet.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.envelope.wake();
    let edited = model.envelope.editor.paste(text);
    after(model, edited)
}

/// A click on a line of the sheet, at a column of its text. A second one on the same place takes the word.
pub(super) fn click(model: &mut Model, line: usize, column: usize) -> Vec<Effect> {
    let now = model.now.utc_millis;
    let screen = &mut model.envelope;
    screen.wake();
    let again = screen.pressed.is_some_and(|(l, c, at)| (l, c) == (line, column) && now - at < DOUBLE_CLICK);
    screen.editor.point(line, column, false);
    if again {
        screen.editor.buffer.select_word();
    }
    screen.pressed = Some((line, column, now));
    after(model, Edited::Same)
}

/// The button was let go: what lies between where it went down and here is selected.
pub(super) fn released(model: &mut Model, line: usize, column: usize) -> Vec<Effect> {
    let screen = &mut model.envelope;
    if screen.pressed.is_some_and(|(l, c, _)| (l, c) != (line, column)) {
        screen.editor.point(line, column, true);
        screen.pressed = None;
    }
    after(model, Edited::Same)
}

/// A click on a result: the first goes to its line, the second copies it.
pub(super) fn click_result(model: &mut Model, line: usize) -> Vec<Effect> {
    model.envelope.wake();
    let editor = &mut model.envelope.editor;
    if editor.buffer.place().0 == line {
        return run(model, Do::CopyResult).unwrap_or_default();
    }
    editor.point(line, usize::MAX, false);
    after(model, Edited::Same)
}

/// A click on the mark of a section that folds.
pub(super) fn click_fold(model: &mut Model, line: usize) -> Vec<Effect> {
    model.envelope.wake();
    let editor = &mut model.envelope.editor;
    editor.point(line, 0, false);
    editor.fold_at(line);
    after(model, Edited::Same)
}

/// Keeps the cursor in sight, and saves what has changed.
fn after(model: &mut Model, edited: Edited) -> Vec<Effect> {
    let height = rows(model);
    model.envelope.editor.show_cursor(height);
    match edited {
        Edited::Changed => vec![model.envelope.save()],
        Edited::Same => Vec::new(),
        Edited::Nothing(why) => {
            model.say(why);
            Vec::new()
        }
        Edited::Copied(text, changed, said) => {
            model.say(said);
            let copy = std::iter::once(Effect::Copy(text));
            copy.chain(changed.then(|| model.envelope.save())).collect()
        }
    }
}

/// Whether the program stays open for a sheet that is not saved: at the first wish to quit it says so.
pub(super) fn keeps(model: &mut Model) -> bool {
    let Some(why) = &model.envelope.unsaved else { return false };
    let text = format!("The sheet is not saved ({why}). Quit once more and what was typed since is lost.");
    let first = !std::mem::replace(&mut model.envelope.warned, true);
    if first {
        model.notice = Some(Notice { text, bad: true });
    }
    first
}

/// What is left to be saved when the program is left.
pub(super) fn leave(model: &Model) -> Option<Effect> {
    model.envelope.unsaved.as_ref().map(|_| model.envelope.save())
}

fn open_list(model: &mut Model, naming: Option<Naming>) -> Vec<Effect> {
    let mut list = SheetList::new(&model.envelope.sheets, &model.library, &model.envelope.name);
    if let Some(naming) = naming {
        begin_naming(&mut list, naming);
    }
    model.overlay = Some(Overlay::Sheets(Box::new(list)));
    vec![Effect::Sheet(Wish::List)]
}

fn begin_naming(list: &mut SheetList, naming: Naming) {
    let mut field = super::Field::line();
    if let Naming::Rename(name) = &naming {
        field.set(name);
    }
    list.says.clear();
    list.naming = Some((naming, field));
}

/// A command while the list of sheets lies over the screen.
pub(super) fn in_list(model: &mut Model, does: Do) -> Vec<Effect> {
    let height = usize::from(model.frame().body.height).saturating_sub(6).max(1);
    let deleted = model.envelope.deleted.last().cloned();
    let Some(Overlay::Sheets(list)) = &mut model.overlay else { return Vec::new() };
    if list.naming.is_some() {
        return match does {
            Do::Enter => named(model),
            Do::Leave | Do::Back => {
                list.naming = None;
                Vec::new()
            }
            _ => Vec::new(),
        };
    }
    let chosen = list.chosen().cloned();
    match (does, chosen) {
        (Do::Leave | Do::Back, _) => model.overlay = None,
        (Do::Enter, Some(row)) => return open_row(model, &row),
        (Do::NewSheet, _) => begin_naming(list, Naming::New),
        (Do::RenameSheet, Some(row)) if !row.template => begin_naming(list, Naming::Rename(row.name)),
        (Do::DeleteSheet, Some(row)) if !row.template => return vec![Effect::Sheet(Wish::Delete(row.name))],
        (Do::RenameSheet | Do::DeleteSheet, Some(_)) => {
            model.say("That is a template: it stays as it is. Enter makes a sheet of it.");
        }
        (Do::Undo, _) => match deleted {
            Some(name) => return vec![Effect::Sheet(Wish::Restore(name))],
            None => model.say("No sheet was deleted."),
        },
        _ => {
            list.moves(does, height);
        }
    }
    Vec::new()
}

/// Opens a row of the list: a sheet, or a copy of a template.
fn open_row(model: &mut Model, row: &Row) -> Vec<Effect> {
    if row.template { from_template(model, &row.name) } else { open(model, &row.name) }
}

/// Opens a sheet.
pub(super) fn open(model: &mut Model, name: &str) -> Vec<Effect> {
    if model.envelope.name == name {
        model.overlay = None;
        model.tab = Tab::Envelope;
        return Vec::new();
    }
    leave_for(model, Wish::Open(name.to_string()))
}

/// Makes a sheet of a template and opens it.
pub(super) fn from_template(model: &mut Model, slug: &str) -> Vec<Effect> {
    let Some(file) = model.library.sheets().iter().find(|file| file.stem() == slug) else {
        return Vec::new();
    };
    // Its assertions are for `check`: one who plays with the numbers would only be told that they changed.
    let text = crate::envelope::without_assertions(&file.text);
    let name = free_name(slug, &model.envelope.sheets);
    leave_for(model, Wish::New(name, text))
}

/// Another sheet takes the place of this one, which is saved first where it is not.
fn leave_for(model: &mut Model, wish: Wish) -> Vec<Effect> {
    if let Some(why) = &model.envelope.unsaved {
        let text = format!("This sheet is not saved yet, so no other is opened: {why}");
        model.notice = Some(Notice { text, bad: true });
        return vec![model.envelope.save()];
    }
    vec![Effect::Sheet(wish)]
}

/// The name that was typed.
fn named(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Sheets(list)) = &mut model.overlay else { return Vec::new() };
    let Some((naming, field)) = &list.naming else { return Vec::new() };
    let name = field.text().trim().trim_end_matches(".sheet").to_string();
    if let Some(why) = wrong_name(&name) {
        list.says = why.to_string();
        return Vec::new();
    }
    match naming.clone() {
        Naming::New => leave_for(model, Wish::New(name, String::new())),
        Naming::Rename(from) if from == name => {
            list.naming = None;
            Vec::new()
        }
        Naming::Rename(from) => vec![Effect::Sheet(Wish::Rename(from, name))],
    }
}

/// A line that was calculated in the palette goes to the end of the scratch sheet.
pub(super) fn put(model: &mut Model, line: &str) -> Vec<Effect> {
    let screen = &mut model.envelope;
    screen.one_liners.retain(|known| known != line);
    screen.one_liners.push(line.to_string());
    let over = screen.one_liners.len().saturating_sub(ONE_LINERS);
    screen.one_liners.drain(..over);
    let mut effects = vec![Effect::Sheet(Wish::Remember(screen.one_liners.clone()))];
    model.overlay = None;
    model.tab = Tab::Envelope;
    if model.envelope.name == SCRATCH {
        effects.extend(append(model, line));
    } else {
        model.envelope.arriving = Some(line.to_string());
        effects.extend(leave_for(model, Wish::Open(SCRATCH.to_string())));
    }
    effects
}

/// Puts a line at the end of the sheet.
fn append(model: &mut Model, line: &str) -> Vec<Effect> {
    model.envelope.wake();
    let buffer = &mut model.envelope.editor.buffer;
    buffer.go(super::sheet::Move::End, false);
    let begin = if buffer.text().is_empty() || buffer.text().ends_with('\n') { "" } else { "\n" };
    let edited = model.envelope.editor.paste(&format!("{begin}{line}"));
    after(model, edited)
}

/// Something came of a wish, or another program changed the sheet.
pub(super) fn told(model: &mut Model, news: News) -> Vec<Effect> {
    match news {
        News::Saved => (model.envelope.unsaved, model.envelope.warned) = (None, false),
        News::NotSaved(why) => {
            // What quitting would lose is said already.
            if !(model.envelope.warned && model.notice.is_some()) {
                model.notice = Some(Notice { text: format!("The sheet is not saved: {why}"), bad: true });
            }
            model.envelope.unsaved = Some(why);
        }
        News::Listed(sheets) => {
            model.envelope.sheets = sheets;
            if let Some(Overlay::Sheets(list)) = &mut model.overlay {
                list.fill(&model.envelope.sheets, &model.library);
            }
        }
        News::Opened(opened) => {
            model.overlay = None;
            model.tab = Tab::Envelope;
            let screen = &mut model.envelope;
            let clipboard = std::mem::take(&mut screen.editor.clipboard);
            screen.editor = SheetEditor::with_log(&opened.text, &opened.log);
            screen.editor.clipboard = clipboard;
            screen.log = None;
            (screen.name, screen.unsaved, screen.pressed) = (opened.name, None, None);
            let effects = after(model, Edited::Same);
            let Some(line) = model.envelope.arriving.take() else { return effects };
            return append(model, &line);
        }
        News::Renamed(from, to) => {
            if model.envelope.name == from {
                model.envelope.name.clone_from(&to);
            }
            model.say(format!("{from} is called {to} now."));
            return close_naming(model);
        }
        News::Deleted(name) => {
            model.envelope.deleted.push(name.clone());
            model.say(format!("{name} is deleted. In the list of sheets u brings it back."));
            let mut effects = vec![Effect::Sheet(Wish::List)];
            if model.envelope.name == name {
                // What is deleted is not to be saved again.
                effects.push(Effect::Sheet(Wish::Open(SCRATCH.to_string())));
            }
            return effects;
        }
        News::Restored(name) => {
            model.envelope.deleted.retain(|known| *known != name);
            model.say(format!("{name} is back."));
            return vec![Effect::Sheet(Wish::List)];
        }
        News::Changed(text) => {
            model.envelope.wake();
            model.envelope.editor.change_to(&text);
            model.say("Another program has changed this sheet: it is shown as it is now.");
            return after(model, Edited::Same);
        }
        News::Refused(why) => {
            model.envelope.arriving = None;
            if let Some(Overlay::Sheets(list)) = &mut model.overlay {
                list.says.clone_from(&why);
            }
            model.notice = Some(Notice { text: why, bad: true });
        }
    }
    Vec::new()
}

fn close_naming(model: &mut Model) -> Vec<Effect> {
    if let Some(Overlay::Sheets(list)) = &mut model.overlay {
        list.naming = None;
    }
    vec![Effect::Sheet(Wish::List)]
}
