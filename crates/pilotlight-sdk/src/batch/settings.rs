//! Stub until merged with config.
use std::time::Duration;

/// Bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueBound {
    /// Bytes.
    Bytes(usize),
    /// Items.
    Items(usize),
}

/// Settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSettings {
    /// Delay.
    pub schedule_delay: Duration,
    /// Timeout.
    pub export_timeout: Option<Duration>,
    /// Bound.
    pub queue: QueueBound,
    /// Max.
    pub export_batch_items_max: Option<usize>,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self {
            schedule_delay: Duration::from_secs(5),
            export_timeout: Some(Duration::from_secs(30)),
            queue: QueueBound::Bytes(16 << 20),
            export_batch_items_max: None,
        }
    }
}
impl std::fmt::Display for QueueBound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(max) => write!(f, "{max} bytes"),
            Self::Items(max) => write!(f, "{max} items"),
        }
    }
}
