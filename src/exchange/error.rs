//! Why a file cannot be taken in, or not be written.

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// Neither name nor content says what it is.
    #[error(
        "what '{0}' holds is not known. Known are Anki packages (.apkg, .colpkg), Anki's text exports (.txt), \
         tables (.csv, .tsv), Markdown with Q: and A: (.md), and sysdrill's JSON (.json)"
    )]
    UnknownForm(String),
    /// More than is unpacked or read.
    #[error("{what} is more than {megabytes} MB: it is not read any further")]
    TooLarge {
        /// What it is that is too large.
        what: String,
        /// How much would be read.
        megabytes: u64,
    },
    /// An archive without a collection, or none at all.
    #[error("is no Anki package: {0}")]
    NoPackage(String),
    /// The package is of a later version.
    #[error(
        "is an Anki package of version {0}, which is not known yet. In Anki choose 'Support older Anki versions' when exporting"
    )]
    NewerPackage(u64),
    /// There is only what Anki shows to old versions of itself.
    #[error(
        "holds only the note that tells old versions of Anki to update: the collection itself is missing"
    )]
    Placeholder,
    /// The database in it cannot be used.
    #[error("the collection in it is damaged: {0}")]
    Damaged(String),
    /// A text in the wrong form.
    #[error("line {line}: {message}")]
    Text {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// It could be read and there is nothing in it.
    #[error("there are no cards in it{0}")]
    Empty(String),
    /// The package could not be made.
    #[error("the package could not be made: {0}")]
    Unwritable(String),
}
