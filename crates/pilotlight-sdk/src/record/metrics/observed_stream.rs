//! A stream whose values are observed by callbacks when a reader asks, rather than measured when something happens.
//!
//! Specification: "Asynchronous instrument", <https://opentelemetry.io/docs/specs/otel/metrics/api/#asynchronous-instrument-api>.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashTable;
use opentelemetry::KeyValue;

use crate::encode::attribute::write_distinct;
use crate::encode::field;
use crate::record::Temporality;
use crate::record::clock::UnixNanos;
use crate::sync::{Mutex, lock};

use super::attributes::{AttributeFilter, AttributeSet, Measured};
use super::collection::Point;
use super::number::NumberType;
use super::series::{OVERFLOW, warn_of_overflow};
use super::stream::StreamDescriptor;
use super::totals::{LastValue, Sum, Totals};

/// What callbacks observe of one instrument, for one reader.
#[derive(Debug)]
pub(crate) struct ObservedStream {
    pub(crate) descriptor: StreamDescriptor,
    /// Held to compare or copy it.
    pub(crate) description: Mutex<String>,
    pub(crate) number: NumberType,
    /// Observations of one attribute set are added up, or the last one counts.
    pub(crate) is_sum: bool,
    pub(crate) temporality: Temporality,
    filter: Option<AttributeFilter>,
    cardinality_limit: usize,
    /// Observations that the overflow series took in.
    pub(crate) overflowed: AtomicU64,
    /// Held to note an observation, and by the reader.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The collection that observations are for; `None` between collections.
    open: Option<u64>,
    observed: HashTable<Observed>,
    /// As the last collection found it.
    previous: HashTable<Observed>,
    /// When the last collection was made, or the instrument.
    last: UnixNanos,
    overflow: AttributeSet,
}

#[derive(Debug)]
struct Observed {
    hash: u64,
    attributes: AttributeSet,
    encoded: Vec<u8>,
    start: UnixNanos,
    value: u64,
    /// The collection it was observed in.
    time: UnixNanos,
}

/// How a stream keeps what is observed.
#[derive(Debug)]
pub(crate) struct ObservedSettings {
    pub(crate) number: NumberType,
    pub(crate) is_sum: bool,
    pub(crate) temporality: Temporality,
    pub(crate) filter: Option<AttributeFilter>,
    pub(crate) cardinality_limit: usize,
}

impl ObservedStream {
    pub(crate) fn new(
        descriptor: StreamDescriptor,
        description: String,
        settings: ObservedSettings,
        now: UnixNanos,
    ) -> Self {
        let ObservedSettings { number, is_sum, temporality, filter, cardinality_limit } = settings;
        let state = State {
            open: None,
            observed: HashTable::new(),
            previous: HashTable::new(),
            last: now,
            overflow: [KeyValue::new(OVERFLOW, true)].into(),
        };
        Self {
            descriptor,
            description: Mutex::new(description),
            number,
            is_sum,
            temporality,
            filter,
            cardinality_limit: cardinality_limit.max(2),
            overflowed: AtomicU64::new(0),
            state: Mutex::new(state),
        }
    }

    /// Lets observations of collection `cycle` in, and no others.
    pub(crate) fn open(&self, cycle: u64) {
        let mut state = lock(&self.state);
        state.open = Some(cycle);
        state.observed.clear();
    }

    /// Notes an observation. Answers whether it came in time.
    pub(crate) fn observe(&self, cycle: u64, value: u64, attributes: &[KeyValue]) -> bool {
        let measured = Measured::new(attributes, self.filter.as_ref());
        let set = measured.to_set();
        let overflows = {
            let mut state = lock(&self.state);
            if state.open != Some(cycle) {
                return false;
            }
            state.note(self, value, set)
        };
        if overflows && self.overflowed.fetch_add(1, Ordering::Relaxed) == 0 {
            warn_of_overflow(&self.descriptor.name, self.cardinality_limit);
        }
        true
    }

    /// Closes the collection and shows `sink` what was observed.
    ///
    /// A series that was not observed is over, and begins anew should it come back. Not so when callbacks were late or
    /// panicked (`all_observed` is false): then nobody knows, and taking a total for new would report all of it once
    /// more as a change.
    pub(crate) fn collect(&self, now: UnixNanos, all_observed: bool, sink: &mut dyn FnMut(Point<'_>)) {
        let mut state = lock(&self.state);
        state.open = None;
        let since = std::mem::replace(&mut state.last, now);
        let State { observed, previous, .. } = &mut *state;
        for series in observed.iter_mut() {
            let set = Measured::new(&series.attributes, None);
            let before = previous.find(series.hash, |before| set.is(&before.attributes));
            // A total that only grows and is smaller than before has begun anew, at zero.
            let before = before.filter(|before| !self.descriptor.is_monotonic || !self.fell(before, series));
            series.start = before.map_or(since, |before| before.start);
            series.time = now;
            let (start, value) = match self.temporality {
                Temporality::Delta if self.is_sum => {
                    let (time, before) = before.map_or((since, 0), |before| (before.time, before.value));
                    (time, self.number.subtract(series.value, before))
                }
                Temporality::Cumulative | Temporality::Delta => (series.start, series.value),
            };
            let totals = self.totals(value, now);
            sink(Point { attributes: &series.encoded, start, time: now, totals: &totals, exemplars: &[] });
        }
        std::mem::swap(observed, previous);
        if !all_observed {
            keep_missing(previous, observed, self.cardinality_limit);
        }
        observed.clear();
    }

    fn fell(&self, before: &Observed, now: &Observed) -> bool {
        self.is_sum && self.number.is_less(now.value, before.value)
    }

    fn totals(&self, value: u64, time: UnixNanos) -> Totals {
        let number = self.number;
        match self.is_sum {
            true => Totals::Sum(Sum { number, sum: value, updates: 1 }),
            false => Totals::LastValue(LastValue { number, value, time, updates: 1 }),
        }
    }
}

/// Moves the series of `earlier` that `latest` has not to it, as long as those are no more than `limit`.
fn keep_missing(latest: &mut HashTable<Observed>, earlier: &mut HashTable<Observed>, limit: usize) {
    for series in earlier.drain() {
        let set = Measured::new(&series.attributes, None);
        let is_missing = latest.find(series.hash, |seen| set.is(&seen.attributes)).is_none();
        if is_missing && latest.len() < limit {
            latest.insert_unique(series.hash, series, |series| series.hash);
        }
    }
}

impl State {
    /// Answers whether there were too many attribute sets.
    fn note(&mut self, stream: &ObservedStream, value: u64, set: AttributeSet) -> bool {
        let room = self.observed.len() + 1 < stream.cardinality_limit;
        if let Some(seen) = self.find(&set) {
            seen.value = if stream.is_sum { stream.number.add(seen.value, value) } else { value };
        } else if room || Arc::ptr_eq(&set, &self.overflow) {
            self.add(value, set);
        } else {
            self.note(stream, value, Arc::clone(&self.overflow));
            return true;
        }
        false
    }

    fn find(&mut self, set: &AttributeSet) -> Option<&mut Observed> {
        let measured = Measured::new(set, None);
        self.observed.find_mut(measured.hash(), |seen| measured.is(&seen.attributes))
    }

    fn add(&mut self, value: u64, attributes: AttributeSet) {
        let hash = Measured::new(&attributes, None).hash();
        let mut encoded = Vec::new();
        write_distinct(&mut encoded, field::number_point::ATTRIBUTES, attributes.iter());
        let observed = Observed { hash, attributes, encoded, start: 0, value, time: 0 };
        self.observed.insert_unique(hash, observed, |observed| observed.hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: u64 = 10;

    fn stream(temporality: Temporality, is_monotonic: bool) -> ObservedStream {
        let descriptor = StreamDescriptor {
            scope: 0,
            name: "observed".into(),
            unit: String::new(),
            is_monotonic,
            is_redescribed: false,
        };
        let settings = ObservedSettings {
            number: NumberType::Signed,
            is_sum: true,
            temporality,
            filter: None,
            cardinality_limit: 3,
        };
        ObservedStream::new(descriptor, String::new(), settings, 0)
    }

    /// Start, end and value of each point of collection `cycle`, in which these series were observed.
    fn collect(stream: &ObservedStream, cycle: u64, observed: &[(i64, i64)]) -> Vec<(u64, u64, i64)> {
        collect_some(stream, cycle, observed, true)
    }

    fn collect_some(
        stream: &ObservedStream,
        cycle: u64,
        observed: &[(i64, i64)],
        all_observed: bool,
    ) -> Vec<(u64, u64, i64)> {
        stream.open(cycle);
        for (series, value) in observed {
            assert!(stream.observe(cycle, *value as u64, &[KeyValue::new("series", *series)]));
        }
        let mut points = Vec::new();
        stream.collect(cycle * INTERVAL, all_observed, &mut |point| {
            let Totals::Sum(sum) = point.totals else { panic!("{:?}", point.totals) };
            points.push((point.start, point.time, sum.sum as i64));
        });
        points.sort_unstable();
        points
    }

    #[test]
    fn only_what_is_observed_during_its_collection_is_taken() {
        let stream = stream(Temporality::Cumulative, true);
        assert!(!stream.observe(1, 1, &[]), "before");
        stream.open(2);
        assert!(!stream.observe(1, 1, &[]), "of an earlier one");
        assert!(stream.observe(2, 5, &[]));
        let mut points = 0;
        stream.collect(INTERVAL, true, &mut |_| points += 1);
        assert!(!stream.observe(2, 1, &[]), "after");
        assert_eq!(points, 1);
        assert_eq!(collect(&stream, 3, &[]), [], "nothing of it is left");
    }

    #[test]
    fn a_collection_that_never_ended_leaves_nothing_to_the_next() {
        let stream = stream(Temporality::Cumulative, true);
        stream.open(1);
        assert!(stream.observe(1, 5, &[KeyValue::new("series", 1)]));
        assert_eq!(collect(&stream, 2, &[(1, 7)]), [(0, 20, 7)]);
    }

    #[test]
    fn a_series_that_was_not_observed_once_begins_anew() {
        let stream = stream(Temporality::Cumulative, true);
        assert_eq!(collect(&stream, 1, &[(1, 5), (2, 6)]), [(0, 10, 5), (0, 10, 6)]);
        assert_eq!(collect(&stream, 2, &[(2, 6)]), [(0, 20, 6)]);
        assert_eq!(collect(&stream, 3, &[(1, 5), (2, 6)]), [(0, 30, 6), (20, 30, 5)]);
    }

    #[test]
    fn a_series_that_a_late_callback_could_not_observe_goes_on() {
        let (totals, changes) = (stream(Temporality::Cumulative, true), stream(Temporality::Delta, true));
        for stream in [&totals, &changes] {
            assert_eq!(collect(stream, 1, &[(1, 5)]), [(0, 10, 5)]);
            assert_eq!(collect_some(stream, 2, &[], false), []);
        }
        assert_eq!(collect(&totals, 3, &[(1, 7)]), [(0, 30, 7)]);
        assert_eq!(collect(&changes, 3, &[(1, 7)]), [(10, 30, 2)], "since it was observed last");
    }

    #[test]
    fn what_late_callbacks_leave_behind_is_bounded_by_the_cardinality_limit() {
        let stream = stream(Temporality::Delta, true);
        for cycle in 1..=10 {
            collect_some(&stream, cycle, &[(cycle as i64, 1)], false);
        }
        assert_eq!(lock(&stream.state).previous.len(), 3);
    }

    #[test]
    fn what_only_grows_and_fell_begins_anew() {
        let stream = stream(Temporality::Delta, true);
        assert_eq!(collect(&stream, 1, &[(1, 5)]), [(0, 10, 5)]);
        assert_eq!(collect(&stream, 2, &[(1, 3)]), [(10, 20, 3)]);
        assert_eq!(collect(&stream, 3, &[(1, 3)]), [(20, 30, 0)]);
    }

    #[test]
    fn what_may_fall_falls() {
        let totals = stream(Temporality::Cumulative, false);
        let changes = stream(Temporality::Delta, false);
        for (cycle, value, change) in [(1, 5, 5), (2, 3, -2), (3, -4, -7)] {
            assert_eq!(collect(&totals, cycle, &[(1, value)]), [(0, cycle * INTERVAL, value)]);
            let start = (cycle - 1) * INTERVAL;
            assert_eq!(collect(&changes, cycle, &[(1, value)]), [(start, cycle * INTERVAL, change)]);
        }
    }

    #[test]
    fn the_overflow_has_changes_of_its_own() {
        let stream = stream(Temporality::Delta, true);
        let all = |by: i64| [(1, by), (2, by), (3, by), (4, by)];
        assert_eq!(collect(&stream, 1, &all(5)), [(0, 10, 5), (0, 10, 5), (0, 10, 10)]);
        assert_eq!(collect(&stream, 2, &all(6)), [(10, 20, 1), (10, 20, 1), (10, 20, 2)]);
        assert_eq!(stream.overflowed.load(Ordering::Relaxed), 4);
    }
}
