//! A recorder for finished spans, and a way to draw them.

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use pilotlight_instrument::grpc::{
    GrpcClientLayer, GrpcClientLayerBuilder, GrpcServerLayer, GrpcServerLayerBuilder,
};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Finished spans, in the order they finished.
pub(crate) struct Spans {
    pub(crate) provider: SdkTracerProvider,
    finished: UnboundedReceiver<SpanData>,
}

impl Spans {
    pub(crate) fn recorded() -> Self {
        let (sender, finished) = unbounded_channel();
        let provider = SdkTracerProvider::builder().with_span_processor(Recorder(sender)).build();
        Self { provider, finished }
    }

    /// A server's layer that records here, measures nothing and knows W3C trace context.
    pub(crate) fn server(&self) -> GrpcServerLayerBuilder {
        GrpcServerLayer::builder()
            .with_tracer_provider(&self.provider)
            .without_metrics()
            .with_propagator(TraceContextPropagator::new())
    }

    /// The same for a client.
    pub(crate) fn client(&self) -> GrpcClientLayerBuilder {
        GrpcClientLayer::builder()
            .with_tracer_provider(&self.provider)
            .without_metrics()
            .with_propagator(TraceContextPropagator::new())
    }

    pub(crate) async fn next(&mut self) -> SpanData {
        self.finished.recv().await.expect("the provider lives as long as the recorder")
    }

    /// What has finished so far.
    pub(crate) fn so_far(&mut self) -> Vec<SpanData> {
        std::iter::from_fn(|| self.finished.try_recv().ok()).collect()
    }

    /// Waits for one span, and checks that it looks as drawn and came alone.
    pub(crate) async fn assert_one(&mut self, expected: &str) {
        let span = self.next().await;
        assert_eq!(draw(&span), dedented(expected));
        assert!(self.so_far().is_empty(), "more than one span");
    }

    /// Waits for one span, and says how it ended: its status code and, if it is one, its error.
    pub(crate) async fn ending(&mut self) -> String {
        ending(&self.next().await)
    }
}

/// `rpc.status_code`, then `error.type` and the description if the span is an error.
pub(crate) fn ending(span: &SpanData) -> String {
    let code = attribute(span, "rpc.status_code").expect("every span that ended has one");
    match (&span.status, attribute(span, "error.type")) {
        (Status::Unset, None) => code,
        (Status::Error { description }, Some(error)) => format!("{code}, error {error}: {description}"),
        (status, error) => panic!("{status:?} and {error:?} do not fit"),
    }
}

#[derive(Debug)]
struct Recorder(UnboundedSender<SpanData>);

impl SpanProcessor for Recorder {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        // A test that has seen enough may be gone.
        let _ = self.0.send(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Kind and name, then the status unless it is unset, attributes by name, events and links. Ports that the system
/// chose are `PORT`.
pub(crate) fn draw(span: &SpanData) -> String {
    let kind = match span.span_kind {
        SpanKind::Server => "SERVER",
        SpanKind::Client => "CLIENT",
        _ => "OTHER KIND",
    };
    let mut lines = vec![format!("{kind} {}", span.name)];
    match &span.status {
        Status::Unset => {}
        Status::Ok => lines.push("  status ok".to_owned()),
        Status::Error { description } => {
            lines.push(format!("  status error {description}").trim_end().to_owned())
        }
    }
    lines.extend(attributes(&span.attributes).into_iter().map(|line| format!("  {line}")));
    for event in &span.events.events {
        lines.push(
            format!("  * {} {}", event.name, attributes(&event.attributes).join(", ")).trim_end().to_owned(),
        );
    }
    for link in &span.links.links {
        lines.push(format!("  -> {}-{}", link.span_context.trace_id(), link.span_context.span_id()));
    }
    lines.join("\n")
}

fn attributes(attributes: &[KeyValue]) -> Vec<String> {
    let shown = |pair: &KeyValue| match pair.key.as_str() {
        key @ ("server.port" | "network.peer.port") => format!("{key} = PORT"),
        key => format!("{key} = {}", pair.value),
    };
    let mut lines: Vec<String> = attributes.iter().map(shown).collect();
    lines.sort();
    lines
}

/// A drawing without the indentation of the code around it.
pub(crate) fn dedented(text: &str) -> String {
    let text = text.trim_end().trim_start_matches('\n');
    let margin = text.len() - text.trim_start().len();
    text.lines().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The value of one attribute, as text: the last one given, as for any reader.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().rfind(|pair| pair.key.as_str() == key).map(|pair| pair.value.to_string())
}
