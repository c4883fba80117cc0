//! The exporter thread, with a small runtime of its own.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc;

use opentelemetry::Context;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::Error;
use crate::diagnostics;

/// The thread that exports: shared by signals and exporters, independent of the application's runtime.
///
/// Everything on it runs with telemetry suppressed, so exporting never produces telemetry. Cloning shares the thread; it
/// ends when the last clone is dropped.
#[derive(Clone)]
pub struct Worker(Arc<Thread>);

struct Thread {
    runtime: Handle,
    /// Dropped with the last handle, which ends the thread's runtime.
    _stop: oneshot::Sender<()>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread, or no timer and sockets for its runtime.
    pub fn start() -> Result<Self, Error> {
        Self::spawn_thread("pilotlight", || {})
    }

    /// As [`start`](Self::start), under a name of its own: for an exporter that blocks, such as one that writes to a pipe. What
    /// else ran on its thread would wait with it.
    ///
    /// What Pilotlight has to say on this thread goes to standard error, not to the subscriber, which may lead back here.
    ///
    /// An exporter that blocks for ever keeps its thread until the process ends, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn named(name: &str) -> Result<Self, Error> {
        Self::spawn_thread(name, diagnostics::keep_to_standard_error)
    }

    fn spawn_thread(name: &str, prepare: fn()) -> Result<Self, Error> {
        let (stop, stopped) = oneshot::channel();
        let (started, starting) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name(name.into())
            .spawn(move || {
                prepare();
                run(&started, stopped);
            })
            .map_err(|error| cannot_start("no thread could be started").caused_by(error))?;
        let runtime = starting
            .recv()
            .map_err(|_| cannot_start("it ended at once"))?
            .map_err(|error| cannot_start("its runtime could not be built").caused_by(error))?;
        Ok(Self(Arc::new(Thread { runtime, _stop: stop })))
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.runtime.spawn(task);
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}

/// The thread's whole life.
fn run(started: &mpsc::SyncSender<std::io::Result<Handle>>, stopped: oneshot::Receiver<()>) {
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error))),
    };
    let _ = started.send(Ok(runtime.handle().clone()));
    let _ = runtime.block_on(stopped);
    // Not a plain drop: that would wait for a name look-up that hangs.
    runtime.shutdown_background();
}

fn cannot_start(why: &str) -> Error {
    Error::failed(format!(
        "the exporter thread cannot start: {why}. Check the process's limits on threads and open files"
    ))
}
