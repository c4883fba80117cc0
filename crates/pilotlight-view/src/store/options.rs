//! How much is kept, and where.

use std::path::PathBuf;
use std::time::Duration;

/// How much is kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The file that outlives the process. None: a temporary one that goes with it.
    pub db: Option<PathBuf>,
    /// Bytes of memory for what is live. Default: 512 MiB. Three quarters are for spans and log records, the rest is for metrics.
    pub memory_bytes_max: u64,
    /// Bytes of the file. Default: 2 GiB. The oldest partition goes when it is reached, but for the one that was written last.
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
