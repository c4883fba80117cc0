//! Signals that come to us and are meant for the program.

use std::io;
use std::process::ExitStatus;
use tokio::process::Child;

#[cfg(unix)]
use rustix::process::{Pid, Signal as Number, kill_process};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Takes what comes from the moment that it is made: then nothing that comes ends us before the program.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    hangup: Signal,
    /// What a terminal sends at Ctrl-C goes to the program as well as to us, so that it is not sent a second time.
    by_terminal: bool,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            by_terminal: io::IsTerminal::is_terminal(&io::stdin()),
        })
    }

    /// Waits for the program's end, and hands it the signals that come to us meanwhile.
    pub(crate) async fn wait(mut self, child: &mut Child) -> io::Result<ExitStatus> {
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
                hand_on(id, number);
            }
        }
    }
}

/// Until it was waited for, its id is nobody else's.
#[cfg(unix)]
fn hand_on(id: Option<u32>, number: Number) {
    if let Some(id) = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // It fails when the program has ended this moment, and then there is nothing to hand on.
        let _ = kill_process(id, number);
    }
}

/// Ctrl-C goes to everything in the console; here it only has to not end us first.
#[cfg(not(unix))]
pub(crate) struct Signals {}

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the program's end.
    pub(crate) async fn wait(self, child: &mut Child) -> io::Result<ExitStatus> {
        loop {
            tokio::select! {
                status = child.wait() => return status,
                interrupted = tokio::signal::ctrl_c() => interrupted?,
            }
        }
    }
}
