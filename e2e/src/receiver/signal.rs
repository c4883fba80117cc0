//! What differs between the signals: the messages, and what an item is.

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use super::ledger::Book;
use super::logs::ReceivedLog;
use super::points::{ReceivedPoint, points_of};

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Data points of metrics.
    Metrics,
    /// Log records.
    Logs,
}

/// A span that was taken, with who recorded it.
#[derive(Clone, Debug)]
pub struct ReceivedSpan {
    /// The service.
    pub resource: Resource,
    /// The library.
    pub scope: InstrumentationScope,
    /// The span.
    pub span: Span,
}

impl ReceivedSpan {
    /// The span, with the name of its service among its attributes.
    pub(super) fn with_service(&self) -> Span {
        let mut span = self.span.clone();
        let name = self.resource.attributes.iter().find(|attribute| attribute.key == "service.name");
        span.attributes.extend(name.cloned());
        span
    }
}

/// An export request of one of the signals.
pub(super) trait Export: Message + Default + 'static {
    const SIGNAL: Signal;
    /// What a sender is told whose request is refused.
    const REFUSAL: &str;
    /// What is counted, and rejected, one by one.
    type Item;
    type Response: Message + Default + 'static;

    fn items(self) -> Vec<Self::Item>;
    fn keep(items: Vec<Self::Item>, book: &mut Book);
    fn rejecting(count: i64) -> Self::Response;
}

impl Export for ExportTraceServiceRequest {
    const SIGNAL: Signal = Signal::Traces;
    const REFUSAL: &str = "this is no trace";
    type Item = ReceivedSpan;
    type Response = ExportTraceServiceResponse;

    fn items(self) -> Vec<ReceivedSpan> {
        let mut spans = Vec::new();
        for of_resource in self.resource_spans {
            let resource = of_resource.resource.unwrap_or_default();
            for of_scope in of_resource.scope_spans {
                let scope = of_scope.scope.unwrap_or_default();
                spans.extend(of_scope.spans.into_iter().map(|span| ReceivedSpan {
                    resource: resource.clone(),
                    scope: scope.clone(),
                    span,
                }));
            }
        }
        spans
    }

    fn keep(items: Vec<ReceivedSpan>, book: &mut Book) {
        book.spans.extend(items);
    }

    fn rejecting(rejected_spans: i64) -> Self::Response {
        let error_message = "some spans make no sense".into();
        let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message });
        ExportTraceServiceResponse { partial_success }
    }
}

impl Export for ExportMetricsServiceRequest {
    const SIGNAL: Signal = Signal::Metrics;
    const REFUSAL: &str = "these are no metrics";
    type Item = ReceivedPoint;
    type Response = ExportMetricsServiceResponse;

    fn items(self) -> Vec<ReceivedPoint> {
        let mut points = Vec::new();
        for of_resource in self.resource_metrics {
            let resource = of_resource.resource.unwrap_or_default();
            for of_scope in of_resource.scope_metrics {
                let scope = of_scope.scope.unwrap_or_default();
                for metric in of_scope.metrics {
                    points.extend(points_of(&resource, &scope, metric));
                }
            }
        }
        points
    }

    fn keep(items: Vec<ReceivedPoint>, book: &mut Book) {
        book.points.extend(items);
    }

    fn rejecting(rejected_data_points: i64) -> Self::Response {
        let error_message = "some data points make no sense".into();
        let partial_success = Some(ExportMetricsPartialSuccess { rejected_data_points, error_message });
        ExportMetricsServiceResponse { partial_success }
    }
}

impl Export for ExportLogsServiceRequest {
    const SIGNAL: Signal = Signal::Logs;
    const REFUSAL: &str = "these are no logs";
    type Item = ReceivedLog;
    type Response = ExportLogsServiceResponse;

    fn items(self) -> Vec<ReceivedLog> {
        let mut logs = Vec::new();
        for of_resource in self.resource_logs {
            let resource = of_resource.resource.unwrap_or_default();
            for of_scope in of_resource.scope_logs {
                let scope = of_scope.scope.unwrap_or_default();
                logs.extend(of_scope.log_records.into_iter().map(|record| ReceivedLog {
                    resource: resource.clone(),
                    scope: scope.clone(),
                    record,
                }));
            }
        }
        logs
    }

    fn keep(items: Vec<ReceivedLog>, book: &mut Book) {
        book.logs.extend(items);
    }

    fn rejecting(rejected_log_records: i64) -> Self::Response {
        let error_message = "some log records make no sense".into();
        let partial_success = Some(ExportLogsPartialSuccess { rejected_log_records, error_message });
        ExportLogsServiceResponse { partial_success }
    }
}
