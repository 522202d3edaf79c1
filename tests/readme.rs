//! The README's table of keys is the program's own list of commands. After a change:
//! `UPDATE_README=1 cargo test --test readme`.

use std::fs;
use std::path::Path;

use sysdrill::app::command::{COMMANDS, Context};
use sysdrill::app::keymap::KeyMap;

fn table() -> String {
    let (keys, _) = KeyMap::new(&[], "config.toml");
    let mut text = String::new();
    let mut context: Option<Context> = None;
    for command in COMMANDS {
        if context != Some(command.contexts[0]) {
            context = Some(command.contexts[0]);
            let title = command.contexts[0].title();
            text.push_str(&format!("\n**{title}**\n\n| keys | name | |\n|---|---|---|\n"));
        }
        let shown: Vec<String> = keys
            .chords(command)
            .map(|chord| format!("`{}`", chord.to_string().replace('|', "\\|")))
            .collect();
        text.push_str(&format!("| {} | `{}` | {} |\n", shown.join(" "), command.name, command.help));
    }
    text
}

#[test]
fn the_key_table_is_the_command_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("the README");
    let (before, rest) = readme.split_once("<!-- keys -->\n").expect("the mark <!-- keys -->");
    let (shown, after) =
        rest.split_once("\n<!-- /keys -->").unwrap_or(("", rest.trim_start_matches("<!-- /keys -->")));
    if std::env::var_os("UPDATE_README").is_some() {
        let text = format!("{before}<!-- keys -->\n{}\n<!-- /keys -->{after}", table());
        fs::write(&path, text).expect("the README is written");
        return;
    }
    assert!(
        shown == table(),
        "the README's keys are not the program's: UPDATE_README=1 cargo test --test readme"
    );
}

#[test]
fn what_the_readme_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
    for link in links.filter(|link| !link.contains("://")) {
        assert!(root.join(link).exists(), "the README links {link}, which does not exist");
    }
}
