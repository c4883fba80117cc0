//! A part of the window: everything that came in a stretch of time, until it is full. Dropped whole.

use super::entities::Entities;
use super::logs::Logs;
use super::spans::Spans;
use super::symbols::{Symbol, Symbols};
use super::traces::TraceParts;

/// Spans and log records, with the strings, resources, scopes and traces that their rows point at.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Every string of it.
    pub(crate) symbols: Symbols,
    /// Who told it.
    pub(crate) resources: Entities,
    /// By which instrumentation.
    pub(crate) scopes: Entities,
    /// Which traces there are.
    pub(crate) traces: TraceParts,
    /// The spans.
    pub(crate) spans: Spans,
    /// The log records.
    pub(crate) logs: Logs,
    /// Requests that something of it came with.
    pub(crate) chunks: Vec<Chunk>,
    /// The earliest start of a span or time of a record; `u64::MAX` while it is empty.
    pub(crate) from: u64,
    /// The latest start of a span or time of a record.
    pub(crate) last: u64,
    /// Attributes that the search does not see because their span or record has too many.
    pub(crate) unindexed: u64,
}

/// A request, as rows point at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Its number: later ones have higher ones. What the file finds it by.
    pub(crate) id: u64,
    /// How it came, in words; empty when it was read again from the file.
    pub(crate) arrival: Symbol,
}

impl Segment {
    pub(crate) fn new() -> Self {
        Self {
            symbols: Symbols::new(),
            resources: Entities::default(),
            scopes: Entities::default(),
            traces: TraceParts::default(),
            spans: Spans::default(),
            logs: Logs::default(),
            chunks: Vec::new(),
            from: u64::MAX,
            last: 0,
            unindexed: 0,
        }
    }

    /// A string.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.symbols.text(symbol)
    }

    /// The `service.name` of a resource; empty when it has none.
    pub(crate) fn service(&self, resource: u32) -> &str {
        self.resources.all().get(resource as usize).map_or("", |entity| self.text(entity.name))
    }

    /// The trace's id of a position in [`traces`](Self::traces); 0 for none.
    pub(crate) fn trace_id(&self, trace: u32) -> u128 {
        self.traces.get(trace).map_or(0, |part| part.id)
    }

    /// The request that a span's or record's `chunk` points at.
    pub(crate) fn chunk(&self, position: u32) -> Option<Chunk> {
        self.chunks.get(position as usize).copied()
    }

    /// A span by its ids.
    pub(crate) fn find_span(&self, trace_id: u128, span_id: u64) -> Option<u32> {
        self.spans.find(self.traces.find(trace_id)?, span_id)
    }

    /// The rows of a trace's spans that are here, the newest that came first.
    pub(crate) fn spans_of_trace(&self, trace: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.traces.get(trace).map(|part| part.first_span);
        chain(first, |row| self.spans.next_in_trace.get(row as usize).copied())
    }

    /// The rows of a trace's log records that are here, the newest that came first.
    pub(crate) fn logs_of_trace(&self, trace: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.traces.get(trace).map(|part| part.first_log);
        chain(first, |row| self.logs.next_in_trace.get(row as usize).copied())
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.len() == 0 && self.logs.len() == 0
    }

    /// Bytes of memory, what is reserved for growth among them.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.symbols.bytes()
            + self.resources.bytes()
            + self.scopes.bytes()
            + self.traces.bytes()
            + self.spans.bytes()
            + self.logs.bytes()
            + self.chunks.capacity() * size_of::<Chunk>()
    }

    /// Lets go of its spans, or of its log records.
    pub(super) fn clear(&mut self, spans: bool, logs: bool) {
        if spans {
            self.spans = Spans::default();
            self.traces.forget_spans();
        }
        if logs {
            self.logs = Logs::default();
            self.traces.forget_logs();
        }
    }

    /// Nothing more will be added: gives back what was reserved for it, and looks up what only then pays.
    pub(crate) fn seal(&mut self) {
        self.symbols.shrink();
        self.traces.shrink();
        self.spans.seal();
        self.logs.seal();
        self.chunks.shrink_to_fit();
    }
}

fn chain(first: Option<u32>, next: impl Fn(u32) -> Option<u32>) -> impl Iterator<Item = u32> {
    let there = |row: &u32| *row != super::NONE;
    std::iter::successors(first.filter(there), move |row| next(*row).filter(there))
}
