//! Sheets of the Envelope, as far as `sysdrill check` looks at them: every line has a value, and what is asserted holds.
//!
//! Templates are content: a number in them that is wrong teaches something wrong. The learner's own sheets are looked at
//! too, for an assertion in them was written to be told when it fails.

use std::path::PathBuf;

use super::Library;
use super::check::{Checked, bare, faults};
use super::files;
use crate::doc;

/// The widest line of a template, in cells. The results stand beside it.
const WIDEST: usize = 80;

/// Works out every template. About a millisecond a sheet.
pub(super) fn check(library: &Library, checked: &mut Checked) {
    for file in library.sheets() {
        checked.sheets += 1;
        checked.problems.extend(faults(&file.name, &file.text));
        for (index, line) in file.text.lines().enumerate() {
            let width = doc::text_width(line);
            if width > WIDEST {
                let message =
                    format!("the line is {width} cells wide; the lines of a template fit in {WIDEST}");
                let mut problem = bare(&file.name, index + 1, message);
                problem.source = line.to_string();
                checked.problems.push(problem);
            }
        }
        if !file.text.trim_start().starts_with('#') {
            let message = "a template begins with its title, which is a comment".to_string();
            checked.problems.push(bare(&file.name, 1, message).help("# A feed: push or pull?"));
        }
    }
}

/// Works out the learner's own sheets: those in `sheets/` of the folders.
pub fn check_own(folders: &[PathBuf], checked: &mut Checked) {
    let mut problems = Vec::new();
    for file in files::own_sheets(folders, &mut problems) {
        checked.sheets += 1;
        problems.extend(faults(&file.name, &file.text));
    }
    checked.problems.extend(problems);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_its_line_and_column() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let sheets = folder.path().join("sheets");
        std::fs::create_dir(&sheets).expect("made");
        let write = |name: &str, text: &str| std::fs::write(sheets.join(name), text).expect("written");
        write("good.sheet", "a = 5 users\n#= 5 users\n");
        write("bad.sheet", "# ü\na = 5 users\n#= 6 users\nb = a + 3 reads\nc = 2B\n");
        write("other.txt", "no sheet");
        let mut checked = Checked::default();
        check_own(&[folder.path().to_path_buf()], &mut checked);
        assert_eq!(checked.sheets, 2);
        let told: Vec<(usize, usize, &str)> =
            checked.problems.iter().map(|one| (one.line, one.column, one.source.as_str())).collect();
        assert_eq!(told, [(3, 4, "#= 6 users"), (4, 9, "b = a + 3 reads"), (5, 5, "c = 2B")]);
        assert!(checked.problems.iter().all(|one| one.file.ends_with("bad.sheet") && one.help.is_some()));
    }
}
