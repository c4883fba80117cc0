//! The program that is run: how it starts, and what its end means.

use super::environment::Environment;
use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};

/// Where the program writes.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) stdout: Stdio,
    pub(crate) stderr: Stdio,
}

impl Outputs {
    /// Where we do.
    pub(crate) fn ours() -> Self {
        Self { stdout: Stdio::inherit(), stderr: Stdio::inherit() }
    }
}

/// Starts the program with our input.
///
/// # Errors
/// The code to end with (127 when there is no such program, 126 when it cannot be run, as shells have it) and what to say.
pub(crate) fn start(
    command: &[OsString],
    environment: &Environment,
    outputs: Outputs,
) -> Result<Child, (u8, String)> {
    let [program, arguments @ ..] = command else {
        return Err((127, "there is nothing to run: give a program after `--`".to_owned()));
    };
    let mut child = Command::new(program);
    child.args(arguments).envs(environment.set.iter().map(|(name, value)| (name, value)));
    for name in &environment.unset {
        child.env_remove(name);
    }
    child.stdin(Stdio::inherit()).stdout(outputs.stdout).stderr(outputs.stderr);
    child.spawn().map_err(|error| not_started(&program.to_string_lossy(), &error))
}

fn not_started(program: &str, error: &io::Error) -> (u8, String) {
    match error.kind() {
        io::ErrorKind::NotFound => {
            (127, format!("{program}: there is no such program, neither as a path nor in PATH"))
        }
        io::ErrorKind::PermissionDenied => {
            (126, format!("{program}: it may not be run: {error}; is it a program, and executable?"))
        }
        _ => (126, format!("{program}: it cannot be run: {error}")),
    }
}

/// The code that a shell would end with: the program's own, or 128 and the signal that ended it.
pub(crate) fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    // Codes beyond a byte exist on Windows alone; they are all failures.
    status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))
}
