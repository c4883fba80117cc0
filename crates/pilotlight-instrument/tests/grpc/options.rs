//! What calls are measured with, and under which span.

use crate::measured::Metrics;
use crate::support::Spans;
use crate::without_network::answering;
use http::Request;
use opentelemetry::metrics::{
    Histogram, HistogramBuilder, InstrumentProvider, Meter, MeterProvider, SyncInstrument,
};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use pilotlight_instrument::grpc::SCHEMA_URL;
use std::sync::Arc;
use tokio::sync::mpsc;
use tower::{Layer, ServiceExt};

fn request() -> Request<()> {
    Request::post("/a.B/C").body(()).unwrap()
}

#[tokio::test]
async fn the_instruments_are_those_of_the_conventions() {
    let spans = Spans::recorded();
    let metrics = Metrics::recorded();
    let server = spans.server().with_meter_provider(&metrics.provider).build();
    let client = spans.client().with_meter_provider(&metrics.provider).build();
    server.layer(answering()).oneshot(request()).await.unwrap();
    client.layer(answering()).oneshot(request()).await.unwrap();
    let collected = metrics.collected();
    let mut described = Vec::new();
    for scope in collected.scope_metrics() {
        assert_eq!(scope.scope().name(), "pilotlight-instrument");
        assert_eq!(scope.scope().schema_url(), Some(SCHEMA_URL));
        for metric in scope.metrics() {
            let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() else {
                panic!("durations are a histogram of f64")
            };
            let bounds: Vec<f64> = histogram.data_points().next().unwrap().bounds().collect();
            described.push((metric.name().to_owned(), metric.unit().to_owned(), bounds));
        }
    }
    described.sort_by(|one, other| one.0.cmp(&other.0));
    let seconds = vec![0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    let expected = |name: &str| (name.to_owned(), "s".to_owned(), seconds.clone());
    assert_eq!(described, [expected("rpc.client.call.duration"), expected("rpc.server.call.duration")]);
}

/// A meter whose histograms tell under which span they recorded.
struct Witness(mpsc::UnboundedSender<SpanContext>);

impl MeterProvider for Witness {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        Meter::new(Arc::new(Self(self.0.clone())))
    }
}

impl InstrumentProvider for Witness {
    fn f64_histogram(&self, _: HistogramBuilder<'_, Histogram<f64>>) -> Histogram<f64> {
        Histogram::new(Arc::new(Self(self.0.clone())))
    }
}

impl SyncInstrument<f64> for Witness {
    fn measure(&self, _: f64, _: &[KeyValue]) {
        self.0.send(Context::current().span().span_context().clone()).unwrap();
    }
}

#[tokio::test]
async fn a_call_is_measured_once_and_under_its_own_span() {
    let (sender, mut measured) = mpsc::unbounded_channel();
    let mut spans = Spans::recorded();
    let layer = spans.client().with_meter_provider(&Witness(sender)).build();
    layer.layer(answering()).oneshot(request()).await.unwrap();
    assert_eq!(measured.try_recv().unwrap(), spans.next().await.span_context);
    assert!(measured.try_recv().is_err());
}
