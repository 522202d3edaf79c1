//! The watch over files: the learner's folders and sheets, and the file that is open beside the library.
//!
//! The system's own notification wakes a thread; nothing is polled, so an idle screen stays idle. A save is several
//! events (a swap file, a rename, a chmod), so the thread waits until it is quiet. What it then sends is decided by
//! stamps and not by the events: systems differ in what they report, and some of it is our own reading. The thread
//! also reads what has changed, so that the loop never waits for a disk.
//!
//! A file is watched by way of its folder: the common save puts a new file in the old one's place, and a watch on
//! the old one would end there. Where something cannot be watched (a network file system, the system's limit), that is
//! no matter to the learner: it is not watched, and all else works.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use notify::event::{AccessKind, AccessMode, EventKind, MetadataKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::file::{self, FileError, Stamp, Text};
use super::sheets;
use crate::library::Library;

/// A save is over when nothing happened for so long.
const QUIET: Duration = Duration::from_millis(60);
/// While it goes on and on, what is there is shown so often.
const PATIENCE: Duration = Duration::from_millis(400);
/// How deep folders are looked into, as the library does.
const DEPTH: usize = 8;

/// Tells two states of the learner's folders apart, without reading a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoldersStamp(u64);

/// What has changed.
#[derive(Debug)]
pub enum Changed {
    /// The learner's folders: the library, read again, and which state of the folders it shows.
    Library(Arc<Library>, FoldersStamp),
    /// The file that is open beside the library, read again; or why it cannot be.
    File(PathBuf, Result<Box<Text>, FileError>),
    /// Some of the learner's sheets, perhaps by our own hand. Who shows one knows what it had read.
    Sheets,
}

/// A running watch. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watch(mpsc::Sender<Request>);

#[derive(Debug)]
enum Request {
    /// Something may have changed. With `folders`, a folder may have come or gone: the system's watch on one that is
    /// gone is gone with it, also where another has taken its name, and perhaps its number on the disk.
    Look {
        folders: bool,
    },
    /// Another file is open, in this state.
    Follow(PathBuf, Stamp),
    /// The folders are known in this state.
    Folders(FoldersStamp),
    End,
}

impl Watch {
    /// Starts the watch over `folders`, which were last read in the state `seen`. What changed since then is found at
    /// once; `data` is the learner's data directory. `send` takes what has changed; when it says false, the watch ends.
    pub(super) fn start(
        folders: Vec<PathBuf>,
        data: PathBuf,
        seen: FoldersStamp,
        send: impl Fn(Changed) -> bool + Send + 'static,
    ) -> Option<Watch> {
        let (sender, receiver) = mpsc::channel();
        let events = sender.clone();
        let run = move || {
            let open = Arc::new(Mutex::new(None));
            let name = Arc::clone(&open);
            let look = move |event: notify::Result<notify::Event>| {
                let name = name.lock().unwrap_or_else(PoisonError::into_inner);
                // An error is a sign that something was missed.
                let folders = event.as_ref().map_or(true, moves_folders);
                if event.map_or(true, |event| concerns(&event, name.as_ref())) {
                    let _ = events.send(Request::Look { folders });
                }
            };
            let Ok(system) = notify::recommended_watcher(look) else { return };
            let sheets = sheets_stamp(&data);
            Eye { system, watched: BTreeMap::new(), folders, data, seen, sheets, file: None, open }
                .run(&receiver, send);
        };
        thread::Builder::new().name("watch".into()).spawn(run).ok()?;
        Some(Watch(sender))
    }

    /// Watches this file, which was read in the state `stamp`, and no other any more.
    pub(super) fn follow(&self, file: &Path, stamp: Stamp) {
        let _ = self.0.send(Request::Follow(file.to_path_buf(), stamp));
    }

    /// The folders were read by someone else, in this state.
    pub(super) fn folders_are(&self, seen: FoldersStamp) {
        let _ = self.0.send(Request::Folders(seen));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.send(Request::End);
    }
}

/// The state of all files in the folders that the library reads. To be taken before they are read. One look at the
/// metadata of each file.
#[must_use]
pub fn folders_stamp(folders: &[PathBuf]) -> FoldersStamp {
    let mut hasher = DefaultHasher::new();
    for folder in folders {
        for name in FILES {
            stamp_file(&folder.join(name), &mut hasher);
        }
        for name in FOLDERS {
            stamp_folder(&folder.join(name), 0, &mut hasher);
        }
    }
    FoldersStamp(hasher.finish())
}

/// The state of the learner's sheets.
fn sheets_stamp(data: &Path) -> FoldersStamp {
    let mut hasher = DefaultHasher::new();
    stamp_folder(&sheets::folder(data), DEPTH, &mut hasher);
    FoldersStamp(hasher.finish())
}

/// What the library reads of a folder.
const FILES: [&str; 2] = ["path.toml", "glossary.toml"];
const FOLDERS: [&str; 5] = ["topics", "decks", "decisions", "compositions", "templates"];

fn stamp_file(path: &Path, hasher: &mut DefaultHasher) {
    if let Ok(metadata) = fs::metadata(path) {
        (path, Stamp::of(&metadata)).hash(hasher);
    }
}

fn stamp_folder(folder: &Path, depth: usize, hasher: &mut DefaultHasher) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| !is_hidden(path)) {
        if is_content(path) {
            stamp_file(path, hasher);
        } else if depth < DEPTH && path.is_dir() {
            stamp_folder(path, depth + 1, hasher);
        }
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn is_content(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "md" || ending == "toml" || ending == "sheet")
}

/// Whether an event may mean that something is to be read again; `open` is the name of the open file. That somebody only
/// reads means nothing, else each look would bring about the next. Neither do other files: the database lies in one of
/// the folders and changes with every answer, and around an open file a build may run.
fn concerns(event: &notify::Event, open: Option<&OsString>) -> bool {
    let changes = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)) => false,
        _ => true,
    };
    let named = |path: &PathBuf| {
        is_like_folder(path) || is_content(path) || path.file_name() == open.map(OsString::as_os_str)
    };
    changes && (event.need_rescan() || event.paths.iter().any(named))
}

/// Whether an event may mean that there are other folders now.
fn moves_folders(event: &notify::Event) -> bool {
    let moves = matches!(
        event.kind,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
    );
    event.need_rescan() || moves && event.paths.iter().any(|path| is_like_folder(path))
}

/// What has no ending is a folder, as far as its name says; what is removed cannot be asked any more.
fn is_like_folder(path: &Path) -> bool {
    path.extension().is_none()
}

/// The watch, on its thread.
struct Eye {
    system: RecommendedWatcher,
    /// What the system watches, and which of two kinds of watch it is.
    watched: BTreeMap<PathBuf, RecursiveMode>,
    folders: Vec<PathBuf>,
    data: PathBuf,
    seen: FoldersStamp,
    sheets: FoldersStamp,
    file: Option<(PathBuf, Option<Stamp>)>,
    /// Its name, for whoever looks at the events.
    open: Arc<Mutex<Option<OsString>>>,
}

impl Eye {
    fn run(mut self, requests: &Receiver<Request>, send: impl Fn(Changed) -> bool) {
        self.watch_all();
        let mut next = Some(Request::Look { folders: false });
        while let Some(request) = next.take().or_else(|| requests.recv().ok()) {
            match request {
                Request::End => return,
                Request::Follow(file, stamp) => {
                    *self.open.lock().unwrap_or_else(PoisonError::into_inner) =
                        file.file_name().map(OsString::from);
                    self.file = Some((file, Some(stamp)));
                    self.watch_all();
                    if !self.look_at_file(&send) {
                        return;
                    }
                }
                Request::Folders(seen) => self.seen = seen,
                Request::Look { folders } => {
                    let (more, other) = wait_for_quiet(requests);
                    next = other;
                    if folders || more {
                        let gone = std::mem::take(&mut self.watched);
                        gone.keys().for_each(|path| drop(self.system.unwatch(path)));
                        self.watch_all();
                    }
                    let goes_on =
                        self.look_at_folders(&send) && self.look_at_file(&send) && self.look_at_sheets(&send);
                    if !goes_on {
                        return;
                    }
                }
            }
        }
    }

    /// Watches what there is to be watched, and nothing else any more.
    fn watch_all(&mut self) {
        let mut wanted = BTreeMap::new();
        // By one name each, since the system knows folders and not names: two watches on one would be one.
        let mut want = |folder: &Path, mode| {
            if let Ok(folder) = fs::canonicalize(folder)
                && folder.is_dir()
                // What lies in a folder that is watched with all in it is watched already.
                && !wanted.iter().any(|(outer, mode)| *mode == RecursiveMode::Recursive && folder.starts_with(outer))
            {
                wanted.insert(folder, mode);
            }
        };
        for folder in self.folders.iter().flat_map(|folder| FOLDERS.map(|name| folder.join(name))) {
            want(&folder, RecursiveMode::Recursive);
        }
        let parent = self.file.as_ref().and_then(|(file, _)| file.parent());
        let sheets = sheets::folder(&self.data);
        for folder in self.folders.iter().map(PathBuf::as_path).chain([sheets.as_path()]).chain(parent) {
            want(folder, RecursiveMode::NonRecursive);
        }
        let gone = self.watched.iter().filter(|(path, mode)| wanted.get(*path) != Some(*mode));
        let gone: Vec<PathBuf> = gone.map(|(path, _)| path.clone()).collect();
        for path in gone {
            let _ = self.system.unwatch(&path);
            self.watched.remove(&path);
        }
        for (path, mode) in wanted {
            if !self.watched.contains_key(&path) && self.system.watch(&path, mode).is_ok() {
                self.watched.insert(path, mode);
            }
        }
    }

    fn look_at_folders(&mut self, send: &impl Fn(Changed) -> bool) -> bool {
        let now = folders_stamp(&self.folders);
        if now == self.seen {
            return true;
        }
        self.seen = now;
        send(Changed::Library(Arc::new(Library::load_in(&self.data, &self.folders)), now))
    }

    fn look_at_sheets(&mut self, send: &impl Fn(Changed) -> bool) -> bool {
        let now = sheets_stamp(&self.data);
        let same = std::mem::replace(&mut self.sheets, now) == now;
        same || send(Changed::Sheets)
    }

    fn look_at_file(&mut self, send: &impl Fn(Changed) -> bool) -> bool {
        let Some((path, seen)) = &mut self.file else { return true };
        let now = fs::metadata(&*path).ok().map(|metadata| Stamp::of(&metadata));
        if now == *seen {
            return true;
        }
        *seen = now;
        let read = file::read_file(path).map(Box::new);
        send(Changed::File(path.clone(), read))
    }
}

/// Waits until nothing has happened for a while, or until that has lasted too long. Gives whether folders came or went,
/// and the request that has to be carried out next, if one came that is no event.
fn wait_for_quiet(requests: &Receiver<Request>) -> (bool, Option<Request>) {
    let end = Instant::now() + PATIENCE;
    let mut moved = false;
    loop {
        let left = end.saturating_duration_since(Instant::now()).min(QUIET);
        match requests.recv_timeout(left) {
            Ok(Request::Look { folders }) => moved |= folders,
            Ok(request) => return (moved, Some(request)),
            Err(RecvTimeoutError::Timeout) => return (moved, None),
            Err(RecvTimeoutError::Disconnected) => return (moved, Some(Request::End)),
        }
        if left.is_zero() {
            return (moved, None);
        }
    }
}
