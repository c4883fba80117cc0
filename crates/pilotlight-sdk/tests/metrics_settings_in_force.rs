//! Variables reach the parts of metrics that they are about: from `OTEL_*` to what is exported.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::time::Duration;

use common::SOON;
use common::receiver::Receiver;
use common::scene::elsewhere;
use opentelemetry::metrics::MeterProvider as _;
use pilotlight_sdk::batch::Report;
use pilotlight_sdk::config::{SettingsBuilder, Variables};
use pilotlight_sdk::pipeline::{Parts, Providers, start};
use pilotlight_sdk::record::View;
use pilotlight_sdk::transport::{Batch, ExportedMetric, Signal, TextMetrics};

const PATH: &str = "/v1/metrics";

fn started(variables: &[(&str, &str)], parts: Parts) -> Providers {
    let without_others =
        [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none"), ("PILOTLIGHT_LOG_LINES", "off")];
    let variables = variables.iter().copied().chain(without_others).collect::<Variables>();
    let resolved = SettingsBuilder::new().self_metrics(false).resolve(&variables);
    assert_eq!(resolved.warnings, []);
    start(&resolved.settings, parts).unwrap()
}

fn sending_to<'a>(receiver: &'a Receiver, variables: &[(&'a str, &'a str)]) -> Providers {
    let receiver = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
    ];
    started(&[variables, &receiver].concat(), Parts::default())
}

fn received(receiver: &Receiver) -> Vec<ExportedMetric> {
    let batch = |body: Vec<u8>| Batch { signal: Signal::Metrics, items: 1, request: body.into() };
    receiver.bodies(PATH).into_iter().flat_map(|body| ExportedMetric::all(&batch(body))).collect()
}

/// What is sent of some instruments, measured in a sampled span once and twice outside of it, and the report.
fn sent(variables: &[(&str, &str)]) -> (String, Report) {
    let receiver = Receiver::start();
    let providers = sending_to(&receiver, variables);
    let meter = providers.meter_provider.meter("test");
    let (counter, up_down) =
        (meter.u64_counter("counter").build(), meter.i64_up_down_counter("up_down").build());
    let histogram = meter.f64_histogram("histogram").with_boundaries(vec![]).build();
    meter.u64_observable_counter("observed").with_callback(|to| to.observe(1, &[])).build();
    counter.add(1, &[]);
    up_down.add(1, &[]);
    {
        let _attached = elsewhere(1, 2, false).attach();
        histogram.record(1.0, &[]);
    }
    let report = providers.shutdown(SOON);
    (TextMetrics::new().with_exemplars().draw(&received(&receiver)), report)
}

/// The names with kind and temporality.
fn kinds(variables: &[(&str, &str)]) -> Vec<String> {
    sent(variables).0.lines().filter(|line| !line.starts_with(' ')).map(str::to_owned).collect()
}

#[test]
fn without_a_word_metrics_go_to_otlp_with_the_specified_defaults() {
    let (text, report) = sent(&[]);
    assert_eq!(
        text,
        "\
counter counter cumulative
  1
histogram histogram cumulative
  count 1 sum 1 min 1 max 1 buckets all:1
    → 1.0 in a trace
observed counter cumulative
  1
up_down up-down counter cumulative
  1
"
    );
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.exported(), 4);
}

#[test]
fn the_metrics_exporter_of_the_environment_gets_metrics_or_nobody_does() {
    let (text, report) = sent(&[("OTEL_METRICS_EXPORTER", "none")]);
    assert_eq!((text.as_str(), report.exporters.len()), ("", 0));
    let (text, report) = sent(&[("OTEL_METRICS_EXPORTER", "otlp")]);
    assert!(text.contains("counter"));
    assert_eq!(report.exporters[0].exporter, "otlp_http_metric_exporter");
}

#[test]
fn the_temporality_preference_of_the_environment_is_what_is_sent() {
    const PREFERENCE: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    for (preference, counter, observed) in [
        ("cumulative", "cumulative", "cumulative"),
        ("delta", "delta", "delta"),
        ("lowmemory", "delta", "cumulative"),
    ] {
        assert_eq!(
            kinds(&[(PREFERENCE, preference)]),
            [
                format!("counter counter {counter}"),
                format!("histogram histogram {counter}"),
                format!("observed counter {observed}"),
                "up_down up-down counter cumulative".to_owned(),
            ],
            "{preference}"
        );
    }
}

#[test]
fn the_histogram_aggregation_of_the_environment_is_what_is_sent() {
    const AGGREGATION: &str = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    for (aggregation, kind) in [
        ("explicit_bucket_histogram", "histogram histogram cumulative"),
        ("base2_exponential_bucket_histogram", "histogram exponential histogram cumulative"),
    ] {
        assert_eq!(kinds(&[(AGGREGATION, aggregation)])[1], kind, "{aggregation}");
    }
}

#[test]
fn the_exemplar_filter_of_the_environment_decides_which_exemplars_are_sent() {
    for (filter, exemplars, in_a_trace) in [("trace_based", 1, 1), ("always_on", 3, 1), ("always_off", 0, 0)]
    {
        let (text, _) = sent(&[("OTEL_METRICS_EXEMPLAR_FILTER", filter)]);
        assert_eq!(text.matches("→").count(), exemplars, "{filter}: {text}");
        assert_eq!(text.matches("in a trace").count(), in_a_trace, "{filter}: {text}");
    }
}

#[test]
fn metrics_are_sent_at_the_interval_of_the_environment() {
    let receiver = Receiver::start();
    let providers = sending_to(&receiver, &[("OTEL_METRIC_EXPORT_INTERVAL", "10")]);
    providers.meter_provider.meter("test").u64_counter("counter").build().add(1, &[]);
    receiver.await_requests(3);
    assert!(providers.shutdown(SOON).exported() >= 3);
}

#[test]
fn an_export_is_given_up_after_the_timeout_of_the_environment() {
    let receiver = Receiver::silent();
    let providers = sending_to(&receiver, &[("OTEL_METRIC_EXPORT_TIMEOUT", "50")]);
    providers.meter_provider.meter("test").u64_counter("counter").build().add(1, &[]);
    let error = providers.meter_provider.force_flush(SOON).unwrap_err();
    assert!(!error.is_timeout(), "the flush had more time than the export: {error}");
    receiver.await_requests(1);
    let report = providers.shutdown(Duration::from_millis(100));
    assert_eq!(report.exporters[0].dropped.retries_exhausted, 1, "{report}");
}

#[test]
fn views_and_readers_of_code_come_besides_the_environment() {
    let memory = pilotlight_sdk::transport::InMemoryExporter::new();
    let parts = Parts {
        views: vec![View::of("counter").name("renamed").build().unwrap()],
        readers: vec![pilotlight_sdk::batch::Reader::periodic(memory.clone())],
        ..Parts::default()
    };
    let providers = started(&[("OTEL_METRICS_EXPORTER", "none")], parts);
    providers.meter_provider.meter("test").u64_counter("counter").build().add(1, &[]);
    providers.force_flush(SOON).unwrap();
    assert_eq!(memory.text_metrics(), "renamed counter cumulative\n  1\n");
}
