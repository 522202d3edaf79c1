//! Wishes about the learner's sheets, carried out.

use super::{Action, Session, Tab};
use crate::app::envelope::{News, Wish};

impl Session {
    /// Carries out a wish and tells the application what came of it.
    pub(super) fn wish(&mut self, wish: Wish) -> anyhow::Result<()> {
        let sheets = &mut self.sheets;
        let news = match wish {
            Wish::Save { name, text, log } => match sheets.save(&name, &text, &log) {
                Ok(()) => News::Saved,
                Err(error) => News::NotSaved(error.to_string()),
            },
            Wish::List => News::Listed(sheets.list()),
            Wish::Open(name) => match sheets.open(&name) {
                Ok(opened) => News::Opened(opened),
                Err(error) => News::Refused(format!("{name} cannot be opened: {error}")),
            },
            Wish::New(name, text) => {
                match sheets.create(&name, &text).and_then(|()| sheets.open(&name)) {
                    Ok(opened) => News::Opened(opened),
                    Err(error) => News::Refused(format!("Not made: {error}")),
                }
            }
            Wish::Rename(from, to) => match sheets.rename(&from, &to) {
                Ok(()) => News::Renamed(from, to),
                Err(error) => News::Refused(format!("Not renamed: {error}")),
            },
            Wish::Delete(name) => match sheets.delete(&name) {
                Ok(()) => News::Deleted(name),
                Err(error) => News::Refused(format!("{name} is not deleted: {error}")),
            },
            Wish::Restore(name) => match sheets.restore(&name) {
                Ok(()) => News::Restored(name),
                Err(error) => News::Refused(format!("{name} is not brought back: {error}")),
            },
            Wish::Remember(lines) => match sheets.remember(&lines) {
                Ok(()) => return Ok(()),
                Err(error) => News::Refused(format!("The line is not remembered: {error}")),
            },
        };
        self.act(Action::Sheet(news))
    }

    /// Another program may have changed the sheet that is open: then it is shown as it is now, before anything is typed
    /// into it. A look at the metadata of one file.
    pub(super) fn look_at_sheet(&mut self) -> anyhow::Result<()> {
        if self.model.tab != Tab::Envelope {
            return Ok(());
        }
        match self.sheets.changed(&self.model.envelope.name) {
            Some(text) => self.act(Action::Sheet(News::Changed(text))),
            None => Ok(()),
        }
    }
}
