//! The program that is run: started, given the signals that are meant for it, waited for.

use super::environment::Environment;
use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};

/// Starts the program with our input and outputs.
///
/// # Errors
/// The code to end with (127 when there is no such program, 126 when it cannot be run, as shells have it) and what to say.
pub(super) fn start(command: &[OsString], environment: &Environment) -> Result<Child, (u8, String)> {
    let [program, arguments @ ..] = command else {
        return Err((127, "there is nothing to run: give a program after `--`".to_owned()));
    };
    let mut child = Command::new(program);
    child.args(arguments).envs(environment.set.iter().map(|(name, value)| (name, value)));
    for name in &environment.unset {
        child.env_remove(name);
    }
    child.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
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
pub(super) fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    // Codes beyond a byte exist on Windows alone; they are all failures.
    status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))
}

/// Waits for the program's end, and hands it the signals that come to us meanwhile.
///
/// What a terminal sends at Ctrl-C goes to the program as well as to us, so that it is not sent a second time.
#[cfg(unix)]
pub(super) async fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    use rustix::process::Signal;
    use std::io::IsTerminal;
    use tokio::signal::unix::{SignalKind, signal};

    let by_terminal = io::stdin().is_terminal();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let id = child.id();
    loop {
        let (came, to_both) = tokio::select! {
            status = child.wait() => return status,
            _ = interrupt.recv() => (Signal::INT, by_terminal),
            _ = quit.recv() => (Signal::QUIT, by_terminal),
            _ = terminate.recv() => (Signal::TERM, false),
            _ = hangup.recv() => (Signal::HUP, false),
        };
        if !to_both {
            forward(id, came);
        }
    }
}

/// Until it was waited for, its id is nobody else's.
#[cfg(unix)]
fn forward(id: Option<u32>, signal: rustix::process::Signal) {
    let id = id.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // It fails when the program has ended this moment, and then there is nothing to forward.
        let _ = rustix::process::kill_process(id, signal);
    }
}

/// Waits for the program's end. Ctrl-C goes to everything in the console; here it only has to not end us first.
#[cfg(not(unix))]
pub(super) async fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    }
}
