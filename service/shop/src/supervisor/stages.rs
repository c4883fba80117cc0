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

    /// Stops one stage after the other; false if a child did not end well by itself.
    pub(super) async fn stop(mut self, signals: &mut Signals) -> bool {
        let mut well = true;
        for stage in &mut self.0 {
            well &= stop_stage(stage, signals).await;
        }
        well
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

/// Asks all of a stage to stop, and waits. Those that take too long are killed, and all of them at the next signal.
async fn stop_stage(stage: &mut [Child], signals: &mut Signals) -> bool {
    let asked: Vec<bool> = stage.iter().map(|child| !child.has_ended()).collect();
    stage.iter().for_each(Child::ask_to_stop);
    let patience = stage.iter().map(|child| child.patience).max().unwrap_or_default();
    let in_time = tokio::select! {
        () = all_ended(stage) => true,
        () = tokio::time::sleep(patience) => false,
        () = signals.next() => false,
    };
    if !in_time {
        for child in stage.iter_mut().filter(|child| !child.has_ended()) {
            note(format_args!("the {} has not stopped yet: it is killed", child.name));
            child.kill();
        }
        all_ended(stage).await;
        return false;
    }
    let mut well = true;
    for (child, asked) in stage.iter_mut().zip(asked) {
        well &= ended_well(child, asked).await;
    }
    well
}

async fn all_ended(stage: &mut [Child]) {
    for child in stage {
        poll_fn(|cx| child.poll_end(cx)).await;
    }
}

/// Whether it ended with a success; one that ended unasked has been told of.
async fn ended_well(child: &mut Child, asked: bool) -> bool {
    let status = poll_fn(|cx| child.poll_end(cx)).await;
    if asked && !status.success() {
        note(format_args!("the {} did not stop as it should ({status})", child.name));
    }
    status.success()
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
