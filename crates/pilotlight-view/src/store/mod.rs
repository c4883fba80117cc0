//! What was received: live in memory, and behind it in SQLite.
//!
//! ```text
//!  keep ──> disk: has room? ── no ──> Busy, nothing was taken
//!              │ yes: queued; with a file of the user's own it waits for the commit
//!              └──> window: rows in the open segment ──> news for pages
//!
//!  open ──> load: the newest of the file back into memory, in the background
//! ```

pub(crate) mod aggregates;
mod arrival;
pub(crate) mod books;
mod clearings;
pub(crate) mod disk;
mod export;
mod load;
pub(crate) mod metrics;
pub(crate) mod older;
mod options;
mod tail;
pub(crate) mod window;

pub use export::ExportQuestion;
pub use options::{Busy, Error, Kept, Options};
pub use tail::{News, Tail};

use crate::query::SignalCounts;
use crate::receive::{Received, Signal};
use aggregates::Aggregates;
use clearings::Clearings;
use disk::Disk;
use disk::chunk::{NewChunk, Outline};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tail::Posts;
use window::{Addition, Window};

/// When to come again when a request could not be committed.
const RETRY_UNCOMMITTED: Duration = Duration::from_secs(2);

/// Keeps what it is given within its bounds, and answers from it. A clone is the same store.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    window: Arc<Window>,
    disk: Disk,
    /// Metrics, and running observations.
    aggregates: Aggregates,
    /// News for pages.
    posts: Posts,
    /// What came since the start. Held for an addition or a copy.
    received: Mutex<SignalCounts>,
    /// Held while a question reads the file for what is older: one at a time, since each takes memory for it.
    reading_older: Mutex<()>,
    /// How much of the file has been read back, in millionths. Relaxed: it is shown.
    loaded: AtomicU64,
    /// How often it was cleared.
    clearings: Clearings,
}

impl Store {
    /// Opens the file, or a temporary one, and begins to read the newest of it back into memory.
    ///
    /// # Errors
    /// When the file cannot be written, is not one of ours, or is of a newer version.
    pub fn open(options: Options) -> Result<Self, Error> {
        // A quarter of the memory is for metrics and for the running observations.
        let window = Arc::new(Window::new(options.memory_bytes_max / 4 * 3));
        let bounded = Arc::clone(&window);
        let disk = Disk::open(&options, move |oldest_left| bounded.forget_before(oldest_left))?;
        let aggregates = Aggregates::new(options.memory_bytes_max / 4);
        let inner = Arc::new(Inner {
            options,
            window,
            disk,
            aggregates,
            posts: Posts::new(),
            received: Mutex::new(SignalCounts::default()),
            reading_older: Mutex::new(()),
            loaded: AtomicU64::new(0),
            clearings: Clearings::default(),
        });
        load::begin(&inner)?;
        Ok(Self { inner })
    }

    /// Takes a request. With a file of the user's own it answers when the request is committed there; what was acknowledged survives
    /// the process. Whoever stops waiting does not undo it: what was taken is kept.
    ///
    /// # Errors
    /// [`Busy`] when the writer is behind or cannot write: nothing of the request was taken.
    pub async fn keep(&self, received: Received) -> Result<Kept, Busy> {
        let outline = Outline::of(&received.data, received.arrival.unix_nano);
        let kept = kept(&outline);
        if outline.items == 0 {
            self.inner.count(&received, &kept, 0);
            return Ok(kept);
        }
        let items = outline.items;
        let chunk =
            NewChunk { received: received.arrival.unix_nano, outline, encoded: received.encoded.clone() };
        let queued = self.inner.disk.push(chunk)?;
        let inner = Arc::clone(&self.inner);
        let Some(committed) = queued.committed else {
            let finished = finish(inner, queued.id, received, kept, items).await;
            return finished.ok_or(Busy { retry_after: RETRY_UNCOMMITTED });
        };
        // A task of its own: a sender that hangs up between the commit and the window must not leave the one without the other.
        let finished = tokio::spawn(async move {
            if !committed.await.unwrap_or(false) {
                return None;
            }
            finish(inner, queued.id, received, kept, items).await
        });
        finished.await.ok().flatten().ok_or(Busy { retry_after: RETRY_UNCOMMITTED })
    }

    /// What is live: spans and log records in segments.
    pub(crate) fn window(&self) -> &Window {
        &self.inner.window
    }

    /// Metrics, and running observations.
    pub(crate) fn aggregates(&self) -> &Aggregates {
        &self.inner.aggregates
    }

    /// Everything that was acknowledged.
    pub(crate) fn disk(&self) -> &Disk {
        &self.inner.disk
    }

    /// How a request came, in words; none when it is not in memory any more, or was read back from the file.
    pub(crate) fn arrival_of(&self, chunk: u64) -> Option<String> {
        self.window().all().iter().rev().find_map(|segment| {
            let segment = segment.read();
            let known = segment.chunks.iter().find(|known| known.id == chunk)?;
            Some(segment.text(known.arrival).to_owned()).filter(|arrival| !arrival.is_empty())
        })
    }

    fn reading_older(&self) -> &Mutex<()> {
        &self.inner.reading_older
    }

    /// How much is kept, and where.
    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// What came since the start.
    pub(crate) fn received(&self) -> SignalCounts {
        self.inner.received().clone()
    }

    /// How much of the file has been read back into memory, 0 to 1.
    #[allow(clippy::cast_precision_loss)] // At most a million.
    pub(crate) fn loaded(&self) -> f64 {
        self.inner.loaded.load(Ordering::Relaxed) as f64 / 1e6
    }

    /// News that pages were too slow to take.
    pub(crate) fn missed_news(&self) -> u64 {
        self.inner.posts.missed()
    }

    /// Lets go of everything of these signals, in memory and in the file; of all when there are none given. What comes meanwhile may be
    /// let go of as well. It waits for the writer: call it where blocking is fine.
    pub fn clear(&self, signals: &[Signal]) {
        let all = [Signal::Traces, Signal::Metrics, Signal::Logs];
        let signals = if signals.is_empty() { &all[..] } else { signals };
        let inner = &self.inner;
        inner.disk.clear(signals);
        inner.clearings.add(signals);
        inner.window.clear(signals.contains(&Signal::Traces), signals.contains(&Signal::Logs));
        inner.aggregates.clear(signals);
        inner.posts.changed();
    }

    /// A number that rises with each request that is kept, for whoever waits for news. It ends when the store is closed.
    pub fn changed(&self) -> tokio::sync::watch::Receiver<u64> {
        self.inner.posts.watch()
    }

    /// Writes what is still to be written, and closes the file: nothing more is taken, and nothing is read from it any more.
    pub async fn close(&self) {
        self.inner.posts.end();
        let inner = Arc::clone(&self.inner);
        // Closing does not fail; a panic of it leaves nothing to wait for.
        let _ = tokio::task::spawn_blocking(move || inner.disk.close()).await;
    }
}

impl Inner {
    /// A request is in the queue, or committed: it can be seen from now on.
    fn finish(&self, chunk: u64, received: &Received, kept: Kept, items: u64) -> Kept {
        let Received { arrival, data, encoded } = received;
        let words = arrival::describe(arrival);
        let addition = Addition { chunk, arrival: &words, received: arrival.unix_nano, data };
        let added = self.window.add(addition);
        let kept = both(kept, self.aggregates.add(arrival, encoded.len() as u64, data));
        self.count(received, &kept, items);
        self.posts.post(added);
        kept
    }

    fn count(&self, request: &Received, kept: &Kept, items: u64) {
        let arrival = &request.arrival;
        let mut received = self.received();
        match request.data.signal() {
            Signal::Traces => received.spans += items,
            Signal::Metrics => received.points += items,
            Signal::Logs => received.logs += items,
        }
        received.requests += 1;
        received.bytes += arrival.bytes;
        received.rejected += kept.rejected;
        *received.by_protocol.entry(arrival::kind(arrival)).or_default() += 1;
    }

    fn received(&self) -> MutexGuard<'_, SignalCounts> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request can be seen from now on; none when that has panicked. Points wait for questions about metrics, which read all that there is:
/// not on a thread that serves others.
async fn finish(inner: Arc<Inner>, chunk: u64, received: Received, kept: Kept, items: u64) -> Option<Kept> {
    if received.data.signal() != Signal::Metrics {
        return Some(inner.finish(chunk, &received, kept, items));
    }
    let finishing = tokio::task::spawn_blocking(move || inner.finish(chunk, &received, kept, items));
    finishing.await.ok()
}

/// What two parts say about one request.
fn both(one: Kept, other: Kept) -> Kept {
    let reasons: Vec<String> = [one.reason, other.reason].into_iter().flatten().collect();
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    Kept { rejected: one.rejected.saturating_add(other.rejected), reason }
}

/// What is answered about a request.
fn kept(outline: &Outline) -> Kept {
    let reason = (outline.unusable > 0).then(|| {
        format!(
            "{} spans have no usable trace id (16 bytes, not all zero) or span id (8 bytes, not all zero)",
            outline.unusable
        )
    });
    Kept { rejected: outline.unusable, reason }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::receive::{Arrival, Compression, Data, Protocol};
    use crate::store::metrics::testing::{counter, metric, number, request};
    use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality::Cumulative;

    #[tokio::test]
    #[allow(clippy::await_holding_lock)] // That is what it is about.
    async fn points_that_wait_for_a_question_hold_up_nobody_else() {
        let store = Store::open(Options::default()).unwrap();
        let arrival = Arrival {
            unix_nano: 1,
            port: 4318,
            protocol: Protocol::HttpProtobuf,
            compression: Compression::None,
            bytes: 0,
            user_agent: None,
        };
        let points = counter(Cumulative, vec![number(&[], 1, 2, 3.0)]);
        let data = Data::Metrics(request("shop", vec![metric("m", "1", points)]));
        let received = Received { arrival, data, encoded: bytes::Bytes::new() };
        let question = store.aggregates().metrics();
        let keeper = store.clone();
        let keeping = tokio::spawn(async move { keeper.keep(received).await });
        // There is one thread: it comes back here only when it is not held up.
        tokio::task::yield_now().await;
        assert!(!keeping.is_finished());
        drop(question);
        assert_eq!(keeping.await.unwrap(), Ok(Kept::default()));
        assert_eq!(store.aggregates().metrics().metrics().count(), 1);
    }
}
