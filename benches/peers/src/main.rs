//! The same document through other renderers of Markdown, in one run beside ours.
//!
//! First as libraries, in this process: from the text to lines at 100 columns, without output and without colours of
//! code. Then as programs, from the start to the end of their output into nowhere, those that are installed:
//! `sysdrill read --plain`, `mdcat`, `bat`. All take turns, round by round, so that whatever else the machine does
//! meets them alike; what is told is the median. Not all do the same work, and the table says what each leaves out.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml [-- --rounds N] [--sysdrill PATH]`

#[path = "../../shared/document.rs"]
mod document;

use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use document::{Kind, document};
use pulldown_cmark_mdcat::resources::NoopResourceHandler;
use pulldown_cmark_mdcat::{Environment, Settings, TerminalProgram, TerminalSize, Theme};
use syntect::parsing::SyntaxSet;
use sysdrill::doc::{self, Layout};

const BYTES: usize = 1_000_000;
const COLUMNS: u16 = 100;

/// Something that renders a document and says how many lines or bytes came out.
struct Library {
    name: &'static str,
    does: &'static str,
    run: fn(&str) -> usize,
}

const LIBRARIES: [Library; 5] = [
    Library {
        name: "sysdrill",
        does: "wraps, lays out tables, nested lists, notes, links with their places",
        run: ours,
    },
    Library { name: "mdcat", does: "wraps, lays out tables (without fitting them)", run: mdcat },
    Library { name: "termimad", does: "wraps, lays out tables; its own small Markdown", run: termimad },
    Library { name: "tui-markdown", does: "styles only: no wrapping, no width", run: tui_markdown },
    Library { name: "pulldown-cmark", does: "parses only: mdcat's first step", run: parse_only },
];

fn ours(text: &str) -> usize {
    doc::layout(&doc::parse(text), &Layout::new(COLUMNS)).lines.len()
}

fn mdcat(text: &str) -> usize {
    let syntaxes = SyntaxSet::default();
    let settings = Settings {
        terminal_capabilities: TerminalProgram::Ansi.capabilities(),
        terminal_size: TerminalSize { columns: COLUMNS, ..TerminalSize::default() },
        syntax_set: &syntaxes,
        theme: Theme::default(),
        syntax_theme: None,
    };
    let mut out = Vec::new();
    let options = pulldown_cmark_mdcat::markdown_options(false);
    let events = pulldown_cmark::Parser::new_ext(text, options);
    let done = Environment::for_local_directory(&"/").and_then(|environment| {
        pulldown_cmark_mdcat::push_tty(&settings, &environment, &NoopResourceHandler, &mut out, events)
    });
    assert!(done.is_ok(), "mdcat renders it");
    out.len()
}

fn termimad(text: &str) -> usize {
    let skin = termimad::MadSkin::default();
    skin.text(text, Some(usize::from(COLUMNS))).to_string().len()
}

fn tui_markdown(text: &str) -> usize {
    tui_markdown::from_str(text).lines.len()
}

fn parse_only(text: &str) -> usize {
    pulldown_cmark::Parser::new_ext(text, pulldown_cmark::Options::all()).count()
}

/// A program and its arguments before the file's name.
struct Program {
    path: String,
    arguments: &'static [&'static str],
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1))
    };
    let rounds = value("--rounds").map_or(Ok(11), |text| text.parse()).context("--rounds takes a number")?;
    let sysdrill = value("--sysdrill").cloned().unwrap_or_else(|| "sysdrill".into());
    println!("| {BYTES} bytes, {COLUMNS} columns | mixed | prose | tables | code | |");
    println!("|---|---:|---:|---:|---:|---|");
    let kinds = [Kind::Mixed, Kind::Prose, Kind::Tables, Kind::Code];
    let texts = kinds.map(|kind| document(kind, BYTES));
    let medians = texts.each_ref().map(|text| {
        turns(rounds, LIBRARIES.len(), |index| {
            let started = Instant::now();
            black_box((LIBRARIES[index].run)(black_box(text)));
            Ok(started.elapsed())
        })
    });
    for (index, library) in LIBRARIES.iter().enumerate() {
        row(library.name, &medians, index, library.does)?;
    }
    println!();
    programs(rounds, &sysdrill, &texts)
}

/// The programs that are there, from start to end.
fn programs(rounds: usize, sysdrill: &str, texts: &[String; 4]) -> Result<()> {
    let all = [
        Program { path: sysdrill.into(), arguments: &["read", "--plain", "--width", "100"] },
        Program { path: "mdcat".into(), arguments: &["--columns", "100", "--local"] },
        Program {
            path: "bat".into(),
            arguments: &["--color=always", "--paging=never", "--style=plain", "--terminal-width=100"],
        },
    ];
    let folder = std::env::temp_dir().join(format!("sysdrill-peers-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let there: Vec<&Program> =
        all.iter().filter(|program| run(program, Path::new("--version")).is_ok()).collect();
    println!("| as a program | mixed | prose | tables | code | |");
    println!("|---|---:|---:|---:|---:|---|");
    let medians = [0, 1, 2, 3].map(|kind| {
        let file = folder.join(format!("{kind}.md"));
        std::fs::write(&file, &texts[kind])?;
        turns(rounds.min(5), there.len(), |index| run(there[index], &file))
    });
    std::fs::remove_dir_all(&folder)?;
    for (index, program) in there.iter().enumerate() {
        row(&program.path, &medians, index, &program.arguments.join(" "))?;
    }
    Ok(())
}

/// How long a program runs.
fn run(program: &Program, file: &Path) -> Result<Duration> {
    let version = file == Path::new("--version");
    let arguments = if version { &[] } else { program.arguments };
    let started = Instant::now();
    let status = Command::new(&program.path)
        .args(arguments)
        .arg(file)
        .stdin(Stdio::null())
        .stdout(File::create("/dev/null")?)
        .stderr(Stdio::null())
        .status()?;
    anyhow::ensure!(status.success(), "{} ended with {status}", program.path);
    Ok(started.elapsed())
}

/// The median time of each contender, taking turns; the first round is to warm up.
fn turns(rounds: usize, contenders: usize, run: impl Fn(usize) -> Result<Duration>) -> Result<Vec<Duration>> {
    let mut times = vec![Vec::new(); contenders];
    for round in 0..=rounds {
        for (index, times) in times.iter_mut().enumerate() {
            let time = run(index)?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    Ok(times
        .into_iter()
        .map(|mut times| {
            times.sort();
            times.get(times.len() / 2).copied().unwrap_or_default()
        })
        .collect())
}

fn row(name: &str, medians: &[Result<Vec<Duration>>; 4], index: usize, remark: &str) -> Result<()> {
    let mut cells = String::new();
    for median in medians {
        let median = median.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        cells.push_str(&format!(" {:.1} ms |", median[index].as_secs_f64() * 1e3));
    }
    println!("| {name} |{cells} {remark} |");
    Ok(())
}
