//! Where pages and decks come from: the binary itself, and the learner's folders laid over it.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{DirEntry as DirEntryOnDisk, FileType};
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use super::text::decode;
use crate::config::problem::Problem;

static CONTENT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/content");
static DECKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/decks");

/// The largest file that is taken for a page, in bytes.
const LARGEST: u64 = 16 << 20;
/// The largest deck: some 200,000 cards.
const LARGEST_DECK: u64 = 128 << 20;

/// One file of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name as the learner would say it: `content/topics/distributed/consistent-hashing.md`.
    pub name: String,
    /// Its text.
    pub text: Cow<'static, str>,
    /// Where it lies on disk, where it is not part of the program.
    pub path: Option<PathBuf>,
}

impl File {
    /// The name without folders and ending: the slug.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The folder it lies in, by its last name: the part of a topic.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.name.rsplit(['/', '\\']).nth(1).unwrap_or_default()
    }
}

/// What a file is, by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `topics/**/*.md`
    Page,
    /// `decks/**/*.toml`
    Deck,
    /// `decisions/**/*.toml`
    Decision,
    /// `path.toml`
    Path,
    /// `glossary.toml`
    Glossary,
    /// `compositions/**/*.toml`
    Composition,
    /// `sheets/*.sheet` of ours, `templates/*.sheet` of a folder: in a data directory `sheets` are what was made of them.
    Sheet,
}

/// The compositions of each folder.
pub(super) fn compositions(folders: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<File> {
    let mut files = Vec::new();
    for path in folders.iter().map(|folder| folder.join("compositions")).filter(|path| path.is_dir()) {
        on_disk(&path, Role::Composition, 0, &mut files, problems);
    }
    files.into_iter().map(|(_, file)| file).collect()
}

/// The sheets that a learner has made, of each folder.
pub(super) fn own_sheets(folders: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<File> {
    let mut files = Vec::new();
    for path in folders.iter().map(|folder| folder.join("sheets")).filter(|path| path.is_dir()) {
        on_disk(&path, Role::Sheet, 0, &mut files, problems);
    }
    files.into_iter().map(|(_, file)| file).collect()
}

/// All files of content: those of the program, then those of each folder. A folder holds `topics/`, `decks/`,
/// `decisions/`, `path.toml` and `glossary.toml`, each as far as it has them; all else in it is nobody's business.
pub(super) fn collect(folders: &[PathBuf]) -> (Vec<(Role, File)>, Vec<Problem>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    embedded(&CONTENT, "content", &mut files);
    embedded(&DECKS, "decks", &mut files);
    for folder in folders {
        for (name, role) in [("path.toml", Role::Path), ("glossary.toml", Role::Glossary)] {
            let path = folder.join(name);
            if path.is_file() {
                take(&path, role, &mut files, &mut problems);
            }
        }
        for (name, role) in [
            ("topics", Role::Page),
            ("decks", Role::Deck),
            ("decisions", Role::Decision),
            ("templates", Role::Sheet),
        ] {
            let path = folder.join(name);
            if path.is_dir() {
                on_disk(&path, role, 0, &mut files, &mut problems);
            }
        }
    }
    (files, problems)
}

/// The text of one of the program's own files, by the name that it has in a folder which is laid over ours:
/// `topics/PART/SLUG.md`, `decisions/SLUG.toml`, `decks/PART/SLUG.toml`, `glossary.toml`.
#[must_use]
pub fn ours(name: &str) -> Option<&'static str> {
    let file = match name.strip_prefix("decks/") {
        Some(inner) => DECKS.get_file(inner),
        None => CONTENT.get_file(name),
    };
    file?.contents_utf8()
}

fn embedded(folder: &Dir<'static>, prefix: &str, files: &mut Vec<(Role, File)>) {
    let mut entries: Vec<_> = folder.entries().iter().collect();
    entries.sort_by_key(|entry| entry.path());
    for entry in entries {
        match entry {
            DirEntry::Dir(inner) => embedded(inner, prefix, files),
            DirEntry::File(file) => {
                let name = format!("{prefix}/{}", file.path().display());
                let role = match name.as_str() {
                    "content/path.toml" => Role::Path,
                    "content/glossary.toml" => Role::Glossary,
                    name if name.starts_with("content/topics/") && name.ends_with(".md") => Role::Page,
                    name if name.starts_with("content/decisions/") && name.ends_with(".toml") => {
                        Role::Decision
                    }
                    name if name.starts_with("content/sheets/") && name.ends_with(".sheet") => Role::Sheet,
                    name if name.starts_with("decks/") && name.ends_with(".toml") => Role::Deck,
                    _ => continue,
                };
                // The build takes only UTF-8 from these folders: `cargo test` checks it.
                let text = Cow::Borrowed(file.contents_utf8().unwrap_or_default());
                files.push((role, File { name, text, path: None }));
            }
        }
    }
}

fn on_disk(
    folder: &Path,
    role: Role,
    depth: usize,
    files: &mut Vec<(Role, File)>,
    problems: &mut Vec<Problem>,
) {
    // A link that leads back up would otherwise be walked for ever.
    if depth > 8 {
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let name = folder.display().to_string();
            problems.push(Problem::at(&name, "", 1, 0, format!("cannot be read: {error}")));
            return;
        }
    };
    // By names, and with their kinds as the folder tells them: whole paths take long to compare, and each question of
    // the system counts where there are thousands of files.
    let named = |entry: DirEntryOnDisk| (entry.file_name(), entry.file_type().ok());
    let mut found: Vec<(OsString, Option<FileType>)> = entries.filter_map(Result::ok).map(named).collect();
    found.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let ending = match role {
        Role::Page => "md",
        Role::Sheet => "sheet",
        _ => "toml",
    };
    for (name, kind) in found {
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = folder.join(name);
        let is_folder = match kind {
            Some(kind) if !kind.is_symlink() => kind.is_dir(),
            _ => path.is_dir(),
        };
        if is_folder {
            on_disk(&path, role, depth + 1, files, problems);
        } else if path.extension().is_some_and(|found| found == ending) {
            if role == Role::Deck {
                // Read only where it is not known already: see `decks/cache.rs`.
                let name = path.display().to_string();
                files.push((role, File { name, text: Cow::Borrowed(""), path: Some(path) }));
            } else {
                take(&path, role, files, problems);
            }
        }
    }
}

fn take(path: &Path, role: Role, files: &mut Vec<(Role, File)>, problems: &mut Vec<Problem>) {
    files.extend(read_file(path, LARGEST, problems).map(|file| (role, file)));
}

/// A deck's file with its text.
pub(super) fn read_deck(path: &Path, problems: &mut Vec<Problem>) -> Option<File> {
    read_file(path, LARGEST_DECK, problems)
}

fn read_file(path: &Path, largest: u64, problems: &mut Vec<Problem>) -> Option<File> {
    let name = path.display().to_string();
    match read(path, largest) {
        Ok((text, flaw)) => {
            problems.extend(flaw.map(|flaw| Problem::at(&name, "", 1, 0, flaw)));
            Some(File { name, text: Cow::Owned(text), path: Some(path.to_path_buf()) })
        }
        Err(why) => {
            problems.push(Problem::at(&name, "", 1, 0, why));
            None
        }
    }
}

fn read(path: &Path, largest: u64) -> Result<(String, Option<String>), String> {
    let size = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > largest {
        return Err(format!(
            "is {} MB; pages have at most {} MB, decks {}",
            size >> 20,
            LARGEST >> 20,
            LARGEST_DECK >> 20
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    Ok(decode(bytes))
}
