//! Everything that was acknowledged, in SQLite: requests as they came, by partition.
//!
//! ```text
//!  keep ──> queue: bounded ──> writer: all that waits, one transaction ──> partition N   chunk_N: a row a request
//!              │ full: Busy                                                               trace_N: trace ──> requests
//!              └ read by number while it waits                        ── over the bytes or the age ──> partition dropped whole
//! ```
//!
//! A request is one row, compressed: what the page asks is answered from the window, and the file is read for what is older and for a
//! span or record in full. One connection, by which the file is locked against other processes; who reads waits for a group of writes.

pub(crate) mod chunk;
mod file;
mod pages;
mod partitions;
mod queue;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use super::{Busy, Error, Options};
use crate::receive::Signal;
use chunk::{NewChunk, StoredChunk};
use file::File;
pub(crate) use partitions::Partition;
use queue::Queue;
pub(crate) use reader::{Order, Wish};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use writer::{Limits, Writer};

/// When to come again when the queue is full: it is written to the file in less.
const RETRY_FULL: Duration = Duration::from_millis(200);
/// When to come again when the file cannot be written to.
const RETRY_TROUBLE: Duration = Duration::from_secs(2);

/// The file and its writer.
#[derive(Debug)]
pub(crate) struct Disk {
    shared: Arc<Shared>,
    temporary: bool,
    /// The writer, until it is waited for.
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer and readers share.
pub(crate) struct Shared {
    /// None when it is closed. Held for a group of writes or a read.
    file: Mutex<Option<File>>,
    queue: Queue,
    /// Oldest first; the last one is written to. Held for a copy or a change.
    partitions: Mutex<Vec<Partition>>,
    /// Why writing fails, while it does.
    trouble: Mutex<Option<String>>,
    pub(super) counts: Counts,
    /// Told the number of the oldest request that is left when older ones were let go of.
    on_dropped: Box<dyn Fn(u64) + Send + Sync>,
}

/// What the file holds and let go of. Relaxed all of them: they are shown, and nothing follows from them.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    bytes: AtomicU64,
    dropped_spans: AtomicU64,
    dropped_logs: AtomicU64,
    dropped_points: AtomicU64,
    dropped_partitions: AtomicU64,
    unreadable: AtomicU64,
}

/// A request that the queue has taken.
#[derive(Debug)]
pub(crate) struct Queued {
    /// Its number.
    pub(crate) id: u64,
    /// Answers whether it was committed; none where nobody needs to wait for that.
    pub(crate) committed: Option<oneshot::Receiver<bool>>,
}

impl Disk {
    /// Opens the file and begins to write. `on_dropped` is told the oldest request that is left when older ones were let go of.
    ///
    /// # Errors
    /// When the file cannot be used: see [`File::open`].
    pub(crate) fn open(
        options: &Options,
        on_dropped: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let file = options.db.as_deref().map_or_else(File::temporary, File::open)?;
        let path = options.db.as_deref().unwrap_or_else(|| Path::new("the temporary file"));
        let read = || -> rusqlite::Result<(Vec<Partition>, u64)> {
            let partitions = Partition::load(&file.connection)?;
            let next = writer::next_chunk(&file, &partitions)?;
            Ok((partitions, next))
        };
        let (partitions, next) = read().map_err(|error| file::explain(path, &error))?;
        // What waits takes memory beside the window: a small part of it.
        let queue_bytes = (options.memory_bytes_max / 16).clamp(4 << 20, 32 << 20);
        let shared = Arc::new(Shared {
            file: Mutex::new(Some(file)),
            queue: Queue::new(usize::try_from(queue_bytes).unwrap_or(usize::MAX), next),
            partitions: Mutex::new(partitions),
            trouble: Mutex::new(None),
            counts: Counts::default(),
            on_dropped: Box::new(on_dropped),
        });
        let temporary = options.db.is_none();
        let limits = Limits { bytes_max: options.disk_bytes_max, age_max: options.age_max, temporary };
        let thread = Writer::new(Arc::clone(&shared), limits).and_then(|writer| {
            std::thread::Builder::new().name("pilotlight-write".to_owned()).spawn(move || writer.run())
        });
        let thread = thread.map_err(|error| Error {
            message: format!(
                "Cannot begin to write to {}: {error}. Free some memory and try again.",
                path.display()
            ),
        })?;
        Ok(Self { shared, temporary, writer: Mutex::new(Some(thread)) })
    }

    /// Takes a request to be written.
    ///
    /// # Errors
    /// [`Busy`] when there is no room or writing fails: nothing of it was taken.
    pub(crate) fn push(&self, chunk: NewChunk) -> Result<Queued, Busy> {
        if self.trouble().is_some() {
            return Err(Busy { retry_after: RETRY_TROUBLE });
        }
        let (done, committed) = oneshot::channel();
        let (done, committed) = if self.temporary { (None, None) } else { (Some(done), Some(committed)) };
        let id = self.shared.queue.push(chunk, done).ok_or(Busy { retry_after: RETRY_FULL })?;
        Ok(Queued { id, committed })
    }

    /// A request by its number; none when it was let go of.
    pub(crate) fn chunk(&self, id: u64) -> Option<StoredChunk> {
        self.shared.chunk(id)
    }

    /// The numbers of requests that have something of a trace, oldest first. A few may have nothing of it.
    pub(crate) fn chunks_of_trace(&self, trace_id: u128) -> Vec<u64> {
        self.shared.chunks_of_trace(trace_id)
    }

    /// The next requests that are wished for; nothing when there are no more.
    pub(crate) fn chunks(&self, wish: Wish<'_>) -> Vec<StoredChunk> {
        self.shared.chunks(wish)
    }

    /// The numbers of requests that are not in the file yet.
    pub(crate) fn uncommitted(&self) -> Vec<u64> {
        self.shared.queue.uncommitted_ids()
    }

    /// What is in the file, oldest first.
    pub(crate) fn partitions(&self) -> Vec<Partition> {
        self.shared.partitions()
    }

    /// Forgets all requests of these signals that came until now.
    pub(crate) fn clear(&self, signals: &[Signal]) {
        let (done, cleared) = std::sync::mpsc::channel();
        self.shared.queue.clear(signals.to_vec(), done);
        // The sender is dropped when the writer has ended: there is nothing to wait for, then.
        let _ = cleared.recv();
    }

    /// Why writing fails, or what cannot be read; none when all is well.
    pub(crate) fn trouble(&self) -> Option<String> {
        lock(&self.shared.trouble).clone()
    }

    /// What it holds and let go of.
    pub(crate) fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// Writes what waits, and closes the file: others may open it then. What waits for a temporary file is let go of.
    pub(crate) fn close(&self) {
        self.shared.queue.close();
        let writer = lock(&self.writer).take();
        if let Some(writer) = writer {
            // A writer that has panicked has nothing more to write.
            let _ = writer.join();
        }
        drop(lock(&self.shared.file).take());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn with_file<T>(&self, work: impl FnOnce(&File) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        match &*lock(&self.file) {
            Some(file) => work(file),
            // Closed: whoever asks treats it as a read that failed.
            None => Err(rusqlite::Error::InvalidQuery),
        }
    }

    fn is_closed(&self) -> bool {
        lock(&self.file).is_none()
    }

    fn partitions(&self) -> Vec<Partition> {
        lock(&self.partitions).clone()
    }

    fn set_partitions(&self, all: Vec<Partition>) {
        *lock(&self.partitions) = all;
    }

    fn update_partitions(&self, changed: &[Partition]) {
        let mut all = lock(&self.partitions);
        for partition in changed {
            match all.iter_mut().find(|known| known.id == partition.id) {
                Some(known) => *known = *partition,
                None => all.push(*partition),
            }
        }
    }

    /// A partition was dropped because of the bounds.
    fn forget(&self, dropped: &Partition) {
        let mut all = lock(&self.partitions);
        all.retain(|partition| partition.id != dropped.id);
        let oldest_left = all.first().map_or(dropped.last_chunk + 1, |partition| partition.first_chunk);
        drop(all);
        self.counts.note_dropped(dropped);
        (self.on_dropped)(oldest_left);
    }

    /// These signals were cleared because somebody asked for it.
    fn cleared(&self, signals: &[Signal], all_signals: bool) {
        let mut all = lock(&self.partitions);
        if all_signals {
            all.clear();
        }
        for partition in all.iter_mut() {
            signals.iter().for_each(|signal| *partition.items_mut(*signal) = 0);
        }
    }

    fn set_trouble(&self, trouble: Option<String>) {
        let before = std::mem::replace(&mut *lock(&self.trouble), trouble.clone());
        if let Some(trouble) = trouble.filter(|_| before.is_none()) {
            tracing::error!("{trouble}");
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("queue", &self.queue)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl Counts {
    /// Bytes of the file that are in use.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Spans, log records, points and partitions that were let go of because of the bounds.
    pub(crate) fn dropped(&self) -> [u64; 4] {
        [&self.dropped_spans, &self.dropped_logs, &self.dropped_points, &self.dropped_partitions]
            .map(|count| count.load(Ordering::Relaxed))
    }

    /// Requests that could not be read from the file, or could not be compressed for it.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    fn set_bytes(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    fn note_dropped(&self, partition: &Partition) {
        self.dropped_spans.fetch_add(partition.spans, Ordering::Relaxed);
        self.dropped_logs.fetch_add(partition.logs, Ordering::Relaxed);
        self.dropped_points.fetch_add(partition.points, Ordering::Relaxed);
        self.dropped_partitions.fetch_add(1, Ordering::Relaxed);
    }

    fn note_unreadable(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
