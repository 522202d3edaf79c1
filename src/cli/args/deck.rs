//! The arguments of `sysdrill deck`, which has verbs of its own.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Json;

#[derive(Debug, Args)]
pub(in crate::cli) struct Deck {
    #[command(subcommand)]
    pub(in crate::cli) what: DeckVerb,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DeckVerb {
    /// All decks
    List(Json),
    /// The cards of a deck, or one card with its answer
    Show {
        /// The topic of the deck, or a card such as consistent-hashing.owner-rule
        #[arg(value_name = "TOPIC | CARD")]
        topic: String,
        /// One line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a card to a deck of your own, and open the editor at it
    New(NewCard),
    /// Look deck files through: every mistake with line and caret
    Check {
        /// The deck files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// One line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Take in cards from Anki, a table, Markdown or JSON
    Import(DeckImport),
    /// Give out cards for Anki or other programs
    Export(DeckExport),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DeckImport {
    /// An Anki package (.apkg), Anki's text (.txt), a table (.csv), Markdown with Q: and A: (.md), or JSON (.json)
    pub(in crate::cli) file: PathBuf,
    /// Leave out what was answered, suspended and flagged
    #[arg(long)]
    pub(in crate::cli) no_history: bool,
    /// Only say what is in it
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// One line of JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DeckExport {
    /// The file to write: .apkg, .txt (Anki's text), .csv or .json; standard output where there is none
    pub(in crate::cli) file: Option<PathBuf>,
    /// The form, where the file's name does not say it
    #[arg(long, value_name = "FORM", value_parser = ["apkg", "anki", "csv", "json"])]
    pub(in crate::cli) format: Option<String>,
    /// Only the deck of this topic; may be repeated
    #[arg(long, value_name = "TOPIC")]
    pub(in crate::cli) topic: Vec<String>,
    /// Only the cards, not what was answered
    #[arg(long)]
    pub(in crate::cli) no_history: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NewCard {
    /// The topic, such as quorums
    pub(in crate::cli) topic: String,
    /// basic, cloze, choice, order, match, sort, spot, estimate, predict or rubric
    #[arg(long)]
    pub(in crate::cli) kind: Option<String>,
    /// The question, in Markdown; of a cloze card the text with its {{gaps}}
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) question: Option<String>,
    /// The answer, in Markdown
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) answer: Option<String>,
    /// The card's name in its deck; made of the question's words where it is left out
    #[arg(long)]
    pub(in crate::cli) id: Option<String>,
    /// Open no editor
    #[arg(long)]
    pub(in crate::cli) no_edit: bool,
}
