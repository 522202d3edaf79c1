//! Wishes about the learner's sheets, carried out; and how a file is written so that it is never half there.

use std::io;
use std::path::Path;

use super::{Action, Session, Tab};
use crate::app::envelope::{News, Wish};

impl Session {
    /// Carries out a wish and tells the application what came of it.
    pub(super) fn wish(&mut self, wish: Wish) -> anyhow::Result<()> {
        match self.sheets.carry_out(wish) {
            Some(news) => self.act(Action::Sheet(news)),
            None => Ok(()),
        }
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

/// Writes a file beside its place and moves it there, so that it is the old one or the new one and never half.
pub(in crate::term) fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}
