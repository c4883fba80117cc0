//! A provider whose exports are decoded by generated types.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

pub mod gate;
pub mod heard;
pub mod log_recorder;
pub mod logs;
pub mod meters;
pub mod metrics;
pub mod receiver;
pub mod scene;
pub mod screen;
pub mod told;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use pilotlight_sdk::record::{Tracer, TracerProvider, TracerProviderBuilder};
use pilotlight_sdk::transport::InMemoryExporter;
use prost::Message;

/// Longer than anything here takes: reached only when a test fails.
pub const SOON: std::time::Duration = std::time::Duration::from_secs(30);

/// Exports each span as it ends, to memory.
pub struct Recorder {
    pub provider: TracerProvider,
    pub exporter: InMemoryExporter,
}

impl Recorder {
    pub fn new(configure: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder) -> Self {
        let exporter = InMemoryExporter::new();
        let builder = configure(TracerProvider::builder());
        let provider = builder.with_simple_exporter(exporter.clone()).build().unwrap();
        Self { provider, exporter }
    }

    pub fn tracer(&self) -> Tracer {
        self.provider.tracer("test")
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let batches = self.exporter.batches();
        batches.iter().map(|batch| ExportTraceServiceRequest::decode(&batch.request[..]).unwrap()).collect()
    }

    pub fn request(&self) -> ExportTraceServiceRequest {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1);
        requests.remove(0)
    }

    /// All spans so far, in the order in which they ended.
    pub fn spans(&self) -> Vec<Span> {
        spans(self.requests())
    }

    pub fn span(&self) -> Span {
        let mut spans = self.spans();
        assert_eq!(spans.len(), 1, "{spans:#?}");
        spans.remove(0)
    }
}

pub fn spans(requests: Vec<ExportTraceServiceRequest>) -> Vec<Span> {
    requests
        .into_iter()
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect()
}

/// Attributes as keys and printed values.
pub fn attributes(attributes: &[KeyValue]) -> Vec<(&str, String)> {
    attributes.iter().map(|attribute| (attribute.key.as_str(), show(&attribute.value))).collect()
}

pub fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

fn show(value: &Option<AnyValue>) -> String {
    match value.as_ref().and_then(|value| value.value.as_ref()) {
        None => "null".into(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => format!("{number:?}"),
        Some(Value::ArrayValue(array)) => {
            let values: Vec<_> = array.values.iter().map(|value| show(&Some(value.clone()))).collect();
            format!("[{}]", values.join(", "))
        }
        Some(other) => panic!("not expected: {other:?}"),
    }
}
