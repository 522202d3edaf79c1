//! The learner's sheets on disk: `DATA/sheets/NAME.sheet`, plain text that any editor opens.
//!
//! A sheet is saved at every change, beside its place and then moved there, so that it is the old one or the new one
//! and never half. The log of its changes lies in `DATA/cache/sheets`: it is written after the sheet, and what it
//! speaks of is compared with the sheet when both are read, so a kill between the two loses nothing. A sheet that is
//! deleted goes to `DATA/cache/sheets/deleted`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::file::Stamp;
use crate::app::FIRST_SHEET;
use crate::app::envelope::{Listed, News, Opened, SCRATCH, Wish, title, wrong_name};

/// The largest file that is opened as a sheet, in bytes.
const LARGEST: u64 = 1 << 20;
/// How many sheets are listed at most.
const MOST: usize = 1_000;
/// How old what lies beside a sheet has to be before it is taken for forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// The sheets of a data directory.
#[derive(Clone, Debug)]
pub struct Sheets {
    data: PathBuf,
    /// The state of the open sheet's file when it was read or written last.
    stamp: Option<Stamp>,
}

impl Sheets {
    /// The sheets of that data directory.
    #[must_use]
    pub fn new(data: &Path) -> Sheets {
        Sheets { data: data.to_path_buf(), stamp: None }
    }

    /// Carries out a wish. Says what came of it, where that concerns anybody.
    pub fn carry_out(&mut self, wish: Wish) -> Option<News> {
        let refused = |what: String| move |error: io::Error| News::Refused(format!("{what}: {error}"));
        let done = match wish {
            Wish::Save { name, text, log } => match self.save(&name, &text, &log) {
                Ok(()) => Ok(News::Saved),
                Err(error) => Ok(News::NotSaved(error.to_string())),
            },
            Wish::List => Ok(News::Listed(self.list())),
            Wish::Open(name) => {
                self.open(&name).map(News::Opened).map_err(refused(format!("{name} is not opened")))
            }
            Wish::New(name, text) => {
                let made = self.create(&name, &text).and_then(|()| self.open(&name));
                made.map(News::Opened).map_err(refused("Not made".into()))
            }
            Wish::Rename(from, to) => {
                let renamed = self.rename(&from, &to).map_err(refused("Not renamed".into()));
                renamed.map(|()| News::Renamed(from, to))
            }
            Wish::Delete(name) => {
                let deleted = self.delete(&name).map_err(refused(format!("{name} is not deleted")));
                deleted.map(|()| News::Deleted(name))
            }
            Wish::Restore(name) => {
                let back = self.restore(&name).map_err(refused(format!("{name} is not brought back")));
                back.map(|()| News::Restored(name))
            }
            Wish::Remember(lines) => {
                let kept = self.remember(&lines).map_err(refused("The line is not remembered".into()));
                return kept.err();
            }
        };
        Some(done.unwrap_or_else(|refused| refused))
    }

    /// The sheet that was open last, and the lines that were calculated in the palette; nothing where there is none.
    ///
    /// # Errors
    /// Where the sheet is there and cannot be read: it is not to be overwritten then.
    pub fn last(&self) -> io::Result<Option<(Opened, Vec<String>)>> {
        let one_liners = fs::read_to_string(self.cache("one-liners")).unwrap_or_default();
        let one_liners = one_liners.lines().map(str::to_string).collect();
        let last = fs::read_to_string(self.cache("open")).unwrap_or_default();
        let last = last.trim();
        let there = wrong_name(last).is_none() && self.path(last).is_file();
        let name = if there { last } else { SCRATCH };
        match self.read(name) {
            Ok(opened) => Ok(Some((opened, one_liners))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(io::Error::new(error.kind(), format!("{}: {error}", self.path(name).display())))
            }
        }
    }

    /// Opens a sheet. The scratch sheet is there even where its file is not.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(&mut self, name: &str) -> io::Result<Opened> {
        let opened = match self.read(name) {
            Err(error) if error.kind() == ErrorKind::NotFound && name == SCRATCH => {
                Opened { name: name.to_string(), text: FIRST_SHEET.to_string(), log: String::new() }
            }
            read => read?,
        };
        self.followed(name);
        // Where this fails the next start shows another sheet, and nothing is lost.
        let _ = write(&self.cache("open"), name);
        Ok(opened)
    }

    fn read(&self, name: &str) -> io::Result<Opened> {
        named(name)?;
        let text = read_text(&self.path(name))?;
        let log = read_text(&self.log(name)).unwrap_or_default();
        Ok(Opened { name: name.to_string(), text, log })
    }

    /// From now on the file of this sheet is known as it is.
    pub fn followed(&mut self, name: &str) {
        self.stamp = stamp(&self.path(name));
    }

    /// Saves a sheet, and the log of its changes.
    ///
    /// # Errors
    /// Where the sheet is not saved: the disk is full, the folder is not ours.
    pub fn save(&mut self, name: &str, text: &str, log: &str) -> io::Result<()> {
        named(name)?;
        write(&self.path(name), text)?;
        self.followed(name);
        // Without its log a sheet is whole.
        let _ = write(&self.log(name), log);
        Ok(())
    }

    /// The text of the open sheet where another program has changed it since it was read or written here.
    pub fn changed(&mut self, name: &str) -> Option<String> {
        let path = self.path(name);
        let now = stamp(&path)?;
        // Where it is gone, what is shown stays and is written with the next change.
        if self.stamp == Some(now) {
            return None;
        }
        let text = read_text(&path).ok()?;
        self.stamp = Some(now);
        Some(text)
    }

    /// The sheets that there are, the last changed first.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let Ok(entries) = fs::read_dir(folder(&self.data)) else { return Vec::new() };
        let entries = entries.filter_map(Result::ok).inspect(|entry| sweep(&entry.path()));
        let mut found: Vec<(SystemTime, Listed)> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let name = path.file_stem()?.to_str()?.to_string();
                let sheet = path.extension().is_some_and(|ending| ending == "sheet") && path.is_file();
                let listed = Listed { title: title(&read_text(&path).unwrap_or_default()), name };
                let changed = entry.metadata().and_then(|metadata| metadata.modified());
                (sheet && wrong_name(&listed.name).is_none())
                    .then(|| (changed.unwrap_or(SystemTime::UNIX_EPOCH), listed))
            })
            .take(MOST)
            .collect();
        found.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.name.cmp(&b.name)));
        found.into_iter().map(|(_, listed)| listed).collect()
    }

    /// Makes a sheet.
    ///
    /// # Errors
    /// Where there is one of that name, or it cannot be written.
    pub fn create(&self, name: &str, text: &str) -> io::Result<()> {
        self.free(name)?;
        write(&self.path(name), text)
    }

    /// Gives a sheet another name.
    ///
    /// # Errors
    /// Where there is one of that name, or the file cannot be moved.
    pub fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        named(from)?;
        // On some disks a name with other capitals is the same file.
        if !from.eq_ignore_ascii_case(to) {
            self.free(to)?;
        }
        named(to)?;
        fs::rename(self.path(from), self.path(to))?;
        let _ = fs::rename(self.log(from), self.log(to));
        if fs::read_to_string(self.cache("open")).is_ok_and(|open| open.trim() == from) {
            let _ = write(&self.cache("open"), to);
        }
        Ok(())
    }

    /// Deletes a sheet, so that [`Sheets::restore`] brings it back.
    ///
    /// # Errors
    /// Where it cannot be moved.
    pub fn delete(&self, name: &str) -> io::Result<()> {
        named(name)?;
        let to = self.deleted(name);
        make_folder_of(&to)?;
        fs::rename(self.path(name), to)
    }

    /// Brings back a sheet that was deleted.
    ///
    /// # Errors
    /// Where there is one of that name by now, or it cannot be moved.
    pub fn restore(&self, name: &str) -> io::Result<()> {
        self.free(name)?;
        fs::rename(self.deleted(name), self.path(name))
    }

    /// Keeps the lines that were calculated in the palette.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn remember(&self, lines: &[String]) -> io::Result<()> {
        write(&self.cache("one-liners"), &lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }

    fn free(&self, name: &str) -> io::Result<()> {
        named(name)?;
        if self.path(name).exists() {
            return Err(io::Error::new(
                ErrorKind::AlreadyExists,
                format!("a sheet is called {name} already"),
            ));
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        folder(&self.data).join(format!("{name}.sheet"))
    }

    fn cache(&self, name: &str) -> PathBuf {
        self.data.join("cache").join("sheets").join(name)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.cache(&format!("{name}.undo"))
    }

    fn deleted(&self, name: &str) -> PathBuf {
        self.cache("deleted").join(format!("{name}.sheet"))
    }
}

/// Where they lie in the data directory.
pub(super) fn folder(data: &Path) -> PathBuf {
    data.join("sheets")
}

/// A name that leads out of the folder is none.
fn named(name: &str) -> io::Result<()> {
    match wrong_name(name) {
        Some(why) => Err(io::Error::new(ErrorKind::InvalidInput, why)),
        None => Ok(()),
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata))
}

fn read_text(path: &Path) -> io::Result<String> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(io::Error::other("is no file of at most 1 MB"));
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

fn make_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Writes a file beside its place and moves it there. Two programs that save at the same time write beside each other.
fn write(path: &Path, text: &str) -> io::Result<()> {
    make_folder_of(path)?;
    let mut beside = path.as_os_str().to_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Removes what a killed program left beside a sheet, when it is older than any save takes.
fn sweep(path: &Path) {
    let left = || {
        let (sheet, process) = path.file_name()?.to_str()?.strip_suffix(".new")?.rsplit_once('.')?;
        let ours = sheet.ends_with(".sheet") && process.bytes().all(|byte| byte.is_ascii_digit());
        let age = fs::metadata(path).ok()?.modified().ok()?.elapsed().ok()?;
        Some(ours && age > FORGOTTEN)
    };
    if left() == Some(true) {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(name: &str, text: &str, log: &str) -> Opened {
        Opened { name: name.into(), text: text.into(), log: log.into() }
    }

    fn names(sheets: &Sheets) -> Vec<String> {
        let mut names: Vec<String> = sheets.list().into_iter().map(|listed| listed.name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_sheet_is_saved_opened_renamed_deleted_and_brought_back() {
        let data = tempfile::tempdir().expect("a folder");
        let mut sheets = Sheets::new(data.path());
        assert_eq!(sheets.last().expect("nothing is there"), None);
        assert_eq!(sheets.open(SCRATCH).expect("it is always there").text, FIRST_SHEET);
        sheets.save(SCRATCH, "a = 1", "log").expect("saved");
        sheets.create("feed", "# A feed\nx = 2").expect("made");
        assert!(sheets.create("feed", "").is_err(), "one is there");
        assert_eq!(sheets.list().iter().find(|l| l.name == "feed").map(|l| l.title.as_str()), Some("A feed"));
        assert_eq!(sheets.open("feed").expect("opened").text, "# A feed\nx = 2");
        sheets.remember(&["1 + 1".into(), "2 * 3".into()]).expect("kept");
        let last = Sheets::new(data.path()).last().expect("read");
        assert_eq!(last, Some((opened("feed", "# A feed\nx = 2", ""), vec!["1 + 1".into(), "2 * 3".into()])));
        assert!(sheets.rename("feed", SCRATCH).is_err(), "one is there");
        sheets.save("feed", "x = 3", "log of x").expect("saved");
        sheets.rename("feed", "timeline").expect("renamed");
        assert_eq!(sheets.open("timeline").expect("opened"), opened("timeline", "x = 3", "log of x"));
        sheets.delete("timeline").expect("deleted");
        assert_eq!(names(&sheets), [SCRATCH]);
        assert!(sheets.open("timeline").is_err());
        // What was open is gone: the scratch sheet is there.
        assert_eq!(sheets.last().expect("read").map(|(last, _)| last), Some(opened(SCRATCH, "a = 1", "log")));
        sheets.restore("timeline").expect("back");
        assert_eq!(names(&sheets), [SCRATCH, "timeline"]);
        for bad in ["../x", "", "a/b", ".x"] {
            assert!(
                sheets.save(bad, "", "").is_err() && sheets.open(bad).is_err() && sheets.delete(bad).is_err()
            );
        }
    }

    #[test]
    fn what_another_program_writes_is_seen_once() {
        let data = tempfile::tempdir().expect("a folder");
        let mut sheets = Sheets::new(data.path());
        sheets.save("a", "x = 1", "").expect("saved");
        assert_eq!(sheets.changed("a"), None, "that was this program");
        fs::write(data.path().join("sheets/a.sheet"), "x = 12").expect("written");
        assert_eq!(sheets.changed("a").as_deref(), Some("x = 12"));
        assert_eq!(sheets.changed("a"), None);
        fs::remove_file(data.path().join("sheets/a.sheet")).expect("removed");
        assert_eq!(sheets.changed("a"), None, "what is shown stays");
        sheets.save("a", "x = 3", "").expect("saved again");
        assert_eq!(sheets.open("a").expect("there").text, "x = 3");
    }

    #[test]
    fn what_is_no_sheet_is_not_listed_and_not_read() {
        let data = tempfile::tempdir().expect("a folder");
        let folder = data.path().join("sheets");
        fs::create_dir_all(folder.join("folder.sheet")).expect("made");
        fs::write(folder.join("a.sheet.77.new"), "half").expect("written");
        fs::write(folder.join("b.sheet.78.new"), "half").expect("written");
        let day_before = SystemTime::now() - 2 * FORGOTTEN;
        let old = fs::File::options().write(true).open(folder.join("b.sheet.78.new"));
        old.and_then(|file| file.set_modified(day_before)).expect("set back");
        fs::write(folder.join("notes.txt"), "x").expect("written");
        fs::File::create(folder.join("large.sheet")).and_then(|file| file.set_len(2 << 30)).expect("2 GB");
        fs::write(folder.join("odd.sheet"), [b'a', 0xff, b'b']).expect("written");
        let mut sheets = Sheets::new(data.path());
        assert_eq!(names(&sheets), ["large", "odd"]);
        assert!(folder.join("a.sheet.77.new").exists(), "somebody may be saving it");
        assert!(!folder.join("b.sheet.78.new").exists(), "left by a killed program");
        assert!(sheets.open("large").is_err() && sheets.open("folder").is_err());
        assert_eq!(sheets.open("odd").expect("read").text, "a\u{fffd}b");
    }

    #[test]
    #[cfg(unix)]
    fn a_disk_that_refuses_leaves_the_sheet_as_it_was() {
        let data = tempfile::tempdir().expect("a folder");
        let mut sheets = Sheets::new(data.path());
        sheets.save("a", "x = 1", "").expect("saved");
        // A folder in the place of what is written beside: this fails for root as well.
        let beside = data.path().join(format!("sheets/a.sheet.{}.new", std::process::id()));
        fs::create_dir(&beside).expect("made");
        assert!(sheets.save("a", "x = 2", "").is_err());
        assert_eq!(sheets.open("a").expect("there").text, "x = 1");
        fs::remove_dir(&beside).expect("removed");
        sheets.save("a", "x = 2", "").expect("saved");
        assert_eq!(sheets.open("a").expect("there").text, "x = 2");
    }
}
