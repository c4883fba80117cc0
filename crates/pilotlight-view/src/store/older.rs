//! What is no longer in memory: read from the file for a question that asks for it, as segments like those of the window.

use super::Store;
use super::disk::{Order, Partition, Wish};
use super::window::insert::{Wanted, trace_id};
use super::window::segment::Segment;
use super::window::{self, Addition, SegmentRef, TimeRange};
use crate::query::UnixNano;
use crate::receive::{Data, Signal};
use std::collections::HashSet;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How long a question may read the file. A page waits for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much of the file is read at once at most, in bytes of uncompressed requests.
const BLOCK_BYTES_MAX: u64 = 4 << 20;
/// What part of the memory's bound may be used beside it while a question reads the file. One question at a time does.
const MEMORY_PART: u64 = 4;
/// A part of the rows whose times may be nonsense without moving what the search is said to have reached.
const OUTLIERS: usize = 100;

/// Segments for a question, and how far back they reach.
#[derive(Debug)]
pub(crate) struct Looked {
    /// Oldest first: what was read from the file, and then the window's.
    pub(crate) segments: Vec<SegmentRef>,
    /// Whether that is everything in the range.
    pub(crate) complete: bool,
    /// Where what was looked at begins, when that is not everything.
    pub(crate) searched_back_to: Option<UnixNano>,
}

/// What a trace has in the file that the window does not have.
#[derive(Debug, Default)]
pub(crate) struct OlderOfTrace {
    /// None when there is nothing.
    pub(crate) segment: Option<SegmentRef>,
    /// Spans that are not in the segment. A request for which there was no time counts as one, which is the least that it has.
    pub(crate) spans_left_out: u64,
    /// Log records that are not in the segment, of the requests that were read.
    pub(crate) logs_left_out: u64,
}

impl Store {
    /// The segments that have something in the range. The file is read only when the question names a time (`asked`): who asks for what
    /// there is gets what is live, and is told when there is more.
    pub(crate) fn look(&self, range: TimeRange, asked: bool, signal: Signal) -> Looked {
        let all = self.window().all();
        let held_from = held_from(&all);
        let of_window = self.window().segments(range);
        let in_file = self.disk().partitions().into_iter().any(|partition| {
            let items = if signal == Signal::Traces { partition.spans } else { partition.logs };
            items > 0 && partition.first_chunk < held_from && range.overlaps(partition.from, partition.last)
        });
        if !in_file {
            return Looked { segments: of_window, complete: true, searched_back_to: None };
        }
        if !asked {
            let searched_back_to = all.iter().find_map(begins).or_else(now);
            return Looked { segments: of_window, complete: false, searched_back_to };
        }
        let (mut segments, complete) = self.read_older(range, held_from, signal, &all);
        let reached = segments.first().or(all.first()).and_then(begins).or_else(now);
        segments.extend(of_window);
        Looked { segments, complete, searched_back_to: reached.filter(|_| !complete) }
    }

    /// Requests before this one have spans in the file that are not in these segments, the window's; none when there are no such requests.
    pub(crate) fn only_in_file_before(&self, segments: &[SegmentRef]) -> Option<u64> {
        let held_from = held_from(segments);
        let partitions = self.disk().partitions();
        let older = |partition: &Partition| partition.spans > 0 && partition.first_chunk < held_from;
        partitions.iter().any(older).then_some(held_from)
    }

    /// What a trace has in the file that the window does not have. Once there are more than so many spans, others are counted only.
    pub(crate) fn older_of_trace(
        &self,
        trace_id: u128,
        held: &HashSet<u64>,
        spans_max: usize,
    ) -> OlderOfTrace {
        let held_from = held_from(&self.window().all());
        let mut chunks = self.disk().chunks_of_trace(trace_id);
        chunks.retain(|chunk| *chunk < held_from && !held.contains(chunk));
        let deadline = Instant::now() + PATIENCE;
        let mut older = OlderOfTrace::default();
        let mut segment = Segment::new();
        for (read, id) in (0..).zip(&chunks) {
            if Instant::now() > deadline {
                older.spans_left_out += chunks.len() as u64 - read;
                break;
            }
            let Some(chunk) = self.disk().chunk(*id) else { continue };
            if segment.spans.len() > spans_max {
                older.leave_out(trace_id, &chunk.data);
                continue;
            }
            let addition = Addition { chunk: *id, arrival: "", received: chunk.received, data: &chunk.data };
            window::add(&mut segment, &[], addition, Wanted::Trace(trace_id));
        }
        older.segment = (!segment.is_empty()).then(|| SegmentRef::new(segment));
        older
    }

    fn read_older(
        &self,
        range: TimeRange,
        before: u64,
        signal: Signal,
        window: &[SegmentRef],
    ) -> (Vec<SegmentRef>, bool) {
        let _one_at_a_time = self.reading_older().lock().unwrap_or_else(PoisonError::into_inner);
        let bytes_max = self.options().memory_bytes_max / MEMORY_PART;
        let mut reading = Reading {
            store: self,
            range,
            // Traces are shown with how many log records they have.
            signals: if signal == Signal::Traces { vec![Signal::Traces, Signal::Logs] } else { vec![signal] },
            before,
            known: window.to_vec(),
            read: Vec::new(),
            segment: Segment::new(),
        };
        let deadline = Instant::now() + PATIENCE;
        let mut complete = false;
        while !complete && Instant::now() < deadline && reading.bytes() < bytes_max {
            complete = !reading.step();
        }
        reading.finish_segment();
        reading.read.reverse();
        (reading.read, complete)
    }
}

impl OlderOfTrace {
    fn leave_out(&mut self, id: u128, data: &Data) {
        let is_meant = |bytes: &[u8]| trace_id(bytes) == Some(id);
        match data {
            Data::Traces(all) => {
                let spans = all.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans);
                self.spans_left_out += spans.filter(|span| is_meant(&span.trace_id)).count() as u64;
            }
            Data::Logs(all) => {
                let logs = all.iter().flat_map(|of| &of.scope_logs).flat_map(|of| &of.log_records);
                self.logs_left_out += logs.filter(|log| is_meant(&log.trace_id)).count() as u64;
            }
            Data::Metrics(_) => {}
        }
    }
}

/// A walk through the file, newest first.
struct Reading<'a> {
    store: &'a Store,
    range: TimeRange,
    signals: Vec<Signal>,
    before: u64,
    /// All segments so far, to find out which traces have parts in several.
    known: Vec<SegmentRef>,
    /// Newest first.
    read: Vec<SegmentRef>,
    segment: Segment,
}

impl Reading<'_> {
    /// Whether there was something to read.
    fn step(&mut self) -> bool {
        let wish = Wish {
            signals: &self.signals,
            range: self.range,
            order: Order::Before(self.before),
            bytes_max: self.store.window().segment_bytes().min(BLOCK_BYTES_MAX),
        };
        let block = self.store.disk().chunks(wish);
        for chunk in block.iter().rev() {
            let addition =
                Addition { chunk: chunk.id, arrival: "", received: chunk.received, data: &chunk.data };
            window::add(&mut self.segment, &self.known, addition, Wanted::All);
        }
        if self.segment.bytes() as u64 > self.store.window().segment_bytes() {
            self.finish_segment();
        }
        let Some(oldest) = block.last() else { return false };
        self.before = oldest.id;
        true
    }

    fn finish_segment(&mut self) {
        let segment = std::mem::replace(&mut self.segment, Segment::new());
        if !segment.is_empty() {
            let segment = SegmentRef::new(segment);
            self.known.push(segment.clone());
            self.read.push(segment);
        }
    }

    fn bytes(&self) -> u64 {
        self.read.iter().map(|segment| segment.read().bytes() as u64).sum()
    }
}

/// The oldest request that is in memory; later ones are as well.
fn held_from(segments: &[SegmentRef]) -> u64 {
    let oldest = |segment: &SegmentRef| segment.read().chunks.iter().map(|chunk| chunk.id).min();
    segments.iter().filter_map(oldest).min().unwrap_or(u64::MAX)
}

/// When a segment begins, leaving out the few rows whose times may be nonsense.
fn begins(segment: &SegmentRef) -> Option<UnixNano> {
    let segment = segment.read();
    let mut times: Vec<u64> = segment.spans.start.iter().chain(&segment.logs.time).copied().collect();
    drop(segment);
    if times.is_empty() {
        return None;
    }
    let position = times.len() / OUTLIERS;
    Some(UnixNano(*times.select_nth_unstable(position).1))
}

fn now() -> Option<UnixNano> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok().map(UnixNano)
}
