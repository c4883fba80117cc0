//! An exporter that a test can hold up, and wait for.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, InMemoryExporter, Receipt};
use tokio::sync::watch;

/// How long a test waits for what must come. Reached only when it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Delivers to memory, while it is open. Clones share the gate.
#[derive(Clone)]
pub struct Gate {
    pub memory: InMemoryExporter,
    request_bytes_max: usize,
    open: watch::Sender<bool>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

#[derive(Default)]
struct Seen {
    begun: usize,
    delivered: usize,
}

impl Gate {
    pub fn open() -> Self {
        let (memory, open) = (InMemoryExporter::new(), watch::Sender::new(true));
        Self { memory, request_bytes_max: usize::MAX, open, seen: Arc::default() }
    }

    /// Takes no larger requests.
    pub fn limited_to(request_bytes_max: usize) -> Self {
        Self { request_bytes_max, ..Self::open() }
    }

    pub fn closed() -> Self {
        let gate = Self::open();
        gate.set_open(false);
        gate
    }

    pub fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// Waits until so many exports have been attempted.
    pub fn await_attempts(&self, attempts: usize) {
        self.wait_until(|seen| seen.begun >= attempts);
    }

    /// Waits until so many items have been delivered.
    pub fn await_items(&self, items: usize) {
        self.wait_until(|seen| seen.delivered >= items);
    }

    fn wait_until(&self, reached: impl Fn(&Seen) -> bool) {
        let (seen, changed) = &*self.seen;
        let deadline = Instant::now() + PATIENCE;
        let mut now = seen.lock().unwrap();
        while !reached(&now) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "only {} attempts, {} items", now.begun, now.delivered);
            now = changed.wait_timeout(now, left).unwrap().0;
        }
    }

    fn note(&self, change: impl FnOnce(&mut MutexGuard<'_, Seen>)) {
        change(&mut self.seen.0.lock().unwrap());
        self.seen.1.notify_all();
    }
}

impl Exporter for Gate {
    fn component_type(&self) -> &'static str {
        "gate"
    }

    fn request_bytes_max(&self) -> usize {
        self.request_bytes_max
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async move {
            self.note(|seen| seen.begun += 1);
            let _ = self.open.subscribe().wait_for(|open| *open).await;
            let items = batch.items;
            let receipt = self.memory.export(batch).await?;
            self.note(|seen| seen.delivered += items);
            Ok(receipt)
        })
    }
}
