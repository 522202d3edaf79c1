//! The settings file. A wrong setting is reported with its line, and the default is used in its place:
//! nobody is kept from studying by a typing error.

use toml::de::DeValue;

use super::fields::{Fields, Reader};
use super::key::Chord;
use super::problem::Problem;
use super::theme::{Background, Choice};

/// Everything that the learner can set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How the screen looks.
    pub screen: Screen,
    /// How cards are scheduled.
    pub drill: Drill,
    /// The editor for `e`; `$VISUAL` or `$EDITOR` where nothing is said.
    pub editor: Option<String>,
    /// The folder through which machines are synced; asked for once where nothing is said.
    pub sync: Option<String>,
    /// Keys for commands, by the command's name.
    pub keys: Vec<KeySetting>,
}

/// How the screen looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Whether the program takes the mouse; else it is left to the terminal, for selecting text.
    pub mouse: bool,
    /// The background, where the terminal should not be asked.
    pub background: Option<Background>,
    /// The colours.
    pub theme: Choice,
    /// Whether to draw with ASCII characters only.
    pub ascii: bool,
}

/// How cards are scheduled.
#[derive(Clone, Debug, PartialEq)]
pub struct Drill {
    /// The share of cards that one wants to know when they come back, 0.70 to 0.99.
    pub retention: f64,
    /// Whether intervals are varied a little, so that cards learned together part.
    pub fuzz: bool,
    /// The learning steps of a new card, in minutes: 1 to 720 each, none shorter than the one before.
    pub steps: Vec<u32>,
    /// The steps of a card that was forgotten, likewise.
    pub relearning_steps: Vec<u32>,
    /// How many new cards a day.
    pub new_per_day: usize,
    /// How many reviews a day; steps are not counted.
    pub reviews_per_day: usize,
    /// The share of cards that one wants to know in some decks, by topic, 0.70 to 0.99.
    pub retention_of: Vec<(String, f64)>,
}

/// Keys for one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySetting {
    /// The command's name, such as `lab.play`.
    pub command: String,
    /// Its keys; none takes them away.
    pub chords: Vec<Chord>,
    /// The line of the settings file.
    pub line: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            screen: Screen { mouse: true, background: None, theme: Choice::Auto, ascii: false },
            drill: Drill {
                retention: 0.9,
                fuzz: true,
                steps: vec![1, 10],
                relearning_steps: vec![10],
                new_per_day: 12,
                reviews_per_day: 9_999,
                retention_of: Vec::new(),
            },
            editor: None,
            sync: None,
            keys: Vec::new(),
        }
    }
}

/// Reads a settings file. `file` is its name for messages.
#[must_use]
pub fn parse(file: &str, text: &str) -> (Settings, Vec<Problem>) {
    let mut settings = Settings::default();
    let mut reader = Reader::new(file, text, 1);
    let table = reader.table();
    let mut fields = Fields::new(table.get_ref(), 0..0);
    if let Some(mut screen) = section(&mut fields, &mut reader, "screen") {
        read_screen(&mut screen, &mut reader, &mut settings.screen);
        screen.finish(&mut reader);
    }
    if let Some(mut drill) = section(&mut fields, &mut reader, "drill") {
        read_drill(&mut drill, &mut reader, &mut settings.drill);
        drill.finish(&mut reader);
    }
    settings.editor =
        fields.text(&mut reader, "editor").map(|text| text.value).filter(|text| !text.trim().is_empty());
    settings.sync =
        fields.text(&mut reader, "sync").map(|text| text.value).filter(|text| !text.trim().is_empty());
    for (command, value) in fields.entries(&mut reader, "keys") {
        let one = value.get_ref().as_str().map(|text| vec![(text, value.span())]);
        let list = value.get_ref().as_array().map(|list| {
            list.iter().filter_map(|item| Some((item.get_ref().as_str()?, item.span()))).collect::<Vec<_>>()
        });
        let Some(texts) = one.or(list) else {
            reader.problem(value.span().start, "a key is a text such as \"ctrl-p\", or a list of such");
            continue;
        };
        let mut chords = Vec::new();
        for (text, span) in texts {
            match text.parse() {
                Ok(chord) => chords.push(chord),
                Err(why) => {
                    let help = "keys look like \"q\", \"ctrl-p\", \"alt-1\", \"space\" or \"g t\"";
                    reader.problem_with_help(span.start, why, help);
                }
            }
        }
        let line = reader.line(command.span.start);
        settings.keys.push(KeySetting { command: command.value, chords, line });
    }
    fields.finish(&mut reader);
    (settings, reader.problems)
}

fn section<'t, 'a>(
    fields: &mut Fields<'t, 'a>,
    reader: &mut Reader<'_>,
    name: &'static str,
) -> Option<Fields<'t, 'a>> {
    let value = fields.value(name)?;
    match value.get_ref().as_table() {
        Some(table) => Some(Fields::new(table, value.span())),
        None => {
            reader.problem(
                value.span().start,
                format!("'{name}' is a table: write [{name}] on a line of its own"),
            );
            None
        }
    }
}

fn read_screen(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>, screen: &mut Screen) {
    screen.mouse = fields.switch(reader, "mouse").map_or(screen.mouse, |on| on.value);
    screen.ascii = fields.switch(reader, "ascii").map_or(screen.ascii, |on| on.value);
    let backgrounds = [("auto", None), ("dark", Some(Background::Dark)), ("light", Some(Background::Light))];
    screen.background = fields.one_of(reader, "background", &backgrounds).flatten();
    let themes = Choice::ALL.map(|choice| (choice.name(), choice));
    screen.theme = fields.one_of(reader, "theme", &themes).unwrap_or_default();
}

fn read_drill(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>, drill: &mut Drill) {
    if let Some(retention) = fields.number(reader, "retention")
        && is_retention(reader, "retention", retention.value, retention.span.start)
    {
        drill.retention = retention.value;
    }
    drill.fuzz = fields.switch(reader, "fuzz").map_or(drill.fuzz, |on| on.value);
    for (name, into) in
        [("new_per_day", &mut drill.new_per_day), ("reviews_per_day", &mut drill.reviews_per_day)]
    {
        let Some(count) = fields.number(reader, name) else { continue };
        if count.value >= 0.0 && count.value <= 9_999.0 && count.value.fract() == 0.0 {
            *into = count.value as usize;
        } else {
            reader.problem(count.span.start, format!("'{name}' is a whole number, 0 to 9999"));
        }
    }
    for (topic, value) in fields.entries(reader, "retention_of") {
        let text = |value: &DeValue<'_>| match value {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            _ => None,
        };
        let (place, number) = (value.span().start, text(value.get_ref()).unwrap_or(f64::NAN));
        if is_retention(reader, &topic.value, number, place) {
            drill.retention_of.push((topic.value, number));
        }
    }
    read_steps(fields, reader, "steps", &mut drill.steps);
    read_steps(fields, reader, "relearning_steps", &mut drill.relearning_steps);
}

/// Whether it is a wished-for retention; says so where it is none.
fn is_retention(reader: &mut Reader<'_>, name: &str, value: f64, place: usize) -> bool {
    let is = (0.70..=0.99).contains(&value);
    if !is {
        let message = format!("'{name}' is 0.70 to 0.99, not {value}");
        let help = "0.90 means that nine of ten cards are known when they come back";
        reader.problem_with_help(place, message, help);
    }
    is
}

fn read_steps(fields: &mut Fields<'_, '_>, reader: &mut Reader<'_>, name: &'static str, into: &mut Vec<u32>) {
    let given = fields.place(name) != fields.start();
    let mut steps: Vec<u32> = Vec::new();
    for text in fields.texts(reader, name) {
        let help = "steps are minutes or hours, such as \"1m\", \"10m\", \"1h\", up to 12 h, none shorter than the one before";
        match minutes(&text.value).filter(|step| steps.last().is_none_or(|last| last <= step)) {
            Some(step) => steps.push(step),
            None => {
                reader.problem_with_help(
                    text.span.start,
                    format!("'{}' is no learning step here", text.value),
                    help,
                );
                return;
            }
        }
    }
    if given {
        *into = steps;
    }
}

/// `10m` or `2h` in minutes; nothing for what is no whole number of minutes from 1 to 720.
#[must_use]
pub fn minutes(text: &str) -> Option<u32> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let number: u32 = text[..split].trim().parse().ok()?;
    let minutes = match text[split..].trim() {
        "m" | "min" => number,
        "h" => number.checked_mul(60)?,
        _ => return None,
    };
    (1..=720).contains(&minutes).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_set_and_keeps_the_rest() {
        let text = "editor = \"vi\"\n[screen]\nbackground = \"light\"\ntheme = \"high-contrast\"\n[drill]\nretention = 0.85\nsteps = []\nreviews_per_day = 60\n\
                    retention_of = { quorums = 0.95, raft = 0.8 }\n\
                    [keys]\n\"lab.play\" = \"p\"\n\"back\" = [\"ctrl-x\", \"q\"]\n";
        let (settings, problems) = parse("config.toml", text);
        assert_eq!(problems, []);
        assert_eq!(settings.screen.background, Some(Background::Light));
        assert_eq!(settings.screen.theme, Choice::HighContrast);
        assert!(settings.screen.mouse);
        assert_eq!(settings.drill.retention, 0.85);
        assert_eq!(settings.drill.steps, Vec::<u32>::new());
        assert_eq!(settings.drill.reviews_per_day, 60);
        assert_eq!(settings.drill.retention_of, [("quorums".to_string(), 0.95), ("raft".to_string(), 0.8)]);
        let keys: Vec<String> = settings
            .keys
            .iter()
            .map(|key| format!("{} {} {}", key.line, key.command, key.chords.len()))
            .collect();
        assert_eq!(keys, ["11 lab.play 1", "12 back 2"]);
    }

    #[test]
    fn a_wrong_setting_is_named_and_its_default_used() {
        let check = |text: &str, place: &str, message: &str| {
            let (settings, problems) = parse("c", text);
            assert_eq!(settings.drill, Settings::default().drill, "{text}");
            let said: Vec<String> =
                problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
            assert_eq!(said, [format!("{place} {message}")], "{text}");
        };
        check("[drill]\nretention = 2", "2:13", "'retention' is 0.70 to 0.99, not 2");
        check("[drill.retention_of]\nraft = 1", "2:8", "'raft' is 0.70 to 0.99, not 1");
        check("[drill]\nsteps = [\"1m\", \"soon\"]", "2:16", "'soon' is no learning step here");
        check("drill = 3", "1:9", "'drill' is a table: write [drill] on a line of its own");
        check("[drill]\nretension = 0.9", "2:1", "'retension' is not known here");
        check("[keys]\nquit = \"hyper-q\"", "2:8", "no key is called 'hyper-q'");
        check("[screen]\nmouse = \"yes\"", "2:9", "'mouse' must be true or false");
    }
}
