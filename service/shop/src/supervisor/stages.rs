//! The children together: how they run, and in which order they stop.

use std::future::poll_fn;
use std::process::ExitStatus;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::child::Child;
use super::note;
use super::plan::Plan;
use crate::failure::Failure;

/// The children, in the order in which they are stopped: those that call before those that are called.
#[derive(Debug)]
pub(super) struct Stages(Vec<Vec<Child>>);

/// Requests to stop.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Stages {
    /// Starts those that are called before those that call. When one cannot be started, the others are killed: they have done nothing
    /// yet.
    pub(super) fn start(plan: Plan) -> Result<Self, Failure> {
        let mut stages = Vec::new();
        for programs in plan.stages.into_iter().rev() {
            stages.push(programs.into_iter().map(Child::start).collect::<Result<Vec<_>, _>>()?);
        }
        stages.reverse();
        Ok(Self(stages))
    }

    /// Waits for a request to stop, or for the end of a child that should not have ended; true for that.
    pub(super) async fn watch(&mut self, signals: &mut Signals) -> bool {
        loop {
            tokio::select! {
                () = signals.next() => return false,
                (name, status, well) = self.next_end() => {
                    if !well {
                        note(format_args!("the {name} ended unexpectedly ({status}): the others are stopped"));
                        return true;
                    }
                }
            }
        }
    }

    /// Stops one stage after the other; false if a child did not end well by itself. One that takes too long is killed, and all of
    /// them at the next signal.
    pub(super) async fn stop(mut self, signals: &mut Signals) -> bool {
        let mut well = true;
        let mut hurried = false;
        for stage in &mut self.0 {
            hurried = hurried || !ended_in_time(stage, signals).await;
            well &= settle(stage).await;
        }
        well && !hurried
    }

    /// The next child to end, and whether it may.
    async fn next_end(&mut self) -> (&'static str, ExitStatus, bool) {
        poll_fn(|cx| {
            for child in self.0.iter_mut().flatten().filter(|child| !child.has_ended()) {
                if let Poll::Ready(status) = child.poll_end(cx) {
                    return Poll::Ready((child.name, status, child.may_end && status.success()));
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Asks all of a stage to stop, and waits until they have, for as long as they may take. False when a signal came before that.
async fn ended_in_time(stage: &mut [Child], signals: &mut Signals) -> bool {
    stage.iter().for_each(Child::ask_to_stop);
    let patience = stage.iter().map(|child| child.patience).max().unwrap_or_default();
    tokio::select! {
        () = all_ended(stage) => true,
        () = tokio::time::sleep(patience) => true,
        () = signals.next() => false,
    }
}

async fn all_ended(stage: &mut [Child]) {
    for child in stage {
        poll_fn(|cx| child.poll_end(cx)).await;
    }
}

/// Kills those that still run. Whether all of them ended well by themselves.
async fn settle(stage: &mut [Child]) -> bool {
    let mut well = true;
    for child in stage {
        if !child.has_ended() {
            note(format_args!("the {} has not stopped yet: it is killed", child.name));
            child.kill();
        }
        let status = poll_fn(|cx| child.poll_end(cx)).await;
        if !status.success() {
            note(format_args!("the {} did not end well ({status})", child.name));
            well = false;
        }
    }
    well
}

impl Signals {
    /// From here on, these signals no longer end this process by themselves.
    pub(super) fn install() -> Result<Self, Failure> {
        let of = |kind| {
            signal(kind).map_err(|cause| Failure::because("signals to stop cannot be waited for", cause))
        };
        Ok(Self { interrupt: of(SignalKind::interrupt())?, terminate: of(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
