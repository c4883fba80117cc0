//! What the API's calls become on the wire, read by generated types that know nothing of our encoder.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::time::{Duration, SystemTime};

use common::{Recorder, attribute, attributes};
use opentelemetry::trace::{
    Event, Link, Span, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags,
    TraceId, TraceState, Tracer, TracerProvider as _,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, Value};
use opentelemetry_proto::tonic::common::v1::any_value::Value as ProtoValue;
use pilotlight_sdk::record::{Clock, RecordException, SpanLimits, TracerProvider};
use pilotlight_sdk::resource::Resource;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn remote_parent(flags: u8) -> Context {
    let state = TraceState::from_key_value([("vendor", "value"), ("other", "1")]).unwrap();
    let context = SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::new(flags), true, state);
    Context::new().with_remote_span_context(context)
}

#[test]
fn a_span_with_everything_decodes_to_what_was_set() {
    let recorder = Recorder::new(|provider| provider);
    let scope = InstrumentationScope::builder("lib")
        .with_version("1.2")
        .with_schema_url("https://example.com/schema")
        .with_attributes([KeyValue::new("scope.key", "scope value")])
        .build();
    let tracer = recorder.provider.tracer_with_scope(scope);
    let link =
        SpanContext::new(TraceId::from(5), SpanId::from(6), TraceFlags::SAMPLED, false, TraceState::NONE);
    let mut span = SpanBuilder::from_name("everything")
        .with_kind(SpanKind::Client)
        .with_start_time(at(10))
        .with_attributes([
            KeyValue::new("string", "text"),
            KeyValue::new("bool", true),
            KeyValue::new("int", -5),
            KeyValue::new("double", 0.5),
            KeyValue::new("strings", Value::Array(Array::String(vec!["a".into(), "b".into()]))),
            KeyValue::new("ints", Value::Array(Array::I64(vec![1, i64::MIN]))),
            KeyValue::new("bools", Value::Array(Array::Bool(vec![true, false]))),
            KeyValue::new("doubles", Value::Array(Array::F64(vec![1.5]))),
        ])
        .with_events(vec![Event::new("at start", at(11), vec![KeyValue::new("k", 1)], 3)])
        .with_links(vec![Link::new(link.clone(), vec![KeyValue::new("l", "v")], 2)])
        .start_with_context(&tracer, &remote_parent(0x01));
    span.add_event_with_timestamp("later", at(12), vec![]);
    span.add_link(link, vec![]);
    span.set_status(Status::error("broken"));
    span.end_with_timestamp(at(13));

    let request = recorder.request();
    let resource_spans = &request.resource_spans[0];
    let scope_spans = &resource_spans.scope_spans[0];
    let scope = scope_spans.scope.as_ref().unwrap();
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("lib", "1.2"));
    assert_eq!(attributes(&scope.attributes), [("scope.key", "scope value".to_owned())]);
    assert_eq!(scope_spans.schema_url, "https://example.com/schema");

    let span = &scope_spans.spans[0];
    assert_eq!(span.trace_id, TraceId::from(7).to_bytes());
    assert_eq!(span.parent_span_id, SpanId::from(8).to_bytes());
    assert_eq!(span.span_id.len(), 8);
    assert_eq!(span.trace_state, "vendor=value,other=1");
    assert_eq!(span.flags, 0x301, "sampled, and a parent known to be remote");
    assert_eq!((span.name.as_str(), span.kind), ("everything", 3));
    assert_eq!(span.start_time_unix_nano, 10_000_000_000);
    assert_eq!(span.end_time_unix_nano, 13_000_000_000);
    assert_eq!(
        attributes(&span.attributes),
        [
            ("string", "text".into()),
            ("bool", "true".into()),
            ("int", "-5".into()),
            ("double", "0.5".into()),
            ("strings", "[a, b]".into()),
            ("ints", "[1, -9223372036854775808]".into()),
            ("bools", "[true, false]".into()),
            ("doubles", "[1.5]".into()),
        ]
    );
    assert_eq!(span.events.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["at start", "later"]);
    assert_eq!(span.events[0].time_unix_nano, 11_000_000_000);
    assert_eq!(attributes(&span.events[0].attributes), [("k", "1".into())]);
    assert_eq!(span.events[0].dropped_attributes_count, 3);
    assert_eq!(span.links.len(), 2);
    assert_eq!(span.links[0].trace_id, TraceId::from(5).to_bytes());
    assert_eq!(span.links[0].flags, 0x101);
    assert_eq!(span.links[0].dropped_attributes_count, 2);
    let status = span.status.as_ref().unwrap();
    assert_eq!((status.message.as_str(), status.code), ("broken", 2));
}

#[test]
fn the_resource_and_its_schema_travel_with_every_request() {
    let resource = Resource::builder()
        .attribute(KeyValue::new("service.name", "shop"))
        .schema_url("https://example.com/resource")
        .build();
    let recorder = Recorder::new(|provider| provider.with_resource(resource));
    recorder.tracer().start("one").end();
    recorder.tracer().start("two").end();
    let requests = recorder.requests();
    assert_eq!(requests.len(), 2);
    for resource_spans in requests.iter().flat_map(|request| &request.resource_spans) {
        assert_eq!(resource_spans.schema_url, "https://example.com/resource");
        let resource = resource_spans.resource.as_ref().unwrap();
        assert_eq!(attributes(&resource.attributes), [("service.name", "shop".into())]);
    }
}

#[test]
fn a_provider_that_is_given_no_resource_names_the_sdk_and_the_executable() {
    let recorder = Recorder::new(|provider| provider);
    recorder.tracer().start("span").end();
    let resource = recorder.request().resource_spans.remove(0).resource.unwrap();
    let found = attributes(&resource.attributes);
    assert!(found.contains(&("telemetry.sdk.name", "pilotlight".into())), "{found:?}");
    assert!(found.contains(&("telemetry.sdk.language", "rust".into())), "{found:?}");
    let service = &found.iter().find(|(key, _)| *key == "service.name").unwrap().1;
    assert!(service.starts_with("unknown_service:recording"), "{service}");
}

#[test]
fn providers_are_independent_of_each_other() {
    let (one, other) = (Recorder::new(|provider| provider), Recorder::new(|provider| provider));
    one.tracer().start("one").end();
    assert!(one.provider.shutdown(Duration::from_secs(5)).is_complete());
    other.tracer().start("other").end();
    assert_eq!((one.span().name, other.span().name), ("one".into(), "other".into()));
}

#[test]
fn a_root_has_no_parent_and_says_that_its_trace_id_is_random() {
    let recorder = Recorder::new(|provider| provider);
    recorder.tracer().start_with_context("root", &Context::new()).end();
    let span = recorder.span();
    assert!(span.parent_span_id.is_empty());
    assert_eq!(span.flags, 0x103, "sampled, random, and a parent known not to be remote");
}

#[test]
fn a_child_shares_its_parents_trace_and_keeps_its_random_flag() {
    let recorder = Recorder::new(|provider| provider);
    let tracer = recorder.tracer();
    let parent = Context::new().with_span(tracer.start_with_context("parent", &Context::new()));
    tracer.start_with_context("child", &parent).end();
    tracer.start_with_context("of elsewhere", &remote_parent(0x01)).end();
    parent.span().end();
    let spans = recorder.spans();
    let (child, elsewhere, parent) = (&spans[0], &spans[1], &spans[2]);
    assert_eq!(child.trace_id, parent.trace_id);
    assert_eq!(child.parent_span_id, parent.span_id);
    assert_eq!(child.flags & 0xff, 0x03);
    assert_eq!(elsewhere.flags & 0xff, 0x01, "nobody said that this trace id was random");
}

#[test]
fn the_default_parent_is_the_active_span() {
    let recorder = Recorder::new(|provider| provider);
    let tracer = recorder.tracer();
    tracer.in_span("parent", |context| {
        assert_eq!(Context::current().span().span_context(), context.span().span_context());
        tracer.start("child").end();
    });
    let spans = recorder.spans();
    assert_eq!(spans[0].parent_span_id, spans[1].span_id);
}

#[test]
fn status_follows_the_order_ok_error_unset() {
    let recorder = Recorder::new(|provider| provider);
    let error = |text: &'static str| Status::error(text);
    let cases: [(&[Status], i32, &str); 6] = [
        (&[error("first"), error("second")], 2, "second"),
        (&[error("broken"), Status::Unset], 2, "broken"),
        (&[error("broken"), Status::Ok], 1, ""),
        (&[Status::Ok, error("too late")], 1, ""),
        (&[Status::Ok, Status::Unset], 1, ""),
        (&[Status::Unset], 0, ""),
    ];
    for (set, code, message) in cases {
        let mut span = recorder.tracer().start("span");
        set.iter().for_each(|status| span.set_status(status.clone()));
        span.end();
        let status = recorder.spans().pop().unwrap().status.unwrap_or_default();
        assert_eq!((status.code, status.message.as_str()), (code, message), "{set:?}");
    }
}

#[test]
fn a_span_that_ended_ignores_updates() {
    let recorder = Recorder::new(|provider| provider);
    let mut span = recorder.tracer().start("before");
    span.end();
    assert!(!span.is_recording());
    assert!(span.span_context().is_valid(), "its identity outlives the end");
    span.set_attribute(KeyValue::new("late", 1));
    span.update_name("after");
    span.add_event("late", vec![]);
    span.set_status(Status::Ok);
    span.end();
    drop(span);
    let spans = recorder.spans();
    assert_eq!(spans.len(), 1, "ending twice and dropping export once");
    assert_eq!((spans[0].name.as_str(), spans[0].attributes.len(), spans[0].events.len()), ("before", 0, 0));
}

#[test]
fn a_renamed_span_keeps_its_attributes_and_can_still_overwrite_them() {
    let recorder = Recorder::new(|provider| provider);
    let mut span = recorder.tracer().start("short");
    span.set_attribute(KeyValue::new("key", "old"));
    span.update_name("a".repeat(200));
    span.set_attribute(KeyValue::new("key", "a new and longer value"));
    span.update_name("x");
    span.set_attribute(KeyValue::new("key", "newest"));
    span.end();
    let span = recorder.span();
    assert_eq!(span.name, "x");
    assert_eq!(attributes(&span.attributes), [("key", "newest".into())]);
}

#[test]
fn limits_drop_and_count_what_exceeds_them() {
    let mut limits = SpanLimits::default();
    limits.attributes = 2;
    limits.attribute_value_length = Some(4);
    limits.events = 1;
    limits.links = 1;
    limits.attributes_per_event = 1;
    limits.attributes_per_link = 0;
    let recorder = Recorder::new(|provider| provider.with_limits(limits));
    let mut span = recorder.tracer().start("limited");
    let other = span.span_context().clone();
    span.set_attributes([
        KeyValue::new("a", "grüße!"),
        KeyValue::new("b", Value::Array(Array::String(vec!["longer".into(), "ok".into()]))),
        KeyValue::new("c", 3),
        KeyValue::new("", "no key"),
        KeyValue::new("a", "again"),
    ]);
    span.add_event("kept", vec![KeyValue::new("x", 1), KeyValue::new("y", 2), KeyValue::new("x", 3)]);
    span.add_event("dropped", vec![]);
    span.add_link(other.clone(), vec![KeyValue::new("z", 1)]);
    span.add_link(other, vec![]);
    span.end();
    let span = recorder.span();
    assert_eq!(attributes(&span.attributes), [("a", "agai".into()), ("b", "[long, ok]".into())]);
    assert_eq!(span.dropped_attributes_count, 2);
    assert_eq!((span.events.len(), span.dropped_events_count), (1, 1));
    assert_eq!(attributes(&span.events[0].attributes), [("x", "3".into())]);
    assert_eq!(span.events[0].dropped_attributes_count, 1);
    assert_eq!((span.links.len(), span.dropped_links_count), (1, 1));
    assert_eq!((span.links[0].attributes.len(), span.links[0].dropped_attributes_count), (0, 1));
}

#[test]
fn a_link_that_points_nowhere_is_kept_only_if_it_says_something() {
    let recorder = Recorder::new(|provider| provider);
    let mut span = recorder.tracer().start("links");
    span.add_link(SpanContext::NONE, vec![]);
    span.add_link(SpanContext::NONE, vec![KeyValue::new("reason", "unknown")]);
    span.end();
    let span = recorder.span();
    assert_eq!((span.links.len(), span.dropped_links_count), (1, 0));
    assert_eq!(attributes(&span.links[0].attributes), [("reason", "unknown".into())]);
}

#[test]
fn an_end_before_the_start_is_the_start() {
    let recorder = Recorder::new(|provider| provider);
    let mut span = SpanBuilder::from_name("backwards").with_start_time(at(10)).start(&recorder.tracer());
    span.end_with_timestamp(at(9));
    let span = recorder.span();
    assert_eq!(span.start_time_unix_nano, span.end_time_unix_nano);
}

#[test]
fn time_comes_from_the_providers_clock() {
    let clock = Clock::manual(at(100));
    let recorder = Recorder::new(|provider| provider.with_clock(clock.clone()));
    let mut span = recorder.tracer().start("timed");
    clock.advance(Duration::from_millis(5));
    span.add_event("middle", vec![]);
    clock.advance(Duration::from_millis(5));
    span.end();
    let span = recorder.span();
    assert_eq!(span.start_time_unix_nano, 100_000_000_000);
    assert_eq!(span.events[0].time_unix_nano, 100_005_000_000);
    assert_eq!(span.end_time_unix_nano, 100_010_000_000);
}

#[test]
fn a_child_never_starts_before_its_parent_on_one_thread() {
    let recorder = Recorder::new(|provider| provider);
    let tracer = recorder.tracer();
    let mut context = Context::new();
    for _ in 0..1000 {
        context = context.with_span(tracer.start_with_context("deeper", &context));
    }
    drop(context);
    let mut spans = recorder.spans();
    spans.reverse();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    for pair in spans.windows(2) {
        assert_eq!(pair[1].parent_span_id, pair[0].span_id);
    }
    assert!(spans.iter().all(|span| span.end_time_unix_nano >= span.start_time_unix_nano));
}

#[test]
fn an_error_is_recorded_with_its_type_message_and_causes() {
    let recorder = Recorder::new(|provider| provider);
    let mut span = recorder.tracer().start("failing");
    span.record_error(&"x".parse::<u8>().unwrap_err());
    span.end();
    let event = &recorder.span().events[0];
    assert_eq!(event.name, "exception");
    assert_eq!(
        attributes(&event.attributes),
        [
            ("exception.type", "ParseIntError".into()),
            ("exception.message", "invalid digit found in string".into())
        ]
    );
}

#[test]
fn attributes_given_with_an_error_are_added_and_win() {
    let recorder = Recorder::new(|provider| provider);
    let error = "x".parse::<u8>().unwrap_err();
    let given = || vec![KeyValue::new("attempt", 2), KeyValue::new("exception.message", "not a number")];
    let mut span = recorder.tracer().start("failing");
    span.record_exception_with(&error, given());
    let context = Context::new().with_span(span);
    context.span().record_exception_with(&error, given());
    drop(context);
    let events = recorder.span().events;
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(
            attributes(&event.attributes),
            [
                ("exception.type", "ParseIntError".into()),
                ("attempt", "2".into()),
                ("exception.message", "not a number".into())
            ]
        );
    }
}

#[test]
fn a_suppressed_context_records_nothing_and_carries_its_parent_on() {
    let recorder = Recorder::new(|provider| provider);
    let parent = remote_parent(0x01);
    let suppressed = parent.with_telemetry_suppressed();
    let mut span = recorder.tracer().start_with_context("suppressed", &suppressed);
    assert!(!span.is_recording());
    assert_eq!(span.span_context(), parent.span().span_context());
    span.end();
    assert!(recorder.spans().is_empty());
}

#[test]
fn after_shutdown_tracers_are_no_ops() {
    let recorder = Recorder::new(|provider| provider);
    let tracer = recorder.tracer();
    let report = recorder.provider.shutdown(Duration::from_secs(5));
    assert!(report.is_complete());
    assert!(!tracer.start("late").is_recording());
    assert!(!recorder.tracer().start("later").is_recording());
    assert!(recorder.spans().is_empty());
}

#[test]
fn a_span_that_is_open_at_shutdown_is_counted_when_it_ends() {
    let recorder = Recorder::new(|provider| provider);
    let mut open = recorder.tracer().start("open");
    assert_eq!(recorder.provider.shutdown(Duration::from_secs(5)).dropped(), 0);
    open.end();
    let report = recorder.provider.shutdown(Duration::from_secs(5));
    assert_eq!(report.exporters[0].dropped.after_shutdown, 1);
}

#[test]
fn the_same_scope_gives_spans_under_one_scope() {
    let recorder = Recorder::new(|provider| provider);
    for name in ["lib", "lib", "other"] {
        recorder.provider.tracer(name).start("span").end();
    }
    let names: Vec<_> = recorder.exporter.spans().iter().map(|span| span.scope().name().to_owned()).collect();
    assert_eq!(names, ["lib", "lib", "other"]);
}

#[test]
fn a_provider_without_listeners_still_decides_and_propagates() {
    let provider = TracerProvider::builder().build().unwrap();
    let span = provider.tracer("nobody listens").start("span");
    assert!(!span.is_recording());
    assert!(span.span_context().is_valid() && span.span_context().is_sampled());
}

#[test]
fn unicode_survives_in_keys_names_and_values() {
    let recorder = Recorder::new(|provider| provider);
    let mut span = recorder.tracer().start("spän 🔥");
    span.set_attribute(KeyValue::new("ключ", "значение ✓"));
    span.end();
    let span = recorder.span();
    assert_eq!(span.name, "spän 🔥");
    assert_eq!(attribute(&span.attributes, "ключ"), Some(&ProtoValue::StringValue("значение ✓".into())));
}
