//! Keys when standard input was something else: `cat FILE | sysdrill read -`.
//!
//! Once the pipe is read to its end, the terminal is put in its place, as standard input of this process. So
//! everything that follows is as if there had never been a pipe: raw mode, the reader of keys, the shell's job
//! control, and an editor that is started later and inherits it. To open the terminal beside the pipe would leave
//! each of them to be told.

use std::io;

/// Makes the terminal that standard output is on the standard input as well.
///
/// # Errors
/// Where standard output is no terminal, or the terminal may not be opened.
#[cfg(unix)]
pub fn take_input() -> io::Result<()> {
    use rustix::fs::{Mode, OFlags};
    // By its own name first: the systems that have kqueue cannot wait for `/dev/tty`. That one is for a terminal
    // whose name is another user's, as after `su`, or is not to be seen here, as in some containers.
    let own = rustix::termios::ttyname(io::stdout(), Vec::new()).ok();
    let names = own.into_iter().chain([c"/dev/tty".to_owned()]);
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for name in names {
        match rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(terminal) => return Ok(rustix::stdio::dup2_stdin(terminal)?),
            Err(error) => failed = error.into(),
        }
    }
    Err(failed)
}

/// Makes the terminal that standard output is on the standard input as well.
///
/// # Errors
/// Always: a console has no such name here.
#[cfg(not(unix))]
pub fn take_input() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
