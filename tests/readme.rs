//! The README's table of keys and docs/keys.md are the program's own list of commands. After a change:
//! `UPDATE_README=1 cargo test --test readme`.

use std::fs;
use std::path::Path;

use sysdrill::app::command::{COMMANDS, Command, Context};
use sysdrill::app::keymap::KeyMap;

fn chords(keys: &KeyMap, command: &Command) -> String {
    let shown = keys.chords(command).map(|chord| format!("`{}`", chord.to_string().replace('|', "\\|")));
    shown.collect::<Vec<_>>().join(" ")
}

/// All commands, by where they work.
fn all() -> String {
    let (keys, _) = KeyMap::new(&[], "config.toml");
    let mut text = String::from(
        "# Keys\n\nAll commands by where they work. The name is what `[keys]` in the settings know a command by; the palette\n\
         (`:`) runs any of them. In a text field only chords, Enter, Esc and Tab act: everything else is text.\n",
    );
    let mut context: Option<Context> = None;
    for command in COMMANDS {
        if context != Some(command.contexts[0]) {
            context = Some(command.contexts[0]);
            text.push_str(&format!(
                "\n## {}\n\n| keys | name | |\n|---|---|---|\n",
                command.contexts[0].title()
            ));
        }
        text.push_str(&format!("| {} | `{}` | {} |\n", chords(&keys, command), command.name, command.help));
    }
    text
}

/// What a newcomer needs: of the main screens the keys that the footer names.
fn first() -> String {
    use Context::{Demo, Everywhere, List, Page, Question, Today, Verdict};
    let (keys, _) = KeyMap::new(&[], "config.toml");
    let mut text = String::from("\n| where | keys |\n|---|---|\n");
    for (name, contexts) in [
        ("Everywhere", &[Everywhere][..]),
        ("Today", &[Today]),
        ("Lists and pages", &[List]),
        ("A page", &[Page]),
        ("A demo", &[Demo]),
        ("A card", &[Question, Verdict]),
    ] {
        let here = COMMANDS.iter().filter(|command| contexts.contains(&command.contexts[0]));
        let shown = here.filter(|command| command.footer.is_some() || contexts == [List]).map(|command| {
            let label = command.footer.unwrap_or(command.help).to_lowercase();
            format!(
                "{} {label}",
                keys.first(command, false, command.contexts)
                    .map(|key| format!("`{key}`"))
                    .unwrap_or_default()
            )
        });
        text.push_str(&format!("| {name} | {} |\n", shown.collect::<Vec<_>>().join(", ")));
    }
    text
}

#[test]
fn the_key_tables_are_the_command_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (path, list) = (root.join("README.md"), root.join("docs/keys.md"));
    let readme = fs::read_to_string(&path).expect("the README");
    let (before, rest) = readme.split_once("<!-- keys -->\n").expect("the mark <!-- keys -->");
    let (shown, after) =
        rest.split_once("\n<!-- /keys -->").unwrap_or(("", rest.trim_start_matches("<!-- /keys -->")));
    if std::env::var_os("UPDATE_README").is_some() {
        let text = format!("{before}<!-- keys -->\n{}\n<!-- /keys -->{after}", first());
        fs::write(&path, text).expect("the README is written");
        fs::write(&list, all()).expect("the list of keys is written");
        return;
    }
    let help = "the keys written down are not the program's: UPDATE_README=1 cargo test --test readme";
    assert!(shown == first(), "README.md: {help}");
    assert!(fs::read_to_string(&list).is_ok_and(|list| list == all()), "docs/keys.md: {help}");
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
