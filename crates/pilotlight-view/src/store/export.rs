//! Handing out again what was received.

use super::Store;
use super::disk::chunk::StoredChunk;
use super::disk::{Order, Wish};
use super::window::TimeRange;
use super::window::insert::{log_time, span_id, trace_id};
use crate::query::{QuestionError, ids};
use crate::receive::{Data, Signal};
use std::collections::BTreeSet;

/// How much of the file is read at once, in bytes of uncompressed requests.
const BLOCK_BYTES: u64 = 8 << 20;

/// Which telemetry to hand out again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExportQuestion {
    /// Of one trace, 32 hexadecimal digits; of everything when it is not given. Metrics belong to no trace.
    pub trace_id: Option<String>,
    /// Of these signals; of all when it is empty.
    pub signals: Vec<Signal>,
    /// From here on, milliseconds since 1970: starts of spans, times of records; of metrics when they came.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    pub to_ms: Option<f64>,
}

impl Store {
    /// Hands out what was received, oldest first, chunk by chunk, until there is no more or `each` answers false.
    ///
    /// # Errors
    /// When the trace's id is none, or the range is none.
    pub fn export(
        &self,
        question: &ExportQuestion,
        each: &mut dyn FnMut(Data) -> bool,
    ) -> Result<(), QuestionError> {
        let trace = question.trace_id.as_deref().map(ids::trace).transpose()?;
        let range = TimeRange::of(question.from_ms, question.to_ms)?;
        let all = [Signal::Traces, Signal::Metrics, Signal::Logs];
        let asked = if question.signals.is_empty() { &all[..] } else { &question.signals };
        let of_traces = |signal: &Signal| trace.is_none() || *signal != Signal::Metrics;
        let signals: Vec<Signal> = asked.iter().copied().filter(of_traces).collect();
        let mut export = Export { store: self, signals, trace, range, each };
        match trace {
            Some(trace) => export.trace(trace),
            None => export.everything(),
        }
        Ok(())
    }
}

struct Export<'a> {
    store: &'a Store,
    signals: Vec<Signal>,
    trace: Option<u128>,
    range: TimeRange,
    each: &'a mut dyn FnMut(Data) -> bool,
}

impl Export<'_> {
    fn everything(&mut self) {
        let mut after = 0;
        loop {
            // Looked up first: what is committed in between is in both, and not in neither.
            let waiting = self.store.disk().uncommitted();
            let order = Order::After(after);
            let wish = Wish { signals: &self.signals, range: self.range, order, bytes_max: BLOCK_BYTES };
            let block = self.store.disk().chunks(wish);
            let Some(last) = block.last() else {
                // Acknowledged, and only on its way into a temporary file.
                return self.each_of(waiting.into_iter().filter(|id| *id > after));
            };
            after = last.id;
            if !block.into_iter().all(|chunk| self.hand_out(chunk)) {
                return;
            }
        }
    }

    fn trace(&mut self, trace: u128) {
        // In this order for the same reason.
        let waiting = self.store.disk().uncommitted();
        let in_file = self.store.disk().chunks_of_trace(trace);
        self.each_of(BTreeSet::from_iter(waiting.into_iter().chain(in_file)).into_iter());
    }

    fn each_of(&mut self, mut chunks: impl Iterator<Item = u64>) {
        chunks.all(|id| self.store.disk().chunk(id).is_none_or(|chunk| self.hand_out(chunk)));
    }

    /// Whether more is wanted.
    fn hand_out(&mut self, chunk: StoredChunk) -> bool {
        if !self.signals.contains(&chunk.data.signal()) {
            return true;
        }
        match self.narrowed(chunk.data, chunk.received) {
            Some(data) => (self.each)(data),
            None => true,
        }
    }

    /// What is asked for of a request; none when that is nothing.
    fn narrowed(&self, data: Data, received: u64) -> Option<Data> {
        let is_meant = |id: &[u8], time: u64| {
            self.range.holds(time) && (self.trace.is_none() || trace_id(id) == self.trace)
        };
        match data {
            Data::Traces(mut all) => {
                for of_scope in all.iter_mut().flat_map(|of| &mut of.scope_spans) {
                    of_scope.spans.retain(|span| {
                        let usable = trace_id(&span.trace_id).is_some() && span_id(&span.span_id).is_some();
                        usable && is_meant(&span.trace_id, span.start_time_unix_nano)
                    });
                }
                all.iter_mut().for_each(|of| of.scope_spans.retain(|of| !of.spans.is_empty()));
                all.retain(|of| !of.scope_spans.is_empty());
                (!all.is_empty()).then_some(Data::Traces(all))
            }
            Data::Logs(mut all) => {
                for of_scope in all.iter_mut().flat_map(|of| &mut of.scope_logs) {
                    of_scope.log_records.retain(|log| is_meant(&log.trace_id, log_time(log, received)));
                }
                all.iter_mut().for_each(|of| of.scope_logs.retain(|of| !of.log_records.is_empty()));
                all.retain(|of| !of.scope_logs.is_empty());
                (!all.is_empty()).then_some(Data::Logs(all))
            }
            Data::Metrics(all) => self.range.holds(received).then_some(Data::Metrics(all)),
        }
    }
}
