//! Operations, counted segment by segment.

use super::{COUNTS, Operation, OperationList};
use crate::query::axis::Axis;
use crate::query::filter::Filter;
use crate::query::sketch::Sketch;
use crate::query::{SpanKind, SpanStatus, ids};
use crate::store::metrics::distinct::Distinct;
use crate::store::window::segment::Segment;
use crate::store::window::symbols::Symbol;
use crate::store::window::{SegmentRef, TimeRange};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// Operations that are counted. A service has some hundred; where each request has a name of its own, the others are left out.
const COUNTED_MAX: usize = 5_000;
/// Operations in a list.
const LISTED_MAX: usize = 1_000;
/// Starts that an axis is concluded from.
const SAMPLE: usize = 50_000;

/// When spans begin, of some of them when there are very many.
pub(in crate::query) fn some_starts(segments: &[SegmentRef], range: TimeRange) -> Vec<u64> {
    let total: usize = segments.iter().map(|segment| segment.read().spans.len()).sum();
    let every = (total / SAMPLE).max(1);
    let mut starts = Vec::with_capacity(total / every + segments.len());
    for segment in segments {
        let segment = segment.read();
        starts.extend(segment.spans.start.iter().step_by(every).filter(|start| range.holds(**start)));
    }
    starts
}

/// Operations with what they did.
pub(super) struct Tallies {
    axis: Axis,
    /// By service, name and kind: the position in `all`.
    positions: HashMap<(String, String, SpanKind), u32, RandomState>,
    all: Vec<Tally>,
    /// Those beyond [`COUNTED_MAX`].
    beyond: Distinct,
    hasher: RandomState,
}

struct Tally {
    errors: u64,
    sketch: Sketch,
    counts: [u32; COUNTS],
    slowest: (u64, u128),
}

/// A segment's operation that is beyond the bound.
const BEYOND: u32 = u32::MAX;

impl Tallies {
    pub(super) fn new(axis: Axis) -> Self {
        Self {
            axis,
            positions: HashMap::default(),
            all: Vec::new(),
            beyond: Distinct::default(),
            hasher: RandomState::default(),
        }
    }

    /// Adds the spans of a segment that are meant. Names are only looked at once for each that the segment has.
    pub(super) fn add(&mut self, segment: &Segment, filter: &Filter, range: TimeRange) {
        let mut known: HashMap<(u32, Symbol, SpanKind), u32, RandomState> = HashMap::default();
        let spans = &segment.spans;
        for row in filter.spans(segment, range).iter() {
            let at = row as usize;
            let kind = spans.kind[at];
            if matches!(kind, SpanKind::Internal | SpanKind::Unspecified) && spans.parent[at] != 0 {
                continue;
            }
            let key = (spans.resource[at], spans.name[at], kind);
            let position = *known.entry(key).or_insert_with(|| self.position(segment, key));
            let Some(tally) = self.all.get_mut(position as usize) else {
                continue;
            };
            let duration = spans.duration(row);
            tally.sketch.add(duration);
            tally.errors += u64::from(spans.status[at] == SpanStatus::Error);
            tally.counts[self.axis.step(spans.start[at])] += 1;
            if duration >= tally.slowest.0 {
                tally.slowest = (duration, segment.trace_id(spans.trace[at]));
            }
        }
    }

    fn position(&mut self, segment: &Segment, (resource, name, kind): (u32, Symbol, SpanKind)) -> u32 {
        let key = (segment.service(resource).to_owned(), segment.text(name).to_owned(), kind);
        if let Some(position) = self.positions.get(&key) {
            return *position;
        }
        if self.all.len() == COUNTED_MAX {
            self.beyond.add(self.hasher.hash_one(&key));
            return BEYOND;
        }
        let position = self.all.len() as u32;
        self.all.push(Tally { errors: 0, sketch: Sketch::default(), counts: [0; COUNTS], slowest: (0, 0) });
        self.positions.insert(key, position);
        position
    }

    /// The most errors first, then the slowest.
    pub(super) fn into_list(self, complete: bool) -> OperationList {
        let Self { axis, positions, all, beyond, .. } = self;
        let (from_ms, to_ms) = (axis.edge_ms(0), axis.edge_ms(axis.steps()));
        // Of a moment, nobody knows a rate: it is taken for a second.
        let seconds = ((to_ms - from_ms) / 1e3).max(1.0);
        let mut operations: Vec<Operation> = positions
            .into_iter()
            .filter_map(|((service, name, kind), position)| {
                let tally = all.get(position as usize)?;
                Some(tally.finish(service, name, kind, seconds))
            })
            .collect();
        operations.sort_by(|a, b| {
            let by_size = b.errors.cmp(&a.errors).then(b.p95_ms.total_cmp(&a.p95_ms));
            by_size.then_with(|| (&a.service, &a.name, a.kind).cmp(&(&b.service, &b.name, b.kind)))
        });
        let left_out = beyond.count() + operations.len().saturating_sub(LISTED_MAX) as u64;
        operations.truncate(LISTED_MAX);
        OperationList { operations, from_ms, to_ms, complete, left_out }
    }
}

impl Tally {
    fn finish(&self, service: String, name: String, kind: SpanKind, seconds: f64) -> Operation {
        let quantile = |quantile| self.sketch.quantile_ms(quantile).unwrap_or_default();
        Operation {
            service,
            name,
            kind,
            count: self.sketch.count(),
            rate: self.sketch.count() as f64 / seconds,
            errors: self.errors,
            p50_ms: quantile(0.5),
            p95_ms: quantile(0.95),
            p99_ms: quantile(0.99),
            max_ms: self.sketch.max_ms(),
            counts: self.counts.to_vec(),
            slowest_trace_id: ids::trace_text(self.slowest.1).unwrap_or_default(),
        }
    }
}
