//! A request as the file holds it: its OTLP, and what has to be known of it without reading that.

use crate::receive::{Data, Signal};
use crate::store::window::insert::{log_time, span_id, trace_id};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// A request on its way into the file.
#[derive(Debug, Clone)]
pub(crate) struct NewChunk {
    /// When it came.
    pub(crate) received: u64,
    /// What is known of it without reading it.
    pub(crate) outline: Outline,
    /// It, as OTLP protobuf.
    pub(crate) encoded: Bytes,
}

/// What is known of a request without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outline {
    /// Whose request it is.
    pub(crate) signal: Signal,
    /// How many spans, records or points it has that can be used.
    pub(crate) items: u64,
    /// How many spans have no id or no trace.
    pub(crate) unusable: u64,
    /// The earliest start of a span or time of a record; of metrics when they came.
    pub(crate) from: u64,
    /// The latest.
    pub(crate) last: u64,
    /// The lower halves of the traces' ids, each once: that two traces share one costs a look, and nothing else.
    pub(crate) traces: Vec<u64>,
}

/// A request out of the file.
#[derive(Debug, Clone)]
pub(crate) struct StoredChunk {
    /// Its number: later ones have higher ones.
    pub(crate) id: u64,
    /// When it came.
    pub(crate) received: u64,
    /// What is in it.
    pub(crate) data: Data,
}

impl Outline {
    /// Of a request that came at `received`.
    pub(crate) fn of(data: &Data, received: u64) -> Self {
        let mut outline = Self {
            signal: data.signal(),
            items: 0,
            unusable: 0,
            from: u64::MAX,
            last: 0,
            traces: Vec::new(),
        };
        match data {
            Data::Traces(all) => {
                let spans = all.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans);
                spans.for_each(|span| outline.note_span(span));
            }
            Data::Logs(all) => {
                let logs = all.iter().flat_map(|of| &of.scope_logs).flat_map(|of| &of.log_records);
                logs.for_each(|log| outline.note(log_time(log, received), &log.trace_id));
            }
            Data::Metrics(all) => {
                let metrics = all.iter().flat_map(|of| &of.scope_metrics).flat_map(|of| &of.metrics);
                outline.items = metrics.map(|metric| points(metric.data.as_ref())).sum();
                (outline.from, outline.last) = (received, received);
            }
        }
        outline.traces.sort_unstable();
        outline.traces.dedup();
        outline
    }

    fn note_span(&mut self, span: &Span) {
        if trace_id(&span.trace_id).is_some() && span_id(&span.span_id).is_some() {
            self.note(span.start_time_unix_nano, &span.trace_id);
        } else {
            self.unusable += 1;
        }
    }

    fn note(&mut self, time: u64, id: &[u8]) {
        self.items += 1;
        self.from = self.from.min(time);
        self.last = self.last.max(time);
        // Spans of one trace stand side by side more often than not.
        if let Some(trace) = trace_id(id).map(lower_half).filter(|trace| self.traces.last() != Some(trace)) {
            self.traces.push(trace);
        }
    }
}

/// What the index knows of a trace's id.
#[allow(clippy::cast_possible_truncation)] // The lower half is what is meant.
pub(crate) fn lower_half(trace_id: u128) -> u64 {
    trace_id as u64
}

fn points(data: Option<&metric::Data>) -> u64 {
    data.map_or(0, |data| match data {
        metric::Data::Gauge(gauge) => gauge.data_points.len(),
        metric::Data::Sum(sum) => sum.data_points.len(),
        metric::Data::Histogram(histogram) => histogram.data_points.len(),
        metric::Data::ExponentialHistogram(histogram) => histogram.data_points.len(),
        metric::Data::Summary(summary) => summary.data_points.len(),
    }) as u64
}

/// OTLP protobuf of a signal, read.
pub(crate) fn decode(signal: Signal, encoded: &[u8]) -> Option<Data> {
    Some(match signal {
        Signal::Traces => Data::Traces(ExportTraceServiceRequest::decode(encoded).ok()?.resource_spans),
        Signal::Metrics => Data::Metrics(ExportMetricsServiceRequest::decode(encoded).ok()?.resource_metrics),
        Signal::Logs => Data::Logs(ExportLogsServiceRequest::decode(encoded).ok()?.resource_logs),
    })
}

/// How the file calls a signal.
pub(super) fn signal_number(signal: Signal) -> i64 {
    match signal {
        Signal::Traces => 1,
        Signal::Metrics => 2,
        Signal::Logs => 3,
    }
}

/// What the file calls so.
pub(super) fn signal_of(number: i64) -> Option<Signal> {
    [Signal::Traces, Signal::Metrics, Signal::Logs]
        .into_iter()
        .find(|signal| signal_number(*signal) == number)
}
