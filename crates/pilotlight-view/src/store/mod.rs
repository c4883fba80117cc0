//! What was received: live in memory, and behind it in SQLite.

pub(crate) mod metrics;
pub(crate) mod window;

use crate::receive::Received;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use window::{Addition, Window};

/// Keeps what it is given within its bounds, and answers from it. A clone is the same store.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    window: Window,
    /// The number of the next request.
    next_chunk: AtomicU64,
    /// A number that rises with each request that is kept.
    changed: tokio::sync::watch::Sender<u64>,
}

/// How much is kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The file that outlives the process. None: a temporary one that goes with it.
    pub db: Option<PathBuf>,
    /// Bytes of memory for what is live. Default: 512 MiB.
    pub memory_bytes_max: u64,
    /// Bytes of the file. Default: 2 GiB. The oldest partition goes when it is reached.
    pub disk_bytes_max: u64,
    /// How long anything is kept. Default: 7 days.
    pub age_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            db: None,
            memory_bytes_max: 512 << 20,
            disk_bytes_max: 2 << 30,
            age_max: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

/// What became of a request that was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Spans, points or records that were refused: what OTLP answers as a partial success.
    pub rejected: u64,
    /// Why, in one line.
    pub reason: Option<String>,
}

/// The store cannot take more at the moment: the sender keeps it and comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// When to come again.
    pub retry_after: Duration,
}

/// Why a store could not be opened.
#[derive(Debug)]
pub struct Error {
    /// What failed, on which file, and what to try.
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl Store {
    /// Opens the file, or a temporary one, and begins to read the newest of it back into memory.
    ///
    /// # Errors
    /// When the file cannot be written, is not one of ours, or is of a newer version.
    pub fn open(options: Options) -> Result<Self, Error> {
        // A quarter of the memory is for metrics and for the running observations.
        let window = Window::new(options.memory_bytes_max / 4 * 3);
        let changed = tokio::sync::watch::Sender::new(0);
        Ok(Self { inner: Arc::new(Inner { window, next_chunk: AtomicU64::new(1), changed }) })
    }

    /// What is live: spans and log records in segments.
    pub(crate) fn window(&self) -> &Window {
        &self.inner.window
    }

    /// Takes a request. With a file of the user's own it answers when the request is committed there; what was acknowledged survives
    /// the process.
    ///
    /// # Errors
    /// [`Busy`] when the writer is behind: nothing of the request was taken.
    pub async fn keep(&self, received: Received) -> Result<Kept, Busy> {
        let chunk = self.inner.next_chunk.fetch_add(1, Ordering::Relaxed);
        let Received { arrival, data, .. } = received;
        let addition = Addition { chunk, arrival: "", received: arrival.unix_nano, data: &data };
        self.inner.window.add(addition);
        self.inner.changed.send_modify(|number| *number += 1);
        Ok(Kept::default())
    }
}

/// Which telemetry to hand out again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExportQuestion {
    /// Of one trace, 32 hexadecimal digits; of everything when it is not given.
    pub trace_id: Option<String>,
    /// Of these signals; of all when it is empty.
    pub signals: Vec<crate::receive::Signal>,
    /// From here on, milliseconds since 1970.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    pub to_ms: Option<f64>,
}

impl Store {
    /// Hands out what was received, oldest first, chunk by chunk, until there is no more or `each` answers false.
    ///
    /// # Errors
    /// When the trace's id is none.
    pub fn export(
        &self,
        _question: &ExportQuestion,
        _each: &mut dyn FnMut(crate::receive::Data) -> bool,
    ) -> Result<(), crate::query::QuestionError> {
        Ok(())
    }

    /// Lets go of everything of these signals, in memory and in the file; of all when there are none given.
    pub fn clear(&self, _signals: &[crate::receive::Signal]) {}

    /// A number that rises with each request that is kept, for whoever waits for news.
    pub fn changed(&self) -> tokio::sync::watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Log records as they come.
    ///
    /// # Errors
    /// When the filter cannot be read.
    pub fn tail(&self, _question: &crate::query::TailQuestion) -> Result<Tail, crate::query::QuestionError> {
        Ok(Tail {})
    }

    /// Writes what is still to be written, and closes the file.
    pub async fn close(&self) {}
}

/// Log records as they come, for one page.
#[derive(Debug)]
pub struct Tail {}

/// What a tail hands out.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// New records, oldest first.
    Logs(Vec<crate::query::LogRow>),
    /// So many could not be handed out because the page was too slow.
    Missed(u64),
}

impl Tail {
    /// The next news; none when the store is closed. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Option<News> {
        None
    }
}
