//! The arguments, as data.

mod deck;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use deck::{Deck, DeckExport, DeckImport, DeckVerb, NewCard};

/// A system-design textbook that runs, in the terminal.
#[derive(Debug, Default, Parser)]
#[command(name = "sysdrill", version, about, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    /// The data directory: progress, sheets and own content
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    pub(super) data: Option<PathBuf>,
    /// Pages and decks to lay over the built-in ones; may be repeated
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    pub(super) library: Vec<PathBuf>,
    /// The clock for schedules, as in 2026-11-21T18:30:00+01:00
    #[arg(long, global = true, value_name = "TIME", hide_short_help = true)]
    pub(super) at: Option<String>,
    /// Whether to use colour
    #[arg(long, global = true, value_enum, default_value_t, hide_short_help = true)]
    pub(super) color: Color,
    /// Draw with ASCII characters only; the text of pages stays as it is written
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) ascii: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Color {
    /// As the terminal and NO_COLOR say
    #[default]
    Auto,
    /// Even where NO_COLOR is set
    Always,
    /// Bold, dim and reverse only
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Read a topic's page, or a Markdown file
    Read(Read),
    /// Search topics, text, glossary, cards and demos
    Search(Search),
    /// Run a demo, on the screen or without one
    Demo(Demo),
    /// Answer what is due
    Drill(Drill),
    /// A timed session: cards, a section, its demo, and the end on time
    Study(Study),
    /// What is due, by topic
    Due(Json),
    /// Grade one card without a screen
    Grade(Grade),
    /// Take back the last review
    Undo(Json),
    /// Calculate with units
    Calc(Calc),
    /// List, show, check decks; add a card
    Deck(Deck),
    /// Show a decision tree, or walk it
    Decide(Decide),
    /// What was done and learned
    Stats(Json),
    /// Fit the schedule to your own log; what a desired retention costs
    Optimize(Optimize),
    /// Check pages, decks and everything they refer to
    Check(Check),
    /// Look through the data directory
    Doctor(Doctor),
    /// Merge with other machines through a folder
    Sync(Sync),
    /// Copy the database
    Backup(Backup),
    /// Put a backup in the database's place
    Restore(Restore),
    /// Print the script with which a shell completes commands and options
    Completions(Completions),
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct Json {
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Read {
    /// A topic such as consistent-hashing, a Markdown file, or - for standard input
    pub(super) what: Option<String>,
    /// Print it instead of showing it
    #[arg(long)]
    pub(super) plain: bool,
    /// The width of what is printed, in columns
    #[arg(long, value_name = "N", default_value_t = 80, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) width: u16,
}

#[derive(Debug, Args)]
pub(super) struct Search {
    /// Words that all have to occur, in any order; '"in quotes"' as they stand
    #[arg(required = true, value_name = "WORDS")]
    pub(super) words: Vec<String>,
    /// At most so many hits of each kind
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) limit: usize,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The demo; all are listed where none is named
    pub(super) name: Option<String>,
    /// Its controls, as in a page: nodes=20 vnodes=1; also seed=N and view=NAME
    #[arg(value_name = "KEY=VALUE")]
    pub(super) controls: Vec<String>,
    /// A composition: a file of pieces that become a demo (docs/compose.md)
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    pub(super) compose: Option<PathBuf>,
    /// Only look whether something is wrong with the composition
    #[arg(long, requires = "compose", conflicts_with_all = ["script", "seeds", "against", "bet", "text"])]
    pub(super) check: bool,
    /// The seed of the run
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// A control, such as vnodes=150; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// How long to run, such as 5s or 200ms of simulated time
    #[arg(long = "for", value_name = "DURATION")]
    pub(super) length: Option<String>,
    /// Repeat a run that `w` wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "controls", "seed", "set", "length"])]
    pub(super) script: Option<PathBuf>,
    /// Beside it a second run with another control, on the same arrivals; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) against: Vec<String>,
    /// Runs of so many seeds, and how their readings are spread
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=100_000), conflicts_with_all = ["against", "bet", "seed"])]
    pub(super) seeds: Option<u64>,
    /// What you bet on the reading that the demo's bet is about, such as 9% or 2.5k
    #[arg(long, value_name = "VALUE")]
    pub(super) bet: Option<String>,
    /// The readings as one line of JSON
    #[arg(long)]
    pub(super) json: bool,
    /// The picture at the end of the run, as text
    #[arg(long, conflicts_with = "json")]
    pub(super) text: bool,
    /// Another way to look at it, such as messages
    #[arg(long, value_name = "NAME", conflicts_with = "json")]
    pub(super) view: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Drill {
    /// Only this topic; may be repeated
    #[arg(long, value_name = "TOPIC")]
    pub(super) topic: Vec<String>,
    /// At most so many cards
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// Practise cards that are not due; the schedule stays as it is
    #[arg(long)]
    pub(super) cram: bool,
    /// Only cards of this weight; may be repeated
    #[arg(long, value_enum, value_name = "WEIGHT")]
    pub(super) weight: Vec<Weight>,
    /// Only cards of this kind, such as order; may be repeated
    #[arg(long, value_name = "KIND", value_parser = clap::builder::PossibleValuesParser::new(crate::deck::KINDS))]
    pub(super) kind: Vec<String>,
    /// Only cards that stand so
    #[arg(long, value_enum, value_name = "STATE")]
    pub(super) only: Option<Only>,
    /// An interview quiz of so many questions: mixed, a score by topic; the schedule stays as it is
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=500), conflicts_with_all = ["plain", "limit", "cram", "only"])]
    pub(super) quiz: Option<u16>,
    /// The quiz ends after so many minutes
    #[arg(long, value_name = "N", requires = "quiz", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=600))]
    pub(super) minutes: u32,
    /// The seed of the quiz: the same seed asks the same
    #[arg(long, value_name = "N", requires = "quiz", value_parser = clap::value_parser!(u64).range(0..1_u64 << 53))]
    pub(super) seed: Option<u64>,
    /// The answers of the quiz count for the schedule
    #[arg(long, requires = "quiz")]
    pub(super) counts: bool,
    /// Line by line, for screen readers and pipes
    #[arg(long)]
    pub(super) plain: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Weight {
    /// An interview next week needs it
    Core,
    /// What one should know
    Standard,
    /// To the bottom of it
    Deep,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Only {
    /// Due or new
    Due,
    /// New
    New,
    /// Missed in the last two weeks
    Missed,
    /// Flagged
    Flagged,
    /// Missed again and again
    Leeches,
    /// All, due or not
    All,
}

#[derive(Debug, Args)]
pub(super) struct Study {
    /// How many minutes there are
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(super) minutes: u32,
}

#[derive(Debug, Args)]
pub(super) struct Grade {
    /// The card, such as consistent-hashing.bet-eleventh-node
    pub(super) card: String,
    /// again, hard, good or easy
    pub(super) grade: String,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Default, Args)]
#[command(after_help = "\
A line is a value with its unit, named or not; ';' or a new line parts lines; '#' begins a note.

  sysdrill calc '500 million users * 5 reads/user/day in reads/s'
  sysdrill calc 'dau = 500M users; dau * 20% * 30 KB/user'
  sysdrill calc 'downtime(99.95%, month)'
  sysdrill calc --file feed.sheet --json

Exit code 1 if a line has an error, which is told on standard error with a caret under it; 2 if the command is
wrong. docs/envelope.md teaches the language.")]
pub(super) struct Calc {
    /// The expression, such as '500 million users * 5 reads/user/day in reads/s'; standard input where there is none
    pub(super) expression: Vec<String>,
    /// A sheet; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "expression")]
    pub(super) file: Option<PathBuf>,
    /// One line of JSON for each line of the sheet
    #[arg(long)]
    pub(super) json: bool,
    /// Give N samples of every line that depends on a range: as CSV, or in the JSON
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4999))]
    pub(super) samples: Option<u16>,
    /// List the functions
    #[arg(long, conflicts_with_all = ["expression", "file"])]
    pub(super) functions: bool,
    /// List the named constants, each with its year and source
    #[arg(long, conflicts_with_all = ["expression", "file"])]
    pub(super) constants: bool,
    /// List the built-in units with all their spellings
    #[arg(long, conflicts_with_all = ["expression", "file"])]
    pub(super) units: bool,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The decision tree; all are listed where none is named
    pub(super) slug: Option<String>,
    /// Walks it: the letters of the answers, such as a,b,a
    #[arg(long, value_name = "LETTERS", requires = "slug")]
    pub(super) answers: Option<String>,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// A folder to check together with the built-in content
    pub(super) folder: Option<PathBuf>,
    /// Instead: where each section of a list lives, as a page of Markdown
    #[arg(
        long,
        value_name = "LIST.csv",
        long_help = "Instead: where each section of a list lives, as a page of Markdown. The list is CSV with the columns \
                     section_id, title and topics (slugs parted by semicolons). What has no place is an error"
    )]
    pub(super) coverage: Option<PathBuf>,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Derive where all cards stand from the log again
    #[arg(long)]
    pub(super) rebuild: bool,
    /// Give up cards that no deck has any more; their answers stay in the log
    #[arg(long)]
    pub(super) purge: bool,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Optimize {
    /// Only say how well fitted parameters would predict
    #[arg(long, conflicts_with_all = ["reset", "workload"])]
    pub(super) dry_run: bool,
    /// Use the usual parameters again
    #[arg(long, conflicts_with = "workload")]
    pub(super) reset: bool,
    /// What each desired retention leads to: minutes a day, and how many cards are remembered
    #[arg(long)]
    pub(super) workload: bool,
    /// How many days to look ahead
    #[arg(long, value_name = "N", default_value_t = 365, requires = "workload", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(super) days: u32,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Sync {
    /// A folder that something else carries to the other machines: a synced folder, a git repository, a stick
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The new file; in the folder of backups where none is named
    pub(super) file: Option<PathBuf>,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    pub(super) file: Option<PathBuf>,
    /// The newest backup that is whole
    #[arg(long, conflicts_with = "file")]
    pub(super) newest: bool,
    /// One line of JSON
    #[arg(long)]
    pub(super) json: bool,
}
