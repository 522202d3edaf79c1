//! Everything one can do, as data: the key map, the footer, the `?` help, the palette and the README's
//! table come from this one list, so they cannot disagree.

use crate::config::key::{Chord, Key};
use crate::config::problem::{Problem, nearest};
use crate::config::settings::KeySetting;
use crate::memory::Grade;

use super::Tab;

/// Where a command works. The screens say which contexts are active, innermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// In a text field: only Control and Alt chords, Enter, Esc and Tab act.
    Field,
    /// In the command palette.
    Palette,
    /// In the help and other panels that lie over the screen.
    Panel,
    /// A demo has the keys.
    Demo,
    /// A question waits for its answer.
    Question,
    /// An answer waits for its grade.
    Verdict,
    /// The session's end.
    Summary,
    /// The Today screen.
    Today,
    /// A page is open.
    Page,
    /// A list or anything else that scrolls.
    List,
    /// The calculator's sheet.
    Sheet,
    /// Always.
    Everywhere,
}

impl Context {
    /// The heading in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Context::Field => "In a text field",
            Context::Palette => "Palette",
            Context::Panel => "Panels",
            Context::Demo => "Lab",
            Context::Question => "Drill: the question",
            Context::Verdict => "Drill: the answer",
            Context::Summary => "Drill: the end",
            Context::Today => "Today",
            Context::Page => "Library: a page",
            Context::List => "Lists and pages",
            Context::Sheet => "Envelope",
            Context::Everywhere => "Everywhere",
        }
    }
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// Back, or quit where there is no back.
    Back,
    /// Leave what is open or has the focus.
    Leave,
    /// Quit the program.
    Quit,
    /// Stop as a shell job.
    Suspend,
    /// Show a tab.
    Go(Tab),
    /// The next tab.
    NextTab,
    /// The previous tab.
    PreviousTab,
    /// Open the palette.
    Palette,
    /// Show all keys.
    Help,
    /// The next theme.
    NextTheme,
    /// Look for a word in the page, or for anything by name.
    Search,
    /// Act on what has the focus.
    Enter,
    /// Down a line or to the next row.
    Down,
    /// Up a line or to the previous row.
    Up,
    /// Half a screen down.
    HalfDown,
    /// Half a screen up.
    HalfUp,
    /// A screen down.
    PageDown,
    /// A screen up.
    PageUp,
    /// To the top.
    Top,
    /// To the bottom.
    Bottom,
    /// The next link or live block.
    NextLink,
    /// The previous link or live block.
    PreviousLink,
    /// The next heading.
    NextHeading,
    /// The previous heading.
    PreviousHeading,
    /// Show or hide the outline.
    Outline,
    /// Show the cheat sheet, or the page again.
    CheatSheet,
    /// The next hit of the search.
    NextHit,
    /// The previous hit of the search.
    PreviousHit,
    /// Copy the block.
    Copy,
    /// Open in the editor.
    Edit,
    /// Drill the topic of this page.
    DrillTopic,
    /// Begin what Today proposes.
    Start,
    /// Go on reading.
    ReadOn,
    /// The next topic on the path.
    NextTopic,
    /// The bet of the day.
    Bet,
    /// Play or pause.
    Play,
    /// One event.
    Step,
    /// Faster.
    Faster,
    /// Slower.
    Slower,
    /// Back in time.
    Rewind,
    /// Forward in time.
    Forward,
    /// From the start.
    Reset,
    /// Another seed.
    Reseed,
    /// The next control.
    NextControl,
    /// The previous control.
    PreviousControl,
    /// The control's value up.
    More,
    /// The control's value down.
    Less,
    /// The source of the implementation.
    Source,
    /// What to look for.
    LookFor,
    /// Write the run as a script.
    WriteScript,
    /// The demo full screen.
    FullScreen,
    /// Show the answer.
    Reveal,
    /// Grade the answer.
    Grade(Grade),
    /// Grade as proposed.
    GradeProposed,
    /// Take the last answer back.
    Undo,
    /// Mark the card as worth a look.
    Flag,
    /// Not today.
    Bury,
    /// Not any more.
    SuspendCard,
    /// The topic's page at the right place.
    CardPage,
    /// The demo behind the card.
    CardDemo,
    /// Complete the word.
    Complete,
    /// The number under the cursor up.
    SlideUp,
    /// The number under the cursor down.
    SlideDown,
}

/// One thing that one can do.
#[derive(Debug)]
pub struct Command {
    /// Its name in settings: `lab.play`.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Its keys, where the settings say nothing else.
    pub keys: &'static [&'static str],
    /// Where it works; the help shows it under the first.
    pub contexts: &'static [Context],
    /// What it does.
    pub does: Do,
    /// Its short name in the footer; nothing where it does not stand there.
    pub footer: Option<&'static str>,
}

const fn command(
    contexts: &'static [Context],
    name: &'static str,
    keys: &'static [&'static str],
    does: Do,
    footer: Option<&'static str>,
    help: &'static str,
) -> Command {
    Command { name, help, keys, contexts, does, footer }
}

use Context as C;

/// All commands. The order is the order of the help and of the footer.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    command(&[C::Today], "today.start", &["enter"], Do::Start, Some("start"), "Start with what is due, or read on"),
    command(&[C::Today], "today.read", &["r"], Do::ReadOn, Some("read on"), "Go on where reading stopped"),
    command(&[C::Today], "today.next", &["n"], Do::NextTopic, Some("next"), "Open the next topic on the path"),
    command(&[C::Today], "today.bet", &["B"], Do::Bet, Some("bet"), "Take the bet: a number before its demo runs"),

    command(&[C::Demo], "lab.play", &["space"], Do::Play, Some("play/pause"), "Play or pause"),
    command(&[C::Demo], "lab.step", &["."], Do::Step, Some("step"), "Make the next event happen"),
    command(&[C::Demo], "lab.control.next", &["j", "down"], Do::NextControl, Some("control"), "The next control"),
    command(&[C::Demo], "lab.control.previous", &["k", "up"], Do::PreviousControl, None, "The previous control"),
    command(&[C::Demo], "lab.less", &["h", "left"], Do::Less, Some("less"), "The control's value down"),
    command(&[C::Demo], "lab.more", &["l", "right"], Do::More, Some("more"), "The control's value up"),
    command(&[C::Demo], "lab.bet", &["B"], Do::Bet, Some("bet"), "Bet on a reading before the run"),
    command(&[C::Demo], "lab.rewind", &["["], Do::Rewind, Some("rewind"), "Back a twentieth of the run; what was set later is forgotten"),
    command(&[C::Demo], "lab.forward", &["]"], Do::Forward, Some("forward"), "Forward a twentieth of the run"),
    command(&[C::Demo], "lab.slower", &["<"], Do::Slower, Some("slower"), "Slower: 1000, 500, 200, 100, ... 0.1 times real time"),
    command(&[C::Demo], "lab.faster", &[">"], Do::Faster, Some("faster"), "Faster: 0.1, 0.2, 0.5, 1, ... 1000 times real time"),
    command(&[C::Demo], "lab.reset", &["R"], Do::Reset, Some("reset"), "From the start, with the controls as they stand"),
    command(&[C::Demo], "lab.seed", &["S"], Do::Reseed, Some("seed"), "From the start with the next seed"),
    command(&[C::Demo], "lab.look", &["i"], Do::LookFor, Some("what to look for"), "What to look for"),
    command(&[C::Demo], "lab.source", &["s"], Do::Source, Some("source"), "The source of the implementation"),
    command(&[C::Demo], "lab.script", &["w"], Do::WriteScript, None, "Write the run as a script for `sysdrill demo --script`"),
    command(&[C::Demo], "lab.full", &["f"], Do::FullScreen, None, "Full screen, and back to the page"),

    command(&[C::Question], "drill.show", &["enter", "space"], Do::Reveal, Some("show the answer"), "Show the answer; a letter picks an option"),
    command(&[C::Verdict], "drill.accept", &["enter", "space"], Do::GradeProposed, Some("accept"), "Grade as proposed"),
    command(&[C::Verdict], "drill.again", &["1"], Do::Grade(Grade::Again), None, "Again: I did not know it"),
    command(&[C::Verdict], "drill.hard", &["2"], Do::Grade(Grade::Hard), None, "Hard: I knew it with effort"),
    command(&[C::Verdict], "drill.good", &["3"], Do::Grade(Grade::Good), Some("grade"), "Good: I knew it"),
    command(&[C::Verdict], "drill.easy", &["4"], Do::Grade(Grade::Easy), None, "Easy: I knew it at once"),
    command(&[C::Verdict], "drill.page", &["p"], Do::CardPage, Some("page"), "Open the page behind the card"),
    command(&[C::Verdict], "drill.demo", &["r"], Do::CardDemo, Some("run the demo"), "Run the demo behind the card"),
    command(&[C::Summary], "drill.done", &["enter"], Do::Enter, Some("done"), "Close the session"),
    command(&[C::Question, C::Verdict, C::Summary], "drill.undo", &["u", "alt-u"], Do::Undo, Some("undo"), "Take the last answer back, or that a card was set aside"),
    command(&[C::Question, C::Verdict], "drill.flag", &["f", "alt-f"], Do::Flag, Some("flag"), "Mark the card as worth a look, or unmark it"),
    command(&[C::Question, C::Verdict], "drill.bury", &["-", "alt--"], Do::Bury, None, "Not today: the card comes back tomorrow"),
    command(&[C::Question, C::Verdict], "drill.suspend", &["@", "alt-@"], Do::SuspendCard, None, "Not any more, until it is taken back with u"),

    command(&[C::Page], "page.next-link", &["tab"], Do::NextLink, Some("next link or block"), "The next link or live block"),
    command(&[C::Page], "page.previous-link", &["backtab"], Do::PreviousLink, None, "The previous link or live block"),
    command(&[C::Page], "page.follow", &["enter"], Do::Enter, Some("follow"), "Follow the link, or enter the live block"),
    command(&[C::Page], "page.bet", &["B"], Do::Bet, Some("bet"), "To the bet of this page"),
    command(&[C::Page], "page.cheat-sheet", &["c"], Do::CheatSheet, Some("cheat sheet"), "The cheat sheet alone, or the page again"),
    command(&[C::Page], "page.drill", &["D"], Do::DrillTopic, Some("drill"), "Drill this topic's cards"),
    command(&[C::Page], "page.outline", &["o"], Do::Outline, Some("outline"), "Show or hide the outline"),
    command(&[C::Page], "page.back", &["backspace"], Do::Back, None, "Back to where one came from"),
    command(&[C::Page], "page.next-heading", &["]"], Do::NextHeading, None, "The next heading"),
    command(&[C::Page], "page.previous-heading", &["["], Do::PreviousHeading, None, "The previous heading"),
    command(&[C::Page], "page.find", &["/"], Do::Search, Some("find"), "Find a word in the page"),
    command(&[C::Page], "page.next-hit", &["n"], Do::NextHit, None, "The next hit"),
    command(&[C::Page], "page.previous-hit", &["N"], Do::PreviousHit, None, "The previous hit"),
    command(&[C::Page], "page.copy", &["y"], Do::Copy, None, "Copy the section under the top of the screen as Markdown"),
    command(&[C::Page], "page.edit", &["e"], Do::Edit, None, "Open the page in the editor; ours are copied first"),

    command(&[C::List], "list.open", &["enter"], Do::Enter, Some("open"), "Open the chosen row"),
    command(&[C::List], "move.down", &["j", "down"], Do::Down, Some("down"), "Down"),
    command(&[C::List], "move.up", &["k", "up"], Do::Up, Some("up"), "Up"),
    command(&[C::List], "move.half-down", &["d", "ctrl-d"], Do::HalfDown, None, "Half a screen down"),
    command(&[C::List], "move.half-up", &["u", "ctrl-u"], Do::HalfUp, None, "Half a screen up"),
    command(&[C::List], "move.page-down", &["space", "pagedown", "ctrl-f"], Do::PageDown, None, "A screen down"),
    command(&[C::List], "move.page-up", &["b", "pageup", "ctrl-b"], Do::PageUp, None, "A screen up"),
    command(&[C::List], "move.top", &["g", "home"], Do::Top, None, "To the top"),
    command(&[C::List], "move.bottom", &["G", "end"], Do::Bottom, None, "To the bottom"),

    command(&[C::Panel], "panel.down", &["j", "down"], Do::Down, Some("down"), "Down"),
    command(&[C::Panel], "panel.up", &["k", "up"], Do::Up, Some("up"), "Up"),
    command(&[C::Panel], "panel.page-down", &["space", "pagedown", "d"], Do::PageDown, None, "A screen down"),
    command(&[C::Panel], "panel.page-up", &["b", "pageup", "u"], Do::PageUp, None, "A screen up"),
    command(&[C::Panel], "panel.top", &["g", "home"], Do::Top, None, "To the top"),
    command(&[C::Panel], "panel.bottom", &["G", "end"], Do::Bottom, None, "To the bottom"),
    command(&[C::Panel], "panel.close", &["q", "esc", "enter", "?"], Do::Leave, Some("close"), "Close"),

    command(&[C::Palette], "palette.choose", &["enter"], Do::Enter, Some("choose"), "Choose"),
    command(&[C::Palette], "palette.down", &["down", "ctrl-n", "tab"], Do::Down, Some("down"), "The next row"),
    command(&[C::Palette], "palette.up", &["up", "ctrl-p", "backtab"], Do::Up, Some("up"), "The previous row"),
    command(&[C::Palette], "palette.close", &["esc"], Do::Leave, Some("close"), "Close"),

    command(&[C::Field], "field.enter", &["enter"], Do::Enter, Some("run it"), "Commit what was typed"),
    command(&[C::Field], "field.leave", &["esc"], Do::Leave, Some("leave"), "Leave the field"),
    command(&[C::Field], "field.next", &["tab"], Do::NextLink, None, "Leave the field for the next link or block"),
    command(&[C::Field], "field.previous", &["backtab"], Do::PreviousLink, None, "Leave the field for the previous link or block"),

    command(&[C::Sheet], "sheet.complete", &["tab"], Do::Complete, Some("complete"), "Complete the name, unit or function"),
    command(&[C::Sheet], "sheet.slide-up", &["alt-up"], Do::SlideUp, Some("slide the number"), "The number under the cursor up"),
    command(&[C::Sheet], "sheet.slide-down", &["alt-down"], Do::SlideDown, None, "The number under the cursor down"),
    command(&[C::Sheet], "sheet.leave", &["esc"], Do::Leave, Some("leave"), "Leave the sheet"),

    command(&[C::Everywhere], "search", &["/"], Do::Search, Some("search"), "Search topics, demos, decks and commands by name"),
    command(&[C::Everywhere], "palette", &[":", "ctrl-p"], Do::Palette, Some("palette"), "Find and run anything by name"),
    command(&[C::Everywhere], "help", &["?", "f1"], Do::Help, Some("keys"), "All keys"),
    command(&[C::Everywhere], "app.theme", &[], Do::NextTheme, None, "Next theme: auto, dark, light, high contrast, the terminal's own colours"),
    command(&[C::Everywhere], "back", &["q"], Do::Back, Some("back"), "Back; on Today: quit"),
    command(&[C::Everywhere], "leave", &["esc"], Do::Leave, None, "Leave what is open or has the focus"),
    command(&[C::Everywhere], "tab.next", &["g t", "ctrl-pagedown"], Do::NextTab, None, "The next tab"),
    command(&[C::Everywhere], "tab.previous", &["g T", "ctrl-pageup"], Do::PreviousTab, None, "The previous tab"),
    command(&[C::Everywhere], "tab.today", &["alt-1"], Do::Go(Tab::Today), None, "Today: what to do now"),
    command(&[C::Everywhere], "tab.library", &["alt-2"], Do::Go(Tab::Library), None, "Library: pages and cheat sheets"),
    command(&[C::Everywhere], "tab.lab", &["alt-3"], Do::Go(Tab::Lab), None, "Lab: live demos"),
    command(&[C::Everywhere], "tab.drill", &["alt-4"], Do::Go(Tab::Drill), None, "Drill: spaced repetition"),
    command(&[C::Everywhere], "tab.envelope", &["alt-5"], Do::Go(Tab::Envelope), None, "Envelope: the calculator"),
    command(&[C::Everywhere], "tab.progress", &["alt-6"], Do::Go(Tab::Progress), None, "Progress: what is known"),
    command(&[C::Everywhere], "suspend", &["ctrl-z"], Do::Suspend, None, "Back to the shell; fg returns"),
    command(&[C::Everywhere], "quit", &["ctrl-c"], Do::Quit, None, "Quit; everything is saved already"),
];

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
        for context in contexts {
            let found = self
                .keys
                .iter()
                .find(|(chord, index)| COMMANDS[*index].contexts.contains(context) && chord.0 == typed);
            if let Some((_, index)) = found {
                return Meaning::Run { does: COMMANDS[*index].does, more };
            }
        }
        if more { Meaning::Begins } else { Meaning::Nothing }
    }

    /// The keys of a command, for people: `j Down`.
    #[must_use]
    pub fn shown(&self, command: &Command) -> String {
        let keys: Vec<String> = self.chords(command).map(Chord::to_string).collect();
        keys.join(" ")
    }

    /// The first key of a command that works, for the footer: in a text field a letter is text.
    #[must_use]
    pub fn first(&self, command: &Command, typing: bool) -> Option<String> {
        let works = |chord: &&Chord| !typing || chord.0.iter().all(|key| key.typed().is_none());
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
    use std::collections::HashSet;

    use super::*;
    use crate::config::key::KeyCode;

    #[test]
    fn names_are_unique_keys_are_valid_and_no_two_commands_of_a_context_share_one() {
        let (mut names, mut keys) = (HashSet::new(), HashSet::new());
        for command in COMMANDS {
            assert!(names.insert(command.name), "{} twice", command.name);
            for key in command.keys {
                let chord: Result<Chord, _> = key.parse();
                assert!(chord.is_ok(), "{}: {key}", command.name);
                for context in command.contexts {
                    assert!(keys.insert((*context, *key)), "{} again: {key}", command.name);
                }
            }
        }
    }

    #[test]
    fn in_a_text_field_letters_are_text() {
        for command in COMMANDS.iter().filter(|c| matches!(c.contexts[0], C::Field | C::Palette | C::Sheet)) {
            for key in command.keys {
                let chord: Chord = key.parse().expect("the test above checks them");
                assert_eq!(chord.0[0].typed(), None, "{} would take a letter from the text", command.name);
            }
        }
    }

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
