//! The note types, the decks and the settings that a package of ours carries, as the JSON of schema 11.

use serde_json::{Map, Value, json};

use crate::exchange::face::Style;

/// All styles of notes.
pub(super) const STYLES: [Style; 4] = [Style::Basic, Style::Typed, Style::Reversed, Style::Cloze];

/// What the names of our note types end in.
pub(super) const OURS: &str = " (sysdrill)";

/// The fields for hints, each uncovered by itself.
pub(super) const HINTS: [&str; 3] = ["Hint 1", "Hint 2", "Hint 3"];

const BACK: &str = "{{FrontSide}}\n\n<hr id=answer>\n\n{{Back}}";
const CSS: &str = ".card { font-family: sans-serif; font-size: 20px; line-height: 1.5; text-align: left; max-width: 40em; margin: auto; }\n\
    table { border-collapse: collapse; } td, th { border: 1px solid gray; padding: 0.2em 0.5em; }\n";

/// The number of a note type. It never changes, so that a later import finds the type of an earlier one.
pub(super) fn type_id(style: Style) -> i64 {
    1_795_300_000_000
        + match style {
            Style::Basic => 1,
            Style::Reversed => 2,
            Style::Cloze => 3,
            Style::Typed => 4,
        }
}

/// The name of a note type in Anki's text, where Anki brings it.
pub(super) fn stock_name(style: Style) -> &'static str {
    match style {
        Style::Basic => "Basic",
        Style::Typed => "Basic (type in the answer)",
        Style::Reversed => "Basic (and reversed card)",
        Style::Cloze => "Cloze",
    }
}

/// The note types.
pub(super) fn models() -> Value {
    STYLES.iter().map(|&style| (type_id(style).to_string(), model(style))).collect::<Map<_, _>>().into()
}

fn model(style: Style) -> Value {
    let hints: String =
        HINTS.map(|hint| format!("\n{{{{#{hint}}}}}<div>{{{{hint:{hint}}}}}</div>{{{{/{hint}}}}}")).concat();
    let front = |shown: &str| format!("{shown}{hints}");
    let (fields, templates): ([&str; 2], Vec<(&str, String, String)>) = match style {
        Style::Basic => (["Front", "Back"], vec![("Card 1", front("{{Front}}"), BACK.to_string())]),
        Style::Typed => {
            let back = "{{Front}}\n\n<hr id=answer>\n\n{{type:Back}}".to_string();
            (["Front", "Back"], vec![("Card 1", front("{{Front}}\n\n{{type:Back}}"), back)])
        }
        Style::Reversed => (
            ["Front", "Back"],
            vec![
                ("Card 1", front("{{Front}}"), BACK.to_string()),
                ("Card 2", "{{Back}}".to_string(), BACK.replace("{{Back}}", "{{Front}}")),
            ],
        ),
        Style::Cloze => (
            ["Text", "Back Extra"],
            vec![("Cloze", front("{{cloze:Text}}"), "{{cloze:Text}}<br>\n{{Back Extra}}".to_string())],
        ),
    };
    let css = match style {
        Style::Cloze => format!("{CSS}.cloze {{ font-weight: bold; color: blue; }}\n"),
        _ => CSS.to_string(),
    };
    let field = |(ord, name): (usize, &str)| json!({ "name": name, "ord": ord, "sticky": false, "rtl": false, "font": "Arial", "size": 20 });
    let template = |(ord, (name, front, back)): (usize, &(&str, String, String))| json!({ "name": name, "ord": ord, "qfmt": front, "afmt": back, "bqfmt": "", "bafmt": "", "did": null });
    json!({
        "id": type_id(style),
        "name": format!("{}{OURS}", stock_name(style)),
        "type": i32::from(style == Style::Cloze),
        "mod": 0,
        "usn": -1,
        "sortf": 0,
        "did": null,
        "tmpls": templates.iter().enumerate().map(template).collect::<Vec<_>>(),
        "flds": fields.into_iter().chain(HINTS).enumerate().map(field).collect::<Vec<_>>(),
        "css": css,
        "latexPre": "\\documentclass[12pt]{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage{amssymb,amsmath}\n\
            \\pagestyle{empty}\n\\setlength{\\parindent}{0in}\n\\begin{document}\n",
        "latexPost": "\\end{document}",
        "latexsvg": false,
        "req": templates.iter().enumerate().map(|(at, _)| json!([at, "any", [at.min(1)]])).collect::<Vec<_>>(),
        "tags": [],
        "vers": [],
    })
}

/// A deck.
pub(super) fn deck(id: i64, name: &str, seconds: i64) -> Value {
    json!({
        "id": id, "name": name, "mod": seconds, "usn": -1, "lrnToday": [0, 0], "revToday": [0, 0], "newToday": [0, 0],
        "timeToday": [0, 0], "collapsed": false, "browserCollapsed": false, "desc": "", "dyn": 0, "conf": 1,
        "extendNew": 0, "extendRev": 0,
    })
}

/// The options of all decks.
pub(super) fn deck_options() -> Value {
    json!({ "1": {
        "id": 1, "name": "Default", "mod": 0, "usn": 0, "maxTaken": 60, "autoplay": true, "timer": 0, "replayq": true,
        "new": { "bury": false, "delays": [1.0, 10.0], "initialFactor": 2500, "ints": [1, 4, 0], "order": 1, "perDay": 20 },
        "rev": { "bury": false, "ease4": 1.3, "ivlFct": 1.0, "maxIvl": 36500, "perDay": 200, "hardFactor": 1.2 },
        "lapse": { "delays": [10.0], "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0.0 },
        "dyn": false,
    } })
}

/// The settings of the collection. `west` is how far the clock is behind UTC, in minutes.
pub(super) fn settings(west: i32, new_cards: usize) -> Value {
    json!({
        "creationOffset": west, "localOffset": west, "rollover": 4, "schedVer": 2, "sched2021": true, "nextPos": new_cards + 1,
        "activeDecks": [1], "curDeck": 1, "newSpread": 0, "collapseTime": 1200, "timeLim": 0, "estTimes": true,
        "dueCounts": true, "curModel": type_id(Style::Basic), "sortType": "noteFld", "sortBackwards": false,
        "addToCur": true, "dayLearnFirst": false,
    })
}
