//! Arguments to one command to an exit code: all else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(sysdrill::cli::main())
}
