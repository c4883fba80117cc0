//! All there is of one trace, out of the segments that hold it.

use super::{EventMark, SpanKind, SpanStatus};
use crate::query::LogRow;
use crate::store::Store;
use crate::store::older::OlderOfTrace;
use crate::store::window::segment::Segment;
use crate::store::window::{NONE, SegmentRef};
use std::collections::{HashMap, HashSet};

/// A span of the trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Node {
    pub(super) id: u64,
    /// 0 for a root.
    pub(super) parent: u64,
    pub(super) start: u64,
    /// As it was sent: possibly before the start.
    pub(super) end: u64,
    pub(super) name: String,
    /// A position in the list of services.
    pub(super) service: u32,
    pub(super) kind: SpanKind,
    pub(super) status: SpanStatus,
    pub(super) status_message: Option<String>,
    /// Their times are absolute, still.
    pub(super) events: Vec<(u64, EventMark)>,
    pub(super) links: u32,
    pub(super) linked_from: u32,
}

impl Node {
    /// When it ends, or when it begins where that is later.
    pub(super) fn end(&self) -> u64 {
        self.end.max(self.start)
    }
}

/// A trace's spans and log records.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// In the order in which they came, at most the number that was asked for: the earliest.
    pub(super) nodes: Vec<Node>,
    pub(super) services: Vec<String>,
    /// By time, at most the number that was asked for: the earliest.
    pub(super) logs: Vec<(u64, LogRow)>,
    pub(super) spans_left_out: u64,
    pub(super) logs_left_out: u64,
    numbers: HashMap<String, u32>,
}

/// The parts of a trace, and how much was not even read.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Oldest first: what only the file has, and then those of the window.
    pub(super) segments: Vec<SegmentRef>,
    /// Spans of the file that were not read, at least.
    spans_left_out: u64,
    /// Log records of the file that were not read.
    logs_left_out: u64,
}

/// The segments that hold parts of a trace.
pub(super) fn parts(store: &Store, id: u128, spans_max: usize) -> Parts {
    let holds = |segment: &SegmentRef| segment.read().traces.find(id).is_some();
    let of_window: Vec<SegmentRef> = store.window().all().into_iter().filter(holds).collect();
    let held = chunks(&of_window, id);
    let OlderOfTrace { segment, spans_left_out, logs_left_out } = store.older_of_trace(id, &held, spans_max);
    Parts { segments: segment.into_iter().chain(of_window).collect(), spans_left_out, logs_left_out }
}

/// The requests that segments have something of a trace from.
fn chunks(segments: &[SegmentRef], id: u128) -> HashSet<u64> {
    let mut all = HashSet::new();
    for segment in segments {
        let segment = segment.read();
        let Some(part) = segment.traces.find(id) else { continue };
        let of_spans = segment.spans_of_trace(part).map(|row| segment.spans.chunk.get(row as usize));
        let of_logs = segment.logs_of_trace(part).map(|row| segment.logs.chunk.get(row as usize));
        let positions: HashSet<u32> = of_spans.chain(of_logs).flatten().copied().collect();
        all.extend(
            positions.into_iter().filter_map(|position| segment.chunk(position)).map(|chunk| chunk.id),
        );
    }
    all
}

/// All of a trace, within bounds; none when there is nothing of it.
pub(super) fn gather(parts: &Parts, id: u128, spans_max: usize, logs_max: usize) -> Option<Gathered> {
    let mut gathered = Gathered {
        spans_left_out: parts.spans_left_out,
        logs_left_out: parts.logs_left_out,
        ..Gathered::default()
    };
    for (span_rows, log_rows, segment) in earliest(&parts.segments, id, spans_max, logs_max, &mut gathered) {
        let segment = segment.read();
        for row in span_rows {
            let node = gathered.node(&segment, row);
            gathered.nodes.extend(node);
        }
        for row in log_rows {
            let time = segment.logs.time.get(row as usize).copied();
            gathered.logs.extend(time.zip(LogRow::of(&segment, row)));
        }
    }
    gathered.logs.sort_by_key(|(time, _)| *time);
    (!gathered.nodes.is_empty() || !gathered.logs.is_empty()).then_some(gathered)
}

type Rows<'a> = (Vec<u32>, Vec<u32>, &'a SegmentRef);

/// The rows of the earliest spans and records, by segment, in the order in which they came. Of a trace of a million spans nothing but
/// numbers is held of those that are left out.
fn earliest<'a>(
    segments: &'a [SegmentRef],
    id: u128,
    spans_max: usize,
    logs_max: usize,
    counts: &mut Gathered,
) -> Vec<Rows<'a>> {
    let mut spans = Vec::new();
    let mut logs = Vec::new();
    for (position, segment) in segments.iter().enumerate() {
        let segment = segment.read();
        let Some(part) = segment.traces.find(id) else { continue };
        let time = |column: &[u64], row: u32| column.get(row as usize).copied().unwrap_or(u64::MAX);
        spans
            .extend(segment.spans_of_trace(part).map(|row| (time(&segment.spans.start, row), position, row)));
        logs.extend(segment.logs_of_trace(part).map(|row| (time(&segment.logs.time, row), position, row)));
    }
    counts.spans_left_out += keep_earliest(&mut spans, spans_max);
    counts.logs_left_out += keep_earliest(&mut logs, logs_max);
    let of = |all: &[(u64, usize, u32)], position: usize| {
        let start = all.partition_point(|(_, segment, _)| *segment < position);
        let end = all.partition_point(|(_, segment, _)| *segment <= position);
        all.get(start..end).unwrap_or_default().iter().map(|(_, _, row)| *row).collect()
    };
    segments
        .iter()
        .enumerate()
        .map(|(position, segment)| (of(&spans, position), of(&logs, position), segment))
        .collect()
}

/// How many were left out. What is kept is in the order in which it came.
fn keep_earliest(all: &mut Vec<(u64, usize, u32)>, max: usize) -> u64 {
    let left_out = all.len().saturating_sub(max);
    if left_out > 0 && max > 0 {
        all.select_nth_unstable(max - 1);
        all.truncate(max);
    }
    all.sort_unstable_by_key(|(_, segment, row)| (*segment, *row));
    left_out as u64
}

impl Gathered {
    fn node(&mut self, segment: &Segment, row: u32) -> Option<Node> {
        let spans = &segment.spans;
        let at = row as usize;
        let message = segment.text(spans.status_message(row));
        let mark = |event: &crate::store::window::spans::Event| {
            let name = segment.text(event.name).to_owned();
            (event.time, EventMark { name, offset_ns: 0, exception: event.exception })
        };
        Some(Node {
            id: *spans.id.get(at)?,
            parent: *spans.parent.get(at)?,
            start: *spans.start.get(at)?,
            end: *spans.end.get(at)?,
            name: segment.text(*spans.name.get(at)?).to_owned(),
            service: self.service(segment.service(*spans.resource.get(at)?)),
            kind: *spans.kind.get(at)?,
            status: *spans.status.get(at)?,
            status_message: (!message.is_empty()).then(|| message.to_owned()),
            events: spans.events_of(row).iter().map(mark).collect(),
            links: u32::try_from(spans.links_of(row).len()).unwrap_or(NONE),
            linked_from: 0,
        })
    }

    fn service(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.services.len()).unwrap_or(NONE);
        self.services.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// How many links in memory lead to each span of a trace.
pub(super) fn links_to(all: &[SegmentRef], id: u128) -> HashMap<u64, u32> {
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for segment in all {
        for link in segment.read().spans.links.iter().filter(|link| link.trace == id) {
            let count = counts.entry(link.id).or_default();
            *count = count.saturating_add(1);
        }
    }
    counts
}
