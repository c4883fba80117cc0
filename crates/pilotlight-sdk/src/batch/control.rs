//! Asks the exporter thread's loops to flush and to end, and waits for their answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::Error;
use crate::self_metrics::{Account, Component, Counters, Stopwatch};
use crate::transport::Signal;

use super::delivery::Urgency;
use super::report::ExporterReport;

/// Set aside at the end of a time-out, so that the exporter thread's answer arrives before the caller stops waiting.
const ANSWER_MARGIN: Duration = Duration::from_millis(20);

/// What other threads ask of a loop. A sender that is dropped unanswered tells that the loop is gone.
pub(super) enum Command {
    /// Deliver what has been recorded so far; answers whether all of it was.
    Deliver(SyncSender<bool>),
    /// The same, and have the exporter deliver what it holds back itself.
    Flush(SyncSender<bool>),
    /// Deliver, release the exporter, end.
    Shutdown(SyncSender<()>),
}

/// The callers' end of a loop on the exporter thread.
#[derive(Debug)]
pub(crate) struct Control {
    commands: mpsc::UnboundedSender<Command>,
    urgency: watch::Sender<Urgency>,
    account: Account,
    /// Set by the loop when it has ended as it should.
    is_done: Arc<AtomicBool>,
}

/// The loop's end.
pub(super) struct Controlled {
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) urgency: watch::Receiver<Urgency>,
    pub(super) counters: Arc<Counters>,
    pub(super) operations: Arc<Stopwatch>,
    is_done: Arc<AtomicBool>,
}

impl Control {
    /// Both ends, for a loop that exports what `signal` says with the exporter `component`.
    pub(super) fn new(signal: Signal, component: Arc<Component>) -> (Self, Controlled) {
        let account = Account::new(signal, component);
        let (commands, received) = mpsc::unbounded_channel();
        let (urgency, urgency_seen) = watch::channel(Urgency::default());
        let is_done = Arc::new(AtomicBool::new(false));
        let controlled = Controlled {
            commands: received,
            urgency: urgency_seen,
            counters: Arc::clone(&account.counters),
            operations: Arc::clone(&account.operations),
            is_done: Arc::clone(&is_done),
        };
        (Self { commands, urgency, account, is_done }, controlled)
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn begin_flush(&self, deadline: Instant) -> Flush<'_> {
        self.begin(Command::Flush, deadline)
    }

    /// Asks for what is answered with yes or no.
    pub(super) fn begin(
        &self,
        command: impl FnOnce(SyncSender<bool>) -> Command,
        deadline: Instant,
    ) -> Flush<'_> {
        let (reply, answer) = sync_channel(1);
        // First, so that the batch this flush is for cannot take it for another, later one.
        self.urgency.send_modify(|urgency| urgency.flushes += 1);
        let sent = self.send(command(reply));
        Flush { control: self, answer: sent.then_some(answer), deadline }
    }

    pub(crate) fn begin_shutdown(&self, deadline: Instant) -> Shutdown<'_> {
        let (reply, answer) = sync_channel(1);
        let remaining = deadline.saturating_duration_since(Instant::now());
        let in_time = deadline - ANSWER_MARGIN.min(remaining / 2);
        self.urgency.send_modify(|urgency| {
            urgency.shutdown.get_or_insert(in_time);
        });
        let sent = self.send(Command::Shutdown(reply));
        Shutdown { control: self, answer: sent.then_some(answer), deadline }
    }

    /// Whether there is anybody left to answer.
    fn send(&self, command: Command) -> bool {
        // Acquire: as in `Shutdown::wait`, whose answer this may be.
        !self.is_done.load(Ordering::Acquire) && self.commands.send(command).is_ok()
    }

    fn last_error(&self) -> String {
        self.account.counters.last_error().unwrap_or_else(|| "none".into())
    }
}

impl Controlled {
    /// Everything is over.
    pub(super) fn set_done(&self) {
        // Release: publishes the last counts to whoever waits for the end.
        self.is_done.store(true, Ordering::Release);
    }

    /// Drops commands unanswered, which tells their callers that it is over.
    ///
    /// Closing the channel would do the same, but for a command that is being sent at that very moment: it would stay in the
    /// closed channel, and its caller would wait until the deadline.
    pub(super) async fn turn_away(mut self) {
        while self.commands.recv().await.is_some() {}
    }
}

/// A flush under way.
pub(crate) struct Flush<'a> {
    control: &'a Control,
    answer: Option<Receiver<bool>>,
    deadline: Instant,
}

impl Flush<'_> {
    pub(crate) fn wait(self) -> Result<(), Error> {
        let exporter = self.control.account.component.component_type;
        let Some(answer) = self.answer else {
            return Err(Error::shut_down(format!("{exporter} is shut down; nothing was flushed")));
        };
        match answer.recv_timeout(self.deadline.saturating_duration_since(Instant::now())) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::failed(format!(
                "{exporter} could not deliver everything: {}",
                self.control.last_error()
            ))),
            Err(RecvTimeoutError::Timeout) => Err(Error::timeout(format!(
                "{exporter} was not done in time; it goes on trying. Last error: {}",
                self.control.last_error()
            ))),
            Err(RecvTimeoutError::Disconnected) => Err(Error::shut_down(format!(
                "{exporter} was shut down meanwhile; ask the shutdown's report"
            ))),
        }
    }
}

/// A shutdown under way.
pub(crate) struct Shutdown<'a> {
    control: &'a Control,
    answer: Option<Receiver<()>>,
    deadline: Instant,
}

impl Shutdown<'_> {
    pub(crate) fn wait(self) -> ExporterReport {
        let control = self.control;
        // However this ends: several threads may ask, and only one of them is answered.
        if let Some(answer) = self.answer {
            let _ = answer.recv_timeout(self.deadline.saturating_duration_since(Instant::now()));
        }
        // Acquire: pairs with the loop's store, so that its last counts are seen.
        let in_time = control.is_done.load(Ordering::Acquire);
        let Account { signal, component, counters, .. } = &control.account;
        ExporterReport::new(component.component_type, *signal, counters, in_time)
    }
}
