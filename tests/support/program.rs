//! The program without a terminal: a home directory of its own, arguments in, exit code and text out.
//!
//! Nothing of the machine's own settings reaches it, and every run is held to one promise at once: whatever goes
//! wrong, it is told in words and never as a panic.
#![allow(dead_code, reason = "every test binary uses its own part of it")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sysdrill");

/// A home directory that goes when it is dropped.
pub struct Home(TempDir);

/// What a run came to.
#[derive(Debug)]
pub struct Done {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Home {
    /// An empty one.
    pub fn new() -> Home {
        Home(tempfile::tempdir().expect("a directory can be made"))
    }

    /// One whose settings file says this.
    pub fn with_settings(text: &str) -> Home {
        let home = Home::new();
        home.write("config/sysdrill/config.toml", text);
        home
    }

    /// A path below it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.path("data/sysdrill.db")
    }

    /// Writes a file below it, with the folders above the file.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        let folder = path.parent().expect("it lies in the home directory");
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).expect("the file can be written");
        path
    }

    /// The environment of the program in this home.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let names = [("HOME", ""), ("SYSDRILL_DATA", "data"), ("XDG_CONFIG_HOME", "config")];
        names.into_iter().map(|(name, at)| (name, self.path(at).display().to_string())).collect()
    }

    /// The program with arguments separated by spaces, not started yet.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments.split_whitespace()).stdin(Stdio::null());
        for name in ["NO_COLOR", "EDITOR", "VISUAL", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        command.envs(self.environment());
        command
    }

    /// Runs it with arguments separated by spaces.
    #[track_caller]
    pub fn run(&self, arguments: &str) -> Done {
        Done::of(&self.command(arguments).output().expect("the program starts"))
    }

    /// Runs it with something on standard input.
    #[track_caller]
    pub fn run_with(&self, arguments: &str, input: &str) -> Done {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // What a test says fits into the pipe. A program that ends before it has read all is not wrong.
        let _ = child.stdin.take().expect("it is a pipe").write_all(input.as_bytes());
        Done::of(&child.wait_with_output().expect("the program ends"))
    }

    /// Runs it, asserts that it went well and said nothing on standard error, and gives its output.
    #[track_caller]
    pub fn good(&self, arguments: &str) -> String {
        let done = self.run(arguments);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "sysdrill {arguments}\n{}", done.out);
        done.out
    }

    /// Runs it, asserts that it went well, and reads its output as one line of JSON.
    #[track_caller]
    pub fn json(&self, arguments: &str) -> serde_json::Value {
        let out = self.good(arguments);
        assert_eq!(out.matches('\n').count(), 1, "one line: {out:?}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("sysdrill {arguments}: {error} in {out:?}"))
    }
}

impl Done {
    /// What a finished process came to.
    #[track_caller]
    pub fn of(output: &Output) -> Done {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it speaks UTF-8");
        let done = Done {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        for word in ["panicked", "RUST_BACKTRACE"] {
            assert!(!done.err.contains(word), "a panic: {}", done.err);
        }
        done
    }
}
