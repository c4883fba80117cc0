//! The thread that tells of panics, where processors and exporters may panic and block.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use super::IS_COURIER;
use super::report::PanicReport;
use crate::Error;

/// A panic on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) report: PanicReport,
    /// Until when somebody waits; passed already when nobody does.
    pub(super) deadline: Instant,
    /// Told when the flush is over.
    pub(super) done: SyncSender<()>,
}

pub(super) struct Courier {
    parcels: Receiver<Parcel>,
    /// Held for its drop, which is how the guard learns that the thread has ended.
    _alive: SyncSender<()>,
    emit: Box<dyn FnMut(&PanicReport) + Send>,
    flush: Box<dyn FnMut(Duration) + Send>,
}

impl Courier {
    pub(super) fn new(
        parcels: Receiver<Parcel>,
        alive: SyncSender<()>,
        emit: Box<dyn FnMut(&PanicReport) + Send>,
        flush: Box<dyn FnMut(Duration) + Send>,
    ) -> Self {
        Self { parcels, _alive: alive, emit, flush }
    }

    /// Starts the thread at once and not when something panics: a process out of threads is one that panics.
    pub(super) fn start(self) -> Result<(), Error> {
        let started = thread::Builder::new().name("pilotlight-panic".to_owned()).spawn(move || self.run());
        started.map(drop).map_err(|error| {
            Error::failed(
                "the panic hook was not installed: its thread could not be started; raise the limit of threads (ulimit -u, pids.max)",
            )
            .caused_by(error)
        })
    }

    /// Until the last sender is gone and the queue is empty.
    fn run(mut self) {
        IS_COURIER.set(true);
        while let Ok(parcel) = self.parcels.recv() {
            self.deliver(parcel);
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        let Parcel { report, deadline, done } = parcel;
        // The report is dropped in there as well: its context may be a span's last owner, and end it.
        quietly(|| (self.emit)(&{ report }));
        quietly(|| (self.flush)(deadline.saturating_duration_since(Instant::now())));
        let _ = done.try_send(());
    }
}

/// A panic in here has had its message on standard error, by the previous hook.
fn quietly(work: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(work));
}
