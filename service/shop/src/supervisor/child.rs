//! One child process.

use std::os::fd::OwnedFd;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use super::note;
use super::plan::Program;
use crate::failure::Failure;

/// A program that runs.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) name: &'static str,
    pub(super) patience: Duration,
    pub(super) may_end: bool,
    process: tokio::process::Child,
    /// Set once it has ended.
    ended: Option<ExitStatus>,
}

impl Child {
    /// Starts a program: this one, as that. It is killed when this is dropped.
    pub(super) fn start(program: Program) -> Result<Self, Failure> {
        let Program { name, listener, flags, environment, patience, may_end } = program;
        let failed = |cause| Failure::because(format!("the {name} cannot be started"), cause);
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.arg(name).args(flags).arg(format!("--stop-with={}", std::process::id()));
        for change in environment {
            match change.value {
                Some(value) => command.env(change.name, value),
                None => command.env_remove(change.name),
            };
        }
        // What it listens on is its standard input. It has a copy: here it is closed.
        command.stdin(listener.map_or_else(Stdio::null, |listener| Stdio::from(OwnedFd::from(listener))));
        // A Ctrl-C at the terminal is for this process, which then stops the others in their order.
        command.process_group(0).kill_on_drop(true);
        let process = command.spawn().map_err(failed)?;
        Ok(Self { name, patience, may_end, process, ended: None })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Asks it to stop.
    pub(super) fn ask_to_stop(&self) {
        let pid = self.process.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by now, which is as good.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Does not ask.
    pub(super) fn kill(&mut self) {
        let _ = self.process.start_kill();
    }

    /// Ready when it has ended, and whenever asked again.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<ExitStatus> {
        if let Some(status) = self.ended {
            return Poll::Ready(status);
        }
        match std::task::ready!(pin!(self.process.wait()).poll(cx)) {
            Ok(status) => {
                self.ended = Some(status);
                Poll::Ready(status)
            }
            Err(error) => {
                note(format_args!("the end of the {} cannot be waited for: {error}", self.name));
                let status = ExitStatus::default();
                self.ended = Some(status);
                Poll::Ready(status)
            }
        }
    }
}
