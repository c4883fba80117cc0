//! The log records of a segment, a column for each thing that questions look at; a row is a record.

use super::NONE;
use super::attributes::Attributes;
use super::symbols::Symbol;

/// Columns of log records. What is not here is in the record's chunk.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    /// When it happened, or where that is missing when it was observed or came; nanoseconds since 1970.
    pub(crate) time: Vec<u64>,
    /// 0 for none, 1 to 24.
    pub(crate) severity: Vec<u8>,
    /// As the sender calls it.
    pub(crate) severity_text: Vec<Symbol>,
    /// Its body as text, cut at 1 KiB.
    pub(crate) body: Vec<Symbol>,
    /// Its event name.
    pub(crate) event_name: Vec<Symbol>,
    /// The trace, as a position in the segment's [`TraceParts`](super::traces::TraceParts), or [`NONE`].
    pub(crate) trace: Vec<u32>,
    /// The span's id, or 0.
    pub(crate) span: Vec<u64>,
    /// Who told it, as a position in the segment's resources.
    pub(crate) resource: Vec<u32>,
    /// By which instrumentation, as a position in the segment's scopes.
    pub(crate) scope: Vec<u32>,
    /// Its attributes.
    pub(crate) attributes: Attributes,
    /// The chunk that holds it in full, as a position in the segment's chunks.
    pub(crate) chunk: Vec<u32>,
    /// The how manieth record of that chunk it is, from 0.
    pub(crate) ordinal: Vec<u32>,
    /// The record of the same trace that came before it, or [`NONE`].
    pub(crate) next_in_trace: Vec<u32>,
}

/// A record as it is added.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewLog {
    pub(super) time: u64,
    pub(super) severity: u8,
    pub(super) severity_text: Symbol,
    pub(super) body: Symbol,
    pub(super) event_name: Symbol,
    pub(super) trace: u32,
    pub(super) span: u64,
    pub(super) resource: u32,
    pub(super) scope: u32,
    pub(super) chunk: u32,
    pub(super) ordinal: u32,
    pub(super) next_in_trace: u32,
}

impl Logs {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.time.len()
    }

    /// Adds a record without attributes; those follow. Answers its row.
    pub(super) fn push(&mut self, log: NewLog) -> u32 {
        let row = u32::try_from(self.time.len()).unwrap_or(NONE);
        self.time.push(log.time);
        self.severity.push(log.severity);
        self.severity_text.push(log.severity_text);
        self.body.push(log.body);
        self.event_name.push(log.event_name);
        self.trace.push(log.trace);
        self.span.push(log.span);
        self.resource.push(log.resource);
        self.scope.push(log.scope);
        self.chunk.push(log.chunk);
        self.ordinal.push(log.ordinal);
        self.next_in_trace.push(log.next_in_trace);
        row
    }

    /// Gives back what was reserved for growth.
    pub(super) fn seal(&mut self) {
        self.time.shrink_to_fit();
        self.severity.shrink_to_fit();
        self.severity_text.shrink_to_fit();
        self.body.shrink_to_fit();
        self.event_name.shrink_to_fit();
        self.trace.shrink_to_fit();
        self.span.shrink_to_fit();
        self.resource.shrink_to_fit();
        self.scope.shrink_to_fit();
        self.attributes.shrink();
        self.chunk.shrink_to_fit();
        self.ordinal.shrink_to_fit();
        self.next_in_trace.shrink_to_fit();
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let numbers =
            [&self.trace, &self.resource, &self.scope, &self.chunk, &self.ordinal, &self.next_in_trace];
        let symbols = [&self.severity_text, &self.body, &self.event_name];
        numbers.iter().map(|column| column.capacity() * size_of::<u32>()).sum::<usize>()
            + symbols.iter().map(|column| column.capacity() * size_of::<Symbol>()).sum::<usize>()
            + (self.time.capacity() + self.span.capacity()) * size_of::<u64>()
            + self.severity.capacity()
            + self.attributes.bytes()
    }
}
