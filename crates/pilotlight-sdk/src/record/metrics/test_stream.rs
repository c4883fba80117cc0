//! A stream by itself, for tests of what happens inside.

use std::sync::Arc;

use opentelemetry::InstrumentationScope;

use crate::config::ExemplarFilter;
use crate::record::clock::Clock;
use crate::record::{ScopeTable, Temporality};

use super::cell::Aggregator;
use super::exemplar::{ExemplarSettings, ReservoirKind};
use super::stream::{Stream, StreamDescriptor, StreamSettings};

/// At most `limit` series, no exemplars, and a clock that stands still.
pub(super) fn stream(aggregator: Aggregator, limit: usize, temporality: Temporality) -> Arc<Stream> {
    let clock = Clock::manual(std::time::UNIX_EPOCH);
    let descriptor = StreamDescriptor {
        scope: ScopeTable::default().intern(InstrumentationScope::default()).id,
        name: "measured".into(),
        unit: String::new(),
        is_monotonic: true,
        is_redescribed: false,
    };
    let (filter, kind) = (ExemplarFilter::AlwaysOff, ReservoirKind::Fixed(1));
    let exemplars = ExemplarSettings { filter, kind, clock: clock.clone() };
    let settings = StreamSettings { aggregator, filter: None, cardinality_limit: limit, exemplars };
    Arc::new(Stream::new(descriptor, String::new(), settings, clock, temporality))
}
