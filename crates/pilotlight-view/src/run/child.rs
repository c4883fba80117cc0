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

#[cfg(unix)]
pub(super) use on_unix::Signals;

/// What came to us, as of when it was made: then nothing that comes ends us before the program.
#[cfg(unix)]
mod on_unix {
    use rustix::process::{Pid, Signal as Number, kill_process};
    use std::io::{self, IsTerminal};
    use std::process::ExitStatus;
    use tokio::process::Child;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// Signals that are handed on.
    pub(in crate::run) struct Signals {
        interrupt: Signal,
        quit: Signal,
        terminate: Signal,
        hangup: Signal,
        /// What a terminal sends at Ctrl-C goes to the program as well as to us, so that it is not sent a second time.
        by_terminal: bool,
    }

    impl Signals {
        pub(in crate::run) fn new() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
                by_terminal: io::stdin().is_terminal(),
            })
        }

        /// Waits for the program's end, and hands it the signals that come to us meanwhile.
        pub(in crate::run) async fn wait(mut self, child: &mut Child) -> io::Result<ExitStatus> {
            let id = child.id();
            loop {
                let (number, came_to_both) = tokio::select! {
                    status = child.wait() => return status,
                    _ = self.interrupt.recv() => (Number::INT, self.by_terminal),
                    _ = self.quit.recv() => (Number::QUIT, self.by_terminal),
                    _ = self.terminate.recv() => (Number::TERM, false),
                    _ = self.hangup.recv() => (Number::HUP, false),
                };
                if !came_to_both {
                    forward(id, number);
                }
            }
        }
    }

    /// Until it was waited for, its id is nobody else's.
    fn forward(id: Option<u32>, number: Number) {
        if let Some(id) = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
            // It fails when the program has ended this moment, and then there is nothing to hand on.
            let _ = kill_process(id, number);
        }
    }
}

/// Ctrl-C goes to everything in the console; here it only has to not end us first.
#[cfg(not(unix))]
pub(super) struct Signals {}

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the program's end.
    pub(super) async fn wait(self, child: &mut Child) -> io::Result<ExitStatus> {
        loop {
            tokio::select! {
                status = child.wait() => return status,
                interrupted = tokio::signal::ctrl_c() => interrupted?,
            }
        }
    }
}
