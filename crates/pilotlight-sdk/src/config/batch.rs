//! How finished telemetry waits, and how it is grouped, on its way out.

use std::fmt;
use std::time::Duration;

use super::chain::Chain;
use super::parse;
use super::show::Show;
use super::warning::{Problems, Warning};

/// The queue's bound unless set otherwise: 16 MiB hold some 60,000 spans of everyday size, and more log records. A
/// count of 2,048, as the specification has it, loses most of a burst; a service can spare these bytes.
pub const DEFAULT_QUEUE_BYTES: usize = 16 * 1024 * 1024;

/// A pause of zero would keep the exporter thread spinning.
const SCHEDULE_DELAY_MIN: Duration = Duration::from_millis(1);

/// How one signal is batched. All values are valid.
///
/// Specification: "Batching processor" of spans, <https://opentelemetry.io/docs/specs/otel/trace/sdk/#batching-processor>,
/// and of log records, <https://opentelemetry.io/docs/specs/otel/logs/sdk/#batching-processor>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSettings {
    /// The longest that telemetry waits for company; never zero.
    pub schedule_delay: Duration,
    /// The longest an export may take with all its attempts; `None` is no limit.
    pub export_timeout: Option<Duration>,
    /// How much may wait. Beyond it the newest are dropped and counted.
    pub queue: QueueBound,
    /// The most items in one request; `None` leaves it to the request's size in bytes.
    pub export_batch_items_max: Option<usize>,
}

/// As it is for spans when nothing is set: every 5 seconds, 30 seconds an export, [`DEFAULT_QUEUE_BYTES`].
impl Default for BatchSettings {
    fn default() -> Self {
        Self::of(&SPANS)
    }
}

impl BatchSettings {
    /// As it is for log records when nothing is set: every second, 30 seconds an export, [`DEFAULT_QUEUE_BYTES`].
    pub fn for_logs() -> Self {
        Self::of(&LOGS)
    }

    fn of(kind: &Kind) -> Self {
        Self {
            schedule_delay: kind.schedule_delay,
            export_timeout: Some(kind.export_timeout),
            queue: QueueBound::Bytes(DEFAULT_QUEUE_BYTES),
            export_batch_items_max: None,
        }
    }
}

/// How much may wait for export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueBound {
    /// So much memory.
    Bytes(usize),
    /// So many spans or log records.
    Items(usize),
}

impl fmt::Display for QueueBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(max) => write!(f, "{max} bytes"),
            Self::Items(max) => write!(f, "{max} items"),
        }
    }
}

/// How batching is configured in code. What is not set here is read from the environment: `OTEL_BSP_…` for spans,
/// `OTEL_BLRP_…` for log records.
///
/// ```
/// use std::time::Duration;
/// use pilotlight_sdk::config::Batching;
///
/// let batching = Batching::new().schedule_delay(Duration::from_secs(1)).queue_bytes_max(64 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Batching {
    schedule_delay: Option<Duration>,
    export_timeout: Option<Option<Duration>>,
    queue: Option<QueueBound>,
    export_batch_items_max: Option<usize>,
}

impl Batching {
    /// Nothing set: everything comes from the environment or is a default.
    pub fn new() -> Self {
        Self::default()
    }

    /// The longest that telemetry waits before it is exported. Default 5 seconds for spans, 1 second for log records.
    /// `OTEL_BSP_SCHEDULE_DELAY` or `OTEL_BLRP_SCHEDULE_DELAY`, in milliseconds; what is no whole number is warned about
    /// and counts as unset. Zero counts as one millisecond, more than 24 days as 24 days.
    #[must_use]
    pub fn schedule_delay(mut self, delay: Duration) -> Self {
        self.schedule_delay = Some(parse::bounded(delay));
        self
    }

    /// The longest an export may take with all its attempts; zero means no limit. Default 30 seconds.
    /// `OTEL_BSP_EXPORT_TIMEOUT` or `OTEL_BLRP_EXPORT_TIMEOUT`, in milliseconds; what is no whole number is warned about
    /// and counts as unset.
    #[must_use]
    pub fn export_timeout(mut self, timeout: Duration) -> Self {
        self.export_timeout = Some(parse::limit(timeout));
        self
    }

    /// Bounds what may wait by memory, in bytes: the default, with [`DEFAULT_QUEUE_BYTES`]. No variable. Replaces
    /// [`queue_items_max`](Self::queue_items_max). Zero is warned about and counts as unset.
    #[must_use]
    pub fn queue_bytes_max(mut self, bytes: usize) -> Self {
        self.queue = Some(QueueBound::Bytes(bytes));
        self
    }

    /// Bounds what may wait by number, as the specification does. Replaces
    /// [`queue_bytes_max`](Self::queue_bytes_max). `OTEL_BSP_MAX_QUEUE_SIZE` or `OTEL_BLRP_MAX_QUEUE_SIZE`; what is no
    /// whole number above zero is warned about and counts as unset.
    #[must_use]
    pub fn queue_items_max(mut self, items: usize) -> Self {
        self.queue = Some(QueueBound::Items(items));
        self
    }

    /// The most items in one request. Default: as many as fit its size. `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` or
    /// `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`; what is no whole number above zero is warned about and counts as unset. More
    /// than the queue may hold is warned about and lowered.
    #[must_use]
    pub fn export_batch_items_max(mut self, items: usize) -> Self {
        self.export_batch_items_max = Some(items);
        self
    }
}

/// What differs between the signals that are batched.
pub(crate) struct Kind {
    /// `BSP` or `BLRP`, as in `OTEL_BSP_SCHEDULE_DELAY`.
    prefix: &'static str,
    schedule_delay: Duration,
    export_timeout: Duration,
}

/// Spans.
pub(crate) const SPANS: Kind = Kind {
    prefix: "BSP",
    schedule_delay: Duration::from_millis(5_000),
    export_timeout: Duration::from_millis(30_000),
};

/// Log records.
pub(crate) const LOGS: Kind = Kind {
    prefix: "BLRP",
    schedule_delay: Duration::from_millis(1_000),
    export_timeout: Duration::from_millis(30_000),
};

impl Batching {
    pub(crate) fn resolve(self, chain: &mut Chain<'_>, kind: &Kind) -> BatchSettings {
        let name = |setting: &str| format!("OTEL_{}_{setting}", kind.prefix);
        let schedule_delay = chain
            .setting()
            .code(self.schedule_delay)
            .variable(&name("SCHEDULE_DELAY"), parse::duration)
            .or(kind.schedule_delay);
        let export_timeout = chain
            .setting()
            .code(self.export_timeout)
            .variable(&name("EXPORT_TIMEOUT"), parse::timeout)
            .or(Some(kind.export_timeout));
        let queue = chain
            .setting()
            .checked("Batching::queue_bytes_max or queue_items_max", self.queue, checked_bound)
            .variable(&name("MAX_QUEUE_SIZE"), |text, problems| {
                parse::positive(text, problems).map(QueueBound::Items)
            })
            .or(QueueBound::Bytes(DEFAULT_QUEUE_BYTES));
        BatchSettings {
            schedule_delay: schedule_delay.max(SCHEDULE_DELAY_MIN),
            export_timeout,
            queue,
            export_batch_items_max: self.resolve_batch_items(chain, &name("MAX_EXPORT_BATCH_SIZE"), queue),
        }
    }

    /// A batch cannot be larger than the queue it is taken from.
    fn resolve_batch_items(self, chain: &mut Chain<'_>, variable: &str, queue: QueueBound) -> Option<usize> {
        let items = chain
            .setting()
            .checked("Batching::export_batch_items_max", self.export_batch_items_max, parse::at_least_one)
            .variable(variable, parse::positive)
            .optional()?;
        match queue {
            QueueBound::Items(bound) if items > bound => {
                let problem = format!("is more than the queue may hold ({bound})");
                chain.warn(Warning::new(
                    variable,
                    Some(items.to_string()),
                    problem,
                    format!("using {bound}"),
                ));
                Some(bound)
            }
            QueueBound::Items(_) | QueueBound::Bytes(_) => Some(items),
        }
    }
}

fn checked_bound(bound: QueueBound, problems: &mut Problems) -> Option<QueueBound> {
    let (QueueBound::Bytes(size) | QueueBound::Items(size)) = bound;
    parse::at_least_one(size, problems).map(|_| bound)
}

impl Show for QueueBound {
    fn show(&self) -> String {
        match self {
            Self::Bytes(bytes) => format!("{bytes} bytes"),
            Self::Items(items) => format!("{items} items"),
        }
    }
}
