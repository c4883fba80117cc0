//! What cannot be shown: counted each time, said once.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::diagnostics;

/// How many different messages are said; later ones are only counted.
const MESSAGES_MAX: usize = 100;

/// What a [`PrometheusServer`](super::PrometheusServer) counts. Clones share the counters.
///
/// All are sums since the server was bound, relaxed: nothing is synchronised by them.
#[derive(Clone, Debug, Default)]
pub struct PrometheusCounts(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    scrapes: AtomicU64,
    failed_scrapes: AtomicU64,
    dropped_series: AtomicU64,
    refused_connections: AtomicU64,
}

impl PrometheusCounts {
    /// Pages that were made for a scraper.
    pub fn scrapes(&self) -> u64 {
        self.0.scrapes.load(Ordering::Relaxed)
    }

    /// Scrapes that were answered with 503, because the metrics could not be collected, or not at all, because collecting them
    /// panicked.
    pub fn failed_scrapes(&self) -> u64 {
        self.0.failed_scrapes.load(Ordering::Relaxed)
    }

    /// Series that were left out of a page, once for each page: of a metric whose name another type has, with the labels of
    /// another series, with delta temporality, or with a value that no counter can have.
    pub fn dropped_series(&self) -> u64 {
        self.0.dropped_series.load(Ordering::Relaxed)
    }

    /// Connections that were closed at once, because as many as the server holds were open.
    pub fn refused_connections(&self) -> u64 {
        self.0.refused_connections.load(Ordering::Relaxed)
    }

    pub(super) fn count_scrape(&self) {
        self.0.scrapes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_failed_scrape(&self) {
        self.0.failed_scrapes.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers how many there were before.
    pub(super) fn count_refused_connection(&self) -> u64 {
        self.0.refused_connections.fetch_add(1, Ordering::Relaxed)
    }
}

/// Why something of a metric is not on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Trouble {
    NameTaken,
    HelpDiffers,
    SameLabels,
    NotCumulative,
    NotACounter,
}

/// Remembers what was said.
#[derive(Debug)]
pub(super) struct Troubles {
    counts: PrometheusCounts,
    said: HashSet<(Trouble, String)>,
}

impl Troubles {
    pub(super) fn new(counts: PrometheusCounts) -> Self {
        Self { counts, said: HashSet::new() }
    }

    /// Counts `series` that were dropped of the metric that would be shown as `name`, and says why, once for each metric.
    pub(super) fn note(&mut self, trouble: Trouble, name: &str, series: u64) {
        self.counts.0.dropped_series.fetch_add(series, Ordering::Relaxed);
        let key = (trouble, name.to_owned());
        if self.said.len() < MESSAGES_MAX && self.said.insert(key) {
            diagnostics::warn(format_args!("on the page for Prometheus, {name}: {trouble}"));
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameTaken => {
                "another metric of another type has this name, or one derived from it; this one is left out. Rename one of \
                 them, with a view if it is not yours"
            }
            Self::HelpDiffers => {
                "several metrics share this name and describe it differently; the first description is shown. Give them the \
                 same one"
            }
            Self::SameLabels => {
                "several series have the same labels once their keys are translated; the first is shown. Rename an \
                 attribute, or keep the labels of scopes switched on"
            }
            Self::NotCumulative => {
                "it is no total since the start, which is all that Prometheus understands; it is left out. Give the reader \
                 cumulative temporality"
            }
            Self::NotACounter => {
                "a counter's value is negative or not a number; that series is left out. Use an up-down counter or a gauge \
                 for what can fall"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_counted_each_time_and_messages_are_bounded() {
        let counts = PrometheusCounts::default();
        let mut troubles = Troubles::new(counts.clone());
        for i in 0..2 * MESSAGES_MAX {
            troubles.note(Trouble::SameLabels, &format!("m{i}"), 2);
        }
        assert_eq!(counts.dropped_series(), 400);
        assert_eq!(troubles.said.len(), MESSAGES_MAX);
    }
}
