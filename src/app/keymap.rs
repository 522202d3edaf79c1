//! Which keys run which command: the keys of the commands, and what the learner's settings change of them.

use crate::config::key::{Chord, Key};
use crate::config::problem::{Problem, nearest};
use crate::config::settings::KeySetting;

use super::command::{COMMANDS, Command, Context, Do};

/// Which keys run which command.
#[derive(Clone, Debug)]
pub struct KeyMap {
    keys: Vec<(Chord, usize)>,
}

/// What a key means after the keys that came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing.
    Nothing,
    /// A command; `more` tells whether a further key could make another one of it.
    Run {
        /// What to do.
        does: Do,
        /// Whether these keys also begin a longer chord.
        more: bool,
    },
    /// The beginning of a chord.
    Begins,
}

impl KeyMap {
    /// The key map with the learner's changes. What is wrong with them comes beside it.
    #[must_use]
    pub fn new(changes: &[KeySetting], file: &str) -> (KeyMap, Vec<Problem>) {
        let (mut keys, mut problems) = (Vec::new(), Vec::new());
        for (index, command) in COMMANDS.iter().enumerate() {
            match changes.iter().rfind(|change| change.command == command.name) {
                Some(change) => keys.extend(change.chords.iter().map(|chord| (chord.clone(), index))),
                None => keys.extend(command.keys.iter().filter_map(|key| Some((key.parse().ok()?, index)))),
            }
        }
        for change in changes {
            if !COMMANDS.iter().any(|command| command.name == change.command) {
                let near = nearest(&change.command, COMMANDS.iter().map(|command| command.name));
                problems.push(Problem {
                    file: file.to_string(),
                    line: change.line,
                    column: 1,
                    source: String::new(),
                    message: format!("no command is called '{}'", change.command),
                    help: Some(
                        near.map_or("the names stand in `?`".into(), |near| {
                            format!("did you mean '{near}'?")
                        }),
                    ),
                });
            }
        }
        (KeyMap { keys }, problems)
    }

    /// What `key` means after `before`, in the given contexts, innermost first.
    #[must_use]
    pub fn meaning(&self, before: &[Key], key: Key, contexts: &[Context]) -> Meaning {
        let typed: Vec<Key> = before.iter().copied().chain([key]).collect();
        let more = self.keys.iter().any(|(chord, index)| {
            COMMANDS[*index].contexts.iter().any(|context| contexts.contains(context))
                && chord.0.len() > typed.len()
                && chord.0.starts_with(&typed)
        });
        match self.bound(&typed, contexts) {
            Some(command) => Meaning::Run { does: command.does, more },
            None if more => Meaning::Begins,
            None => Meaning::Nothing,
        }
    }

    /// The command that a whole chord runs in the given contexts, innermost first.
    fn bound(&self, typed: &[Key], contexts: &[Context]) -> Option<&'static Command> {
        contexts.iter().find_map(|context| {
            let runs = |(chord, index): &&(Chord, usize)| {
                chord.0 == typed && COMMANDS[*index].contexts.contains(context)
            };
            self.keys.iter().find(runs).map(|(_, index)| &COMMANDS[*index])
        })
    }

    /// The keys of a command, for people: `j Down`.
    #[must_use]
    pub fn shown(&self, command: &Command) -> String {
        let keys: Vec<String> = self.chords(command).map(Chord::to_string).collect();
        keys.join(" ")
    }

    /// The first key of a command that works in these contexts, innermost first, for the footer: in a text field a letter
    /// is text, and a key may mean something else further in.
    #[must_use]
    pub fn first(&self, command: &Command, typing: bool, contexts: &[Context]) -> Option<String> {
        self.first_free(command, &|key| typing && key.typed().is_some(), contexts)
    }

    /// As [`KeyMap::first`], where some keys are taken by what has them: the letters of options.
    #[must_use]
    pub fn first_free(
        &self,
        command: &Command,
        taken: &dyn Fn(Key) -> bool,
        contexts: &[Context],
    ) -> Option<String> {
        let works = |chord: &&Chord| {
            !chord.0.iter().any(|key| taken(*key))
                && self.bound(&chord.0, contexts).is_some_and(|bound| bound.does == command.does)
        };
        self.chords(command).find(works).map(Chord::to_string)
    }

    /// The keys of a command.
    pub fn chords<'a>(&'a self, command: &Command) -> impl Iterator<Item = &'a Chord> {
        let index =
            COMMANDS.iter().position(|known| std::ptr::eq(known, command) || known.name == command.name);
        self.keys.iter().filter(move |(_, of)| Some(*of) == index).map(|(chord, _)| chord)
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::Context as C;
    use super::*;
    use crate::config::key::KeyCode;

    #[test]
    fn g_acts_at_once_and_gt_is_a_chord() {
        let (map, problems) = KeyMap::new(&[], "config.toml");
        assert_eq!(problems, []);
        let contexts = [C::List, C::Everywhere];
        let g = Key::char('g');
        assert_eq!(map.meaning(&[], g, &contexts), Meaning::Run { does: Do::Top, more: true });
        assert_eq!(
            map.meaning(&[g], Key::char('t'), &contexts),
            Meaning::Run { does: Do::NextTab, more: false }
        );
        assert_eq!(map.meaning(&[], g, &[C::Everywhere]), Meaning::Begins);
        assert_eq!(map.meaning(&[], Key::char('x'), &contexts), Meaning::Nothing);
    }

    #[test]
    fn keys_can_be_changed_and_a_wrong_name_is_told() {
        let change = |command: &str, key: &str, line| KeySetting {
            command: command.into(),
            chords: key.parse().ok().into_iter().collect(),
            line,
        };
        let (map, problems) =
            KeyMap::new(&[change("lab.play", "p", 2), change("lab.plai", "x", 3)], "config.toml");
        let meaning = |key| map.meaning(&[], key, &[C::Demo]);
        assert_eq!(meaning(Key::char('p')), Meaning::Run { does: Do::Play, more: false });
        assert_eq!(meaning(Key::char(' ')), Meaning::Nothing);
        assert_eq!(meaning(Key::plain(KeyCode::Left)), Meaning::Run { does: Do::Less, more: false });
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].line, problems[0].help.as_deref()), (3, Some("did you mean 'lab.play'?")));
    }
}
