//! Signals that come to us and are meant for the program.

#[cfg(unix)]
use std::fs::File;
use std::io;
use std::process::ExitStatus;
use tokio::process::Child;

#[cfg(unix)]
use rustix::process::{Pid, Signal as Number, getpgrp, kill_process};
#[cfg(unix)]
use rustix::termios::tcgetpgrp;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Takes what comes from the moment that it is made: then nothing that comes ends us before the program.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    hangup: Signal,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the program's end, and hands it the signals that come to us meanwhile.
    ///
    /// What a terminal sends at Ctrl-C goes to the program as well as to us, and is not sent a second time. But the same signal may have
    /// been sent to us alone, which cannot be told: whoever sees nothing happen sends another, and that one is handed on.
    pub(crate) async fn wait(mut self, child: &mut Child) -> io::Result<ExitStatus> {
        let id = child.id();
        let mut left_to_terminal = false;
        loop {
            let (number, is_of_keys) = tokio::select! {
                status = child.wait() => return status,
                _ = self.interrupt.recv() => (Number::INT, true),
                _ = self.quit.recv() => (Number::QUIT, true),
                _ = self.terminate.recv() => (Number::TERM, false),
                _ = self.hangup.recv() => (Number::HUP, false),
            };
            if is_of_keys && !left_to_terminal && is_in_foreground() {
                left_to_terminal = true;
            } else {
                hand_on(id, number);
            }
        }
    }
}

/// Whether the keys of a terminal reach us, and with us the program, which is in the same group. Asked when a signal comes: shells move
/// groups to the background and back. The standard input says nothing of it, it may be a file.
#[cfg(unix)]
fn is_in_foreground() -> bool {
    let Ok(terminal) = File::open("/dev/tty") else { return false };
    tcgetpgrp(&terminal).is_ok_and(|group| group == getpgrp())
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
