//! Everything that is known about one exporter's work.

use std::sync::Arc;

use crate::transport::Signal;

use super::component::Component;
use super::counters::Counters;
use super::stopwatch::Stopwatch;

/// One exporter's work, as its report and its metrics tell it. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) signal: Signal,
    pub(crate) component: Arc<Component>,
    pub(crate) counters: Arc<Counters>,
    /// How long exports took.
    pub(crate) operations: Arc<Stopwatch>,
}

impl Account {
    pub(crate) fn new(signal: Signal, component: Arc<Component>) -> Self {
        Self { signal, component, counters: Arc::default(), operations: Arc::default() }
    }
}
