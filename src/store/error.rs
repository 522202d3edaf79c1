//! What can go wrong with the file, told so that a person knows what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the store could not be opened, read or written. The file is as it was before the call.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory or the file cannot be made or written.
    #[error("cannot write to {}: {why}. Choose another directory with --data DIR or SYSDRILL_DATA.", path.display())]
    CannotWrite {
        /// The directory or file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The file is no database, or parts of it are lost.
    #[error("the database {} is damaged: {why}. It was left as it is. {}", path.display(), cure(backup.as_deref()))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// The newest backup that is whole, where one was looked for and found.
        backup: Option<PathBuf>,
    },
    /// The file is a sound database, and not ours.
    #[error("the database {} belongs to another program. It was left as it is. Choose another directory with --data DIR or SYSDRILL_DATA.", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer sysdrill has written the file.
    #[error("the database {} has version {found}; this sysdrill knows versions up to {known}. It was left as it is. Use the newer sysdrill.", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A backup cannot be made, or be put in place.
    #[error("cannot use {}: {why}", path.display())]
    Backup {
        /// The backup, or what it was to be made of.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A folder for merging, or a file in it, cannot be used.
    #[error("cannot use {}: {why}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another program held a lock for longer than we wait.
    #[error("the database {} is locked by another program. Close that program, or try again when it is done.", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The id of an event is in the log already, for another event.
    #[error("the log has another event named {id}: the seed of a session has to be fresh")]
    Duplicate {
        /// The id.
        id: String,
    },
    /// Anything else that SQLite reports.
    #[error("the database {} cannot be used: {why}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
}

impl StoreError {
    /// The same error; where the database of the directory is damaged, with its newest good backup.
    pub(super) fn with_backup(self) -> StoreError {
        match self {
            StoreError::Damaged { path, why, backup: None } => {
                let backup = path.parent().and_then(super::Store::newest_good_backup);
                StoreError::Damaged { path, why, backup }
            }
            other => other,
        }
    }

    /// Sorts an error of SQLite about the file `path`.
    pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> StoreError {
        let path = path.to_path_buf();
        let why = match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        };
        if is_unreadable(error) {
            return StoreError::Damaged { path, why, backup: None };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { path, why, backup: None }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { path },
            Some(ErrorCode::DiskFull) => {
                StoreError::CannotWrite { path, why: "the disk is full".to_string() }
            }
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => StoreError::CannotWrite { path, why },
            _ => StoreError::Other { path, why },
        }
    }
}

/// What to do about a damaged file.
fn cure(backup: Option<&Path>) -> String {
    match backup {
        Some(backup) => {
            let backup = backup.display();
            format!("The newest good backup is {backup}. To put it in place: sysdrill restore --newest")
        }
        None => "Move it away to start afresh, or put a copy of it back.".to_string(),
    }
}

/// Whether a value in the file is not what its column promises.
fn is_unreadable(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
    )
}
