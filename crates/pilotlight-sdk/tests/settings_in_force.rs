//! Variables reach the parts that they are about: from `OTEL_*` to what is exported.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::{SOON, attributes, spans};
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use pilotlight_sdk::config::{SettingsBuilder, Variables};
use pilotlight_sdk::pipeline::{Parts, start};
use pilotlight_sdk::transport::InMemoryExporter;
use prost::Message;

/// What is sent of one span with three of everything, under these variables.
fn sent(variables: &[(&str, &str)]) -> Vec<ExportTraceServiceRequest> {
    let without = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("PILOTLIGHT_LOG_LINES", "off"),
    ];
    let variables = variables.iter().copied().chain(without).collect::<Variables>();
    let resolved = SettingsBuilder::new().resolve(&variables);
    assert_eq!(resolved.warnings, []);
    let memory = InMemoryExporter::new();
    let parts = Parts { traces_exporters: vec![Box::new(memory.clone())], ..Parts::default() };
    let provider = start(&resolved.settings, parts).unwrap().tracer_provider;

    let three = || ["one", "two", "three"].map(|key| KeyValue::new(key, "value"));
    let mut span = provider.tracer("test").start_with_context("span", &Context::new());
    span.set_attributes(three());
    for key in ["one", "two", "three"] {
        span.add_event(key, three().to_vec());
        span.add_link(span.span_context().clone(), three().to_vec());
    }
    span.end();
    assert_eq!(provider.shutdown(SOON).dropped(), 0);
    let batches = memory.batches();
    batches.iter().map(|batch| ExportTraceServiceRequest::decode(&batch.request[..]).unwrap()).collect()
}

fn exported(variables: &[(&str, &str)]) -> Vec<Span> {
    spans(sent(variables))
}

fn exported_one(variables: &[(&str, &str)]) -> Span {
    let mut spans = exported(variables);
    assert_eq!(spans.len(), 1, "{variables:?}");
    spans.remove(0)
}

#[test]
fn each_limit_of_the_environment_bounds_what_is_exported() {
    /// How many are left, of which three would be.
    type Left = fn(&Span) -> usize;
    let cases: [(&str, Left); 6] = [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", |span| span.attributes.len()),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", |span| span.attributes.len()),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", |span| span.events.len()),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", |span| span.links.len()),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", |span| span.events[0].attributes.len()),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", |span| span.links[0].attributes.len()),
    ];
    let unlimited = exported_one(&[]);
    for (variable, left) in cases {
        assert_eq!((left(&unlimited), left(&exported_one(&[(variable, "2")]))), (3, 2), "{variable}");
    }
    for variable in ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"] {
        let span = exported_one(&[(variable, "3")]);
        assert_eq!(attributes(&span.attributes)[0], ("one", "val".into()), "{variable}");
        assert_eq!(attributes(&span.events[0].attributes)[0], ("one", "val".into()), "{variable}");
    }
}

#[test]
fn the_sampler_of_the_environment_decides_what_is_exported() {
    const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
    const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
    let cases: [(&[(&str, &str)], usize); 8] = [
        (&[], 1),
        (&[(SAMPLER, "always_on")], 1),
        (&[(SAMPLER, "always_off")], 0),
        (&[(SAMPLER, "parentbased_always_on")], 1),
        (&[(SAMPLER, "parentbased_always_off")], 0),
        (&[(SAMPLER, "traceidratio"), (ARG, "0")], 0),
        (&[(SAMPLER, "parentbased_traceidratio"), (ARG, "1")], 1),
        (&[(SAMPLER, "parentbased_traceidratio"), (ARG, "0")], 0),
    ];
    for (variables, count) in cases {
        assert_eq!(exported(variables).len(), count, "{variables:?}");
    }
}

#[test]
fn the_service_and_the_resource_of_the_environment_are_sent() {
    let variables =
        [("OTEL_SERVICE_NAME", "shop"), ("OTEL_RESOURCE_ATTRIBUTES", "team=blue%20one,service.name=x")];
    let resource = sent(&variables).remove(0).resource_spans.remove(0).resource.unwrap();
    let found = attributes(&resource.attributes);
    for expected in [("service.name", "shop"), ("team", "blue one")] {
        assert!(found.contains(&(expected.0, expected.1.into())), "{expected:?} is not in {found:?}");
    }
}
