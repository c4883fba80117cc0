//! The traces that a question means, by scanning segments: a line of numbers for each, names come later and for few.

use super::{TraceSort, TracesQuestion};
use crate::query::QuestionError;
use crate::query::filter::Filter;
use crate::store::window::segment::Segment;
use crate::store::window::traces::TracePart;
use crate::store::window::{SegmentRef, TimeRange};
use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;

/// A trace that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// When its earliest span begins.
    pub(super) start: u64,
    /// When its latest span ends.
    pub(super) end: u64,
    /// How many spans are here.
    pub(super) spans: u32,
    /// How many of them are errors.
    pub(super) errors: u32,
    /// A segment that holds it, as a position in the list.
    pub(super) segment: u32,
    /// Its part in that segment.
    pub(super) part: u32,
    /// Other segments hold parts as well.
    pub(super) shared: bool,
}

/// What is asked of traces as a whole.
#[derive(Debug)]
pub(super) struct Demand {
    filter: Filter,
    range: TimeRange,
    errors: bool,
    duration: RangeInclusive<u64>,
}

impl Demand {
    pub(super) fn of(question: &TracesQuestion) -> Result<Self, QuestionError> {
        let least = question.duration_ms_min.map_or(0, nanoseconds);
        let most = question.duration_ms_max.map_or(u64::MAX, nanoseconds);
        Ok(Self {
            filter: Filter::parse(&question.filter)?,
            range: TimeRange::of(question.from_ms, question.to_ms)?,
            errors: question.errors,
            duration: least..=most,
        })
    }

    /// The range of starts of spans that are meant.
    pub(super) fn range(&self) -> TimeRange {
        self.range
    }

    /// The traces that have at least one span that is meant, each once, with all that is known of it. `all` are the segments that may
    /// hold other parts.
    pub(super) fn find(&self, segments: &[SegmentRef], all: &[SegmentRef]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut shared = HashMap::new();
        for (position, segment) in (0..).zip(segments) {
            let segment = segment.read();
            for (number, part) in self.parts(&segment) {
                if part.is_shared() {
                    // The first part stands for all of them.
                    match shared.entry(part.id) {
                        Entry::Occupied(_) => continue,
                        Entry::Vacant(new) => new.insert(found.len()),
                    };
                }
                found.push(Found::of(part, position, number));
            }
        }
        if !shared.is_empty() {
            complete(&mut found, &shared, segments, all);
        }
        found.retain(|trace| (!self.errors || trace.errors > 0) && self.duration.contains(&trace.duration()));
        found
    }

    /// The parts with at least one span that is meant, with their positions.
    fn parts<'a>(&self, segment: &'a Segment) -> impl Iterator<Item = (u32, &'a TracePart)> {
        let everything =
            self.filter.is_empty() && self.range.from <= segment.from && segment.last <= self.range.last;
        let meant = (!everything).then(|| {
            let mut meant = vec![false; segment.traces.all().len()];
            for row in self.filter.spans(segment, self.range).iter() {
                let trace = segment.spans.trace.get(row as usize).map_or(usize::MAX, |trace| *trace as usize);
                if let Some(is) = meant.get_mut(trace) {
                    *is = true;
                }
            }
            meant
        });
        let is_meant = move |number: u32| {
            meant.as_ref().is_none_or(|meant| meant.get(number as usize).copied().unwrap_or(false))
        };
        (0..).zip(segment.traces.all()).filter(move |(number, part)| part.spans > 0 && is_meant(*number))
    }
}

impl Found {
    fn of(part: &TracePart, segment: u32, number: u32) -> Self {
        Self {
            start: part.start,
            end: part.end,
            spans: part.spans,
            errors: part.errors,
            segment,
            part: number,
            shared: part.is_shared(),
        }
    }

    /// From its earliest start to its latest end.
    pub(super) fn duration(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    fn compare(&self, other: &Self, sort: TraceSort) -> Ordering {
        let newest = |trace: &Self| (Reverse(trace.start), trace.segment, trace.part);
        let first = match sort {
            TraceSort::ErrorsFirst => (other.errors > 0).cmp(&(self.errors > 0)),
            TraceSort::Newest => Ordering::Equal,
            TraceSort::Slowest => other.duration().cmp(&self.duration()),
            TraceSort::MostSpans => other.spans.cmp(&self.spans),
        };
        first.then_with(|| newest(self).cmp(&newest(other)))
    }
}

/// The first so many in an order, behind so many others. The rest is not sorted: of a million traces fifty are looked at.
pub(super) fn first(mut found: Vec<Found>, sort: TraceSort, offset: usize, limit: usize) -> Vec<Found> {
    let end = offset.saturating_add(limit).min(found.len());
    if end < found.len() {
        found.select_nth_unstable_by(end, |a, b| a.compare(b, sort));
        found.truncate(end);
    }
    found.sort_unstable_by(|a, b| a.compare(b, sort));
    found.drain(..offset.min(end));
    found
}

/// Counts in what other segments hold of traces that are found: also of those that have nothing in the range.
fn complete(found: &mut [Found], shared: &HashMap<u128, usize>, segments: &[SegmentRef], all: &[SegmentRef]) {
    for at in shared.values() {
        if let Some(trace) = found.get_mut(*at) {
            *trace = Found { start: u64::MAX, end: 0, spans: 0, errors: 0, ..*trace };
        }
    }
    let others = all.iter().filter(|other| !segments.iter().any(|segment| segment.is(other)));
    for segment in segments.iter().chain(others) {
        let segment = segment.read();
        for part in segment.traces.all().iter().filter(|part| part.is_shared() && part.spans > 0) {
            let Some(trace) = shared.get(&part.id).and_then(|at| found.get_mut(*at)) else { continue };
            trace.start = trace.start.min(part.start);
            trace.end = trace.end.max(part.end);
            trace.spans = trace.spans.saturating_add(part.spans);
            trace.errors = trace.errors.saturating_add(part.errors);
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, and NaN is 0.
fn nanoseconds(milliseconds: f64) -> u64 {
    (milliseconds * 1e6) as u64
}
