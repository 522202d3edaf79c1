//! Files in a session: those beside the library, and the learner's folders when they change.
//!
//! What changes on disk must not disturb: nothing is opened anew that is the same, no problem is told twice, and a panel
//! is laid over the page only where somebody reads and nothing is being typed.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Action, Session, app};
use crate::app::reader::Origin;
use crate::app::{Overlay, Start, Tab};
use crate::config::problem::Problem;
use crate::library::Library;
use crate::term::Woken;
use crate::term::file::{self, FileError, Stamp, Text};
use crate::term::watch::{self, Changed, FoldersStamp, Watch};

/// From this size on a file is read by another thread, in bytes: a smaller one takes less than a frame.
const LARGE: u64 = 1 << 20;

/// What a session knows of files.
pub(super) struct Files {
    watch: Option<Watch>,
    /// The state of the folders that the library shows.
    shown: FoldersStamp,
    /// The files that were read, by canonical path, and the state in which each was read last.
    read: HashMap<PathBuf, Stamp>,
    /// The file that is watched: the open page's.
    followed: Option<PathBuf>,
    /// How many files were asked for: only the last one is still wanted.
    asked: u64,
    /// Files of which it was said that they hold bytes that are no text.
    flawed: HashSet<PathBuf>,
    /// The problems that were told and are still there, without their lines, which move.
    told: HashSet<(String, String)>,
    /// The cards that were edited here, and where.
    pub(super) edited: HashMap<String, PathBuf>,
    /// A panel with problems was opened by a change, and not at the start.
    panel: bool,
}

impl Files {
    /// With the folders in the state `shown`, and these problems told.
    pub(super) fn new(shown: FoldersStamp, problems: &[Problem]) -> Files {
        Files {
            watch: None,
            shown,
            read: HashMap::new(),
            followed: None,
            asked: 0,
            flawed: HashSet::new(),
            told: names(problems),
            edited: HashMap::new(),
            panel: false,
        }
    }
}

fn names(problems: &[Problem]) -> HashSet<(String, String)> {
    problems.iter().map(|problem| (problem.file.clone(), problem.message.clone())).collect()
}

impl Session {
    /// Begins with a file.
    pub(super) fn start_with(&mut self, text: Text) -> anyhow::Result<()> {
        let Text { file, flaw, stamp } = text;
        let path = file.path.clone();
        self.files.read.extend(path.clone().map(|path| (path, stamp)));
        let effects = app::start(&mut self.model, Start::File(Box::new(file)));
        self.carry_out(effects)?;
        self.tell_flaw(path, flaw)
    }

    /// Starts the watch. After the first frame: setting it up takes longer than drawing.
    pub(super) fn watch(&mut self) {
        let sender = self.terminal.sender();
        let send = move |changed| sender.send(Woken::Changed(changed));
        self.files.watch = Watch::start(self.folders.clone(), self.data.clone(), self.files.shown, send);
        self.follow();
    }

    /// The file that the open page is, if it is one that lies on a disk: its path and its name.
    fn open_file(&self) -> Option<(&Path, &str)> {
        match &self.model.reader.open.as_ref()?.origin {
            Origin::File(file) => Some((file.path.as_deref()?, &file.name)),
            Origin::Topic(_) | Origin::Tree(_) => None,
        }
    }

    /// Has the open page's file watched, whichever it has become. One that was changed while another page was open is
    /// read again then.
    pub(super) fn follow(&mut self) {
        let open = self.open_file().map(|(path, _)| path);
        if open == self.files.followed.as_deref() {
            return;
        }
        let open = open.map(Path::to_path_buf);
        if let (Some(watch), Some(path)) = (&self.files.watch, &open) {
            let stamp = self.files.read.get(path).copied().unwrap_or_default();
            watch.follow(path, stamp);
            self.files.followed = open;
        } else if self.files.watch.is_some() {
            self.files.followed = None;
        }
    }

    /// Another thread has something.
    pub(super) fn woken(&mut self, woken: Woken) -> anyhow::Result<()> {
        match woken {
            // Any event takes it over.
            Woken::Learned => Ok(()),
            Woken::Changed(Changed::Library(library, stamp)) => {
                // One that was read while the editor ran is shown already, or a newer one is.
                if stamp == self.files.shown || stamp != watch::folders_stamp(&self.folders) {
                    return Ok(());
                }
                self.show_library(library, stamp, false)
            }
            Woken::Changed(Changed::File(path, read)) => self.file_changed(&path, read),
            Woken::Changed(Changed::Sheets) => self.look_at_sheet(),
            Woken::FileRead(asked, read, heading) if asked == self.files.asked => {
                self.file_read(read, heading)
            }
            Woken::FileRead(..) => Ok(()),
            Woken::Failed(what) => self.tell(what, true),
            Woken::Swept(ticket, (made, ended, spreads)) => {
                self.act(Action::Swept(ticket, made, ended, spreads))
            }
            Woken::Coloured(page, code, colouring) => self.act(Action::Coloured(page, code, colouring)),
            Woken::Indexed(index) => self.act(Action::Indexed(index)),
            Woken::Figures(Ok(figures)) => self.act(Action::Figures(figures)),
            Woken::Figures(Err(why)) => self.tell(why, true),
            Woken::Workload(found) => self.act(Action::Workload(found)),
            Woken::Synced(done) => {
                self.reload()?;
                self.act(Action::Synced(done))
            }
            Woken::Fitting(fitting) => self.act(Action::Fitting(fitting)),
        }
    }

    /// A file that was asked for: shown at once, or read by another thread where it is large. A path that does not begin
    /// at the root begins at the open file's folder, as in a link.
    pub(super) fn read_file(&mut self, path: &Path, heading: Option<String>) -> anyhow::Result<()> {
        self.files.asked += 1;
        let folder = self.open_file().and_then(|(open, _)| open.parent());
        let path = &folder.map_or_else(|| path.to_path_buf(), |folder| folder.join(path));
        let large = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > LARGE);
        if !large {
            return self.file_read(file::read_file(path).map(Box::new), heading);
        }
        let (sender, asked, path) = (self.terminal.sender(), self.files.asked, path.clone());
        let read = move || {
            sender.send(Woken::FileRead(asked, file::read_file(&path).map(Box::new), heading));
        };
        match std::thread::Builder::new().name("file".into()).spawn(read) {
            Ok(_) => Ok(()),
            Err(error) => self.tell(format!("The file cannot be read now: {error}"), true),
        }
    }

    fn file_read(
        &mut self,
        read: Result<Box<Text>, FileError>,
        heading: Option<String>,
    ) -> anyhow::Result<()> {
        let mut text = match read {
            Ok(text) => *text,
            Err(error) => return self.tell(error.to_string(), true),
        };
        if let Some(path) = &text.file.path {
            text.file.name = name_here(path);
            self.files.read.insert(path.clone(), text.stamp);
        }
        self.show_file(text, heading)
    }

    /// The open file has changed: by another program, or by the editor.
    fn file_changed(&mut self, path: &Path, read: Result<Box<Text>, FileError>) -> anyhow::Result<()> {
        let Some((_, name)) = self.open_file().filter(|(open, _)| *open == path) else { return Ok(()) };
        let name = name.to_string();
        match read {
            Ok(text) if self.files.read.get(path) == Some(&text.stamp) => Ok(()),
            Ok(mut text) => {
                self.files.read.insert(path.to_path_buf(), text.stamp);
                // As it was opened: it may be a link by now.
                (text.file.name, text.file.path) = (name, Some(path.to_path_buf()));
                self.show_file(*text, None)
            }
            Err(FileError::Missing(_)) => {
                self.tell(format!("{name} is gone from the disk. What was read stays here."), false)
            }
            Err(error) => self.tell(error.to_string(), true),
        }
    }

    fn show_file(&mut self, text: Text, heading: Option<String>) -> anyhow::Result<()> {
        let path = text.file.path.clone();
        self.act(Action::FileRead(Box::new(text.file), heading))?;
        self.tell_flaw(path, text.flaw)
    }

    /// Says once of a file that it holds bytes that are no text.
    fn tell_flaw(&mut self, path: Option<PathBuf>, flaw: Option<String>) -> anyhow::Result<()> {
        let path = path.unwrap_or_default();
        let Some(flaw) = flaw else {
            self.files.flawed.remove(&path);
            return Ok(());
        };
        if self.files.flawed.insert(path) { self.tell(format!("{flaw}."), true) } else { Ok(()) }
    }

    /// After the editor: what it has changed is read again, before the next frame.
    pub(super) fn edited(&mut self, path: &Path) -> anyhow::Result<()> {
        let stamp = watch::folders_stamp(&self.folders);
        if stamp != self.files.shown {
            let library = Arc::new(Library::load_in(&self.data, &self.folders));
            if let Some(watch) = &self.files.watch {
                watch.folders_are(stamp);
            }
            self.show_library(library, stamp, true)?;
        }
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if self.open_file().is_some_and(|(open, _)| open == path) {
            self.file_changed(&path, file::read_file(&path).map(Box::new))?;
        }
        Ok(())
    }

    fn show_library(
        &mut self,
        library: Arc<Library>,
        stamp: FoldersStamp,
        asked: bool,
    ) -> anyhow::Result<()> {
        self.files.shown = stamp;
        self.act(Action::Reloaded(library))?;
        self.report(asked)
    }

    /// Tells what is wrong with the learner's files. Whoever comes from the editor wants to know all of it. Otherwise
    /// only what is new is told: over the page of a reader, who may just be writing it in another window; in one line
    /// to everyone else.
    fn report(&mut self, asked: bool) -> anyhow::Result<()> {
        let problems = self.model.library.problems.clone();
        let now = names(&problems);
        let new = problems
            .iter()
            .find(|problem| !self.files.told.contains(&(problem.file.clone(), problem.message.clone())));
        let new = new.map(|problem| {
            let inner =
                self.folders.iter().find_map(|folder| Path::new(&problem.file).strip_prefix(folder).ok());
            let file = inner.unwrap_or(Path::new(&problem.file)).display();
            format!("{file}:{}: {}", problem.line, problem.message)
        });
        self.files.told = now;
        let panel = self.files.panel && matches!(self.model.overlay, Some(Overlay::Problems { .. }));
        if panel {
            // It shows what is there now, and goes when nothing is.
            self.model.overlay = None;
        }
        let reads =
            self.model.tab == Tab::Library && self.model.overlay.is_none() && !self.model.types_text();
        if asked || panel || (reads && new.is_some()) {
            self.model.report(problems.iter().map(ToString::to_string));
            self.files.panel = true;
            return Ok(());
        }
        match (new, problems.len()) {
            (None, _) => Ok(()),
            (Some(new), 1) => self.tell(new, true),
            (Some(new), all) => self.tell(format!("{new} (and {} more: sysdrill check)", all - 1), true),
        }
    }
}

/// A path as one would type it here.
fn name_here(path: &Path) -> String {
    let here = std::env::current_dir().and_then(std::fs::canonicalize).ok();
    let inner = here
        .as_ref()
        .and_then(|here| path.strip_prefix(here).ok())
        .filter(|inner| !inner.as_os_str().is_empty());
    inner.unwrap_or(path).display().to_string()
}
