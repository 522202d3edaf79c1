//! The learner's sheets as files: what the application wants done with them, what it hears of it, and the list in which
//! one is opened, made from a template, named or deleted.

use crate::app::command::Do;
use crate::app::field::Field;
use crate::app::list::ListState;
use crate::config::key::Key;
use crate::library::Library;

/// The sheet that is always there.
pub const SCRATCH: &str = "scratch";
/// The longest name of a sheet, in bytes.
const LONGEST_NAME: usize = 60;

/// What is to be done with the learner's sheets. A sheet is named as its file is, without folder and ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Save a sheet, with the log by which its changes are taken back.
    Save {
        /// Which.
        name: String,
        /// Its text.
        text: String,
        /// [`crate::app::TextBuffer::log`].
        log: String,
    },
    /// Say which sheets there are.
    List,
    /// Open a sheet.
    Open(String),
    /// Make a sheet and open it; one of that name is left as it is.
    New(String, String),
    /// Give a sheet another name; one of that name is left as it is.
    Rename(String, String),
    /// Delete a sheet, so that it can be brought back.
    Delete(String),
    /// Bring back a sheet that was deleted.
    Restore(String),
    /// Keep the lines that were calculated in the palette.
    Remember(Vec<String>),
}

/// What came of it, or what another program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The sheet that is open is saved.
    Saved,
    /// It is not, and why.
    NotSaved(String),
    /// The sheets that there are, the last changed first.
    Listed(Vec<Listed>),
    /// A sheet, to be shown.
    Opened(Opened),
    /// The sheet that is open has another name.
    Renamed(String, String),
    /// A sheet is deleted.
    Deleted(String),
    /// A sheet that was deleted is back.
    Restored(String),
    /// Another program has changed the sheet that is open.
    Changed(String),
    /// Something was not done, and why.
    Refused(String),
}

/// A sheet as it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The log by which its changes are taken back; empty where there is none.
    pub log: String,
}

/// A sheet in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its first words.
    pub title: String,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The name of the sheet, or the slug of the template.
    pub name: String,
    /// Its first words.
    pub title: String,
    /// Whether it is a template.
    pub template: bool,
}

/// What a name is typed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    /// A new sheet.
    New,
    /// The sheet of that name gets another.
    Rename(String),
}

/// The open list.
#[derive(Clone, Debug, Default)]
pub struct SheetList {
    /// The sheets, then the templates.
    pub rows: Vec<Row>,
    /// The chosen row.
    pub list: ListState,
    /// A name being typed.
    pub naming: Option<(Naming, Field)>,
    /// What is wrong with it.
    pub says: String,
    /// The row to be chosen once it is there, until another one is chosen.
    wanted: Option<Row>,
}

impl SheetList {
    /// A list of these sheets and of the library's templates. The sheet that is open is chosen.
    #[must_use]
    pub fn new(sheets: &[Listed], library: &Library, open: &str) -> SheetList {
        let open = Row { name: open.to_string(), title: String::new(), template: false };
        let mut list = SheetList { wanted: Some(open), ..SheetList::default() };
        list.fill(sheets, library);
        list
    }

    /// Shows other sheets; the chosen one stays chosen.
    pub fn fill(&mut self, sheets: &[Listed], library: &Library) {
        let wanted = self.wanted.clone().or_else(|| self.chosen().cloned());
        let own = sheets.iter().map(|sheet| Row {
            name: sheet.name.clone(),
            title: sheet.title.clone(),
            template: false,
        });
        let templates = library.sheets().iter().map(|file| Row {
            name: file.stem().to_string(),
            title: title(&file.text),
            template: true,
        });
        self.rows = own.chain(templates).collect();
        let same = |row: &Row| {
            wanted.as_ref().is_some_and(|wanted| (&wanted.name, wanted.template) == (&row.name, row.template))
        };
        let place = self.rows.iter().position(same).unwrap_or(self.list.chosen);
        self.list.chosen = place.min(self.rows.len().saturating_sub(1));
    }

    /// Chooses a row.
    pub(in crate::app) fn choose(&mut self, row: usize) {
        self.wanted = None;
        self.list.chosen = row.min(self.rows.len().saturating_sub(1));
    }

    /// The chosen row.
    #[must_use]
    pub fn chosen(&self) -> Option<&Row> {
        self.rows.get(self.list.chosen)
    }

    /// A key for the name that is being typed.
    pub fn typed(&mut self, key: Key) {
        if let Some((_, field)) = &mut self.naming {
            field.key(key);
            self.says.clear();
        }
    }

    /// A paste into it.
    pub fn paste(&mut self, text: &str) {
        if let Some((_, field)) = &mut self.naming {
            field.insert(text);
            self.says.clear();
        }
    }

    /// Moves. Says whether the command was one.
    pub(super) fn moves(&mut self, does: Do, height: usize) -> bool {
        let rows = self.rows.len();
        self.wanted = None;
        self.list.act(does, rows, height)
    }
}

/// The first words of a sheet: its heading, or its first line.
#[must_use]
pub fn title(text: &str) -> String {
    let first =
        text.lines().map(|line| line.trim().trim_start_matches('#').trim()).find(|line| !line.is_empty());
    first.unwrap_or_default().chars().take(120).collect()
}

/// Why a sheet cannot be called so; nothing where it can. What can be named here can be a file's name on every system.
#[must_use]
pub fn wrong_name(name: &str) -> Option<&'static str> {
    let name = name.trim();
    let forbidden = |c: char| c.is_control() || "/\\<>:\"|?*".contains(c);
    match () {
        () if name.is_empty() => Some("A sheet needs a name."),
        () if name.len() > LONGEST_NAME => Some("That is too long for a name."),
        () if name.contains(forbidden) => Some("A name has no / \\ < > : \" | ? or * in it."),
        () if name.starts_with('.') || name.ends_with('.') => {
            Some("A name does not begin or end with a dot.")
        }
        () => None,
    }
}

/// A name like this one that no sheet has.
#[must_use]
pub fn free_name(like: &str, sheets: &[Listed]) -> String {
    let taken = |name: &str| sheets.iter().any(|sheet| sheet.name.eq_ignore_ascii_case(name));
    let numbered = (2..).map(|number| format!("{like}-{number}"));
    std::iter::once(like.to_string()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_every_system_takes() {
        for good in ["feed", "Short links 2", "größe", "a.b", "-"] {
            assert_eq!(wrong_name(good), None, "{good}");
        }
        for bad in ["", "  ", "a/b", "..", ".hidden", "a\\b", "c:", "a\nb", "x*", &"n".repeat(61)] {
            assert!(wrong_name(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_copy_of_a_template_gets_a_name_that_is_free() {
        let listed = |name: &str| Listed { name: name.to_string(), title: String::new() };
        assert_eq!(free_name("feed", &[]), "feed");
        assert_eq!(free_name("feed", &[listed("Feed"), listed("feed-2")]), "feed-3");
        assert_eq!(title("\n## A feed\nx = 1"), "A feed");
    }
}
