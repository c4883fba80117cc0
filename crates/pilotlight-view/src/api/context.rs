//! What the API's functions share.

use crate::query::{Listening, UnixNano};
use crate::receive::{Counters, Journal};
use crate::store::Store;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// What the API's functions share. A clone is the same.
#[derive(Debug, Clone)]
pub struct Context {
    pub(super) store: Store,
    pub(super) journal: Journal,
    pub(super) counters: Counters,
    pub(super) about: Arc<About>,
    /// Places for questions: as many as may run and wait together. Without one a question is refused.
    places: Arc<Semaphore>,
    /// Questions that run at this moment hold one of these.
    running: Arc<Semaphore>,
    /// Places for pages that something is pushed to.
    listeners: Arc<Semaphore>,
    /// Places for exports: each holds a part of the file in memory for as long as it is read.
    exporters: Arc<Semaphore>,
    /// The place for a file that is imported: it takes memory several times its size.
    importers: Arc<Semaphore>,
    /// True when streams have to end.
    closing: Arc<watch::Sender<bool>>,
}

/// What the server knows of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// When it was started.
    pub started: UnixNano,
    /// Where it listens.
    pub listening: Vec<Listening>,
    /// Whether senders have to have a token.
    pub senders_need_token: bool,
    /// Bytes of a request to the receiver, at most.
    pub request_bytes_max: u64,
    /// Bytes of a file to import, at most, before and after it is decompressed. Default: 64 MiB.
    pub import_bytes_max: usize,
}

impl Default for About {
    fn default() -> Self {
        Self {
            started: UnixNano::default(),
            listening: Vec::new(),
            senders_need_token: false,
            request_bytes_max: 4 << 20,
            import_bytes_max: 64 << 20,
        }
    }
}

/// Questions that run at once. A question keeps a core busy; receiving needs one as well.
const RUNNING_MAX: usize = 4;

/// Questions that wait for one of those. A page asks a handful at once, and there may be several pages.
const WAITING_MAX: usize = 32;

/// Streams at once. Each costs a connection and some memory.
const LISTENERS_MAX: usize = 64;

/// Exports at once. Each takes about 30 MiB and, while it is read, a thread.
const EXPORTERS_MAX: usize = 4;

impl Context {
    /// A context over what the receiver fills.
    pub fn new(store: Store, journal: Journal, counters: Counters, about: About) -> Self {
        Self {
            store,
            journal,
            counters,
            about: Arc::new(about),
            places: Arc::new(Semaphore::new(RUNNING_MAX + WAITING_MAX)),
            running: Arc::new(Semaphore::new(RUNNING_MAX)),
            listeners: Arc::new(Semaphore::new(LISTENERS_MAX)),
            exporters: Arc::new(Semaphore::new(EXPORTERS_MAX)),
            importers: Arc::new(Semaphore::new(1)),
            closing: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Ends what is pushed and exported, so that a server can wait for its connections to end.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves when [`Context::close`] was called.
    pub(super) async fn closed(self) {
        let mut closing = self.closing.subscribe();
        // It cannot fail: `self` holds the sender.
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// Waits for its turn to run; none when too many wait already.
    pub(super) async fn turn(&self) -> Option<Turn> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let running = Arc::clone(&self.running).acquire_owned().await.ok()?;
        Some(Turn { _place: place, _running: running })
    }

    /// A place for a stream; none when there are too many.
    pub(super) fn listener(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.listeners).try_acquire_owned().ok()
    }

    /// A place for an export; none when there are too many.
    pub(super) fn exporter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.exporters).try_acquire_owned().ok()
    }

    /// The place for a file that is imported; none when there is one already.
    pub(super) fn importer(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.importers).try_acquire_owned().ok()
    }
}

/// The right to run, given back when it is dropped.
pub(super) struct Turn {
    _place: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}
