//! Processors enrich, redact, filter and watch, and cannot take the host down.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use common::{Recorder, SOON, attributes};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    Span, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::Error;
use pilotlight_sdk::record::{
    AlwaysOff, AlwaysRecord, FinishedSpan, SpanLimits, SpanMut, SpanProcessor, Tracer, TracerProvider,
};

struct Enrich;

impl SpanProcessor for Enrich {
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        if let Some(tenant) = parent.baggage().get("tenant") {
            span.set_attribute(KeyValue::new("tenant", tenant.clone()));
        }
        let parent_id = parent.span().span_context().span_id().to_string();
        span.set_attribute(KeyValue::new("parent", parent_id));
    }
}

#[test]
fn a_span_is_enriched_from_the_context_it_was_started_in() {
    let recorder = Recorder::new(|provider| provider.with_processor(Enrich));
    let remote =
        SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED, true, TraceState::NONE);
    let parent =
        Context::new().with_remote_span_context(remote).with_baggage([KeyValue::new("tenant", "blue")]);
    drop(recorder.tracer().start_with_context("span", &parent));
    assert_eq!(
        attributes(&recorder.span().attributes),
        [("tenant", "blue".into()), ("parent", "0000000000000002".into())]
    );
}

struct Redact;

impl SpanProcessor for Redact {
    fn on_ending(&self, span: &mut SpanMut<'_>) {
        span.set_attribute(KeyValue::new("email", "REDACTED"));
        assert!(span.remove_attribute("password"));
        assert!(!span.remove_attribute("password"));
        span.update_name("a much longer name than the one it had before");
        span.set_attribute(KeyValue::new("last", 2));
        span.set_status(Status::error("redacted"));
        assert_eq!(*span.status(), Status::error("redacted"));
        span.add_event("redacted", SystemTime::UNIX_EPOCH, &[KeyValue::new("fields", 2)]);
        span.add_link(span.span_context().clone(), vec![]);
        span.update_name("short");
        span.set_attribute(KeyValue::new("first", "longer than it was"));
    }
}

#[test]
fn everything_about_a_span_can_be_changed_while_it_ends() {
    let recorder = Recorder::new(|provider| provider.with_processor(Redact));
    let mut span = recorder.tracer().start("GET /users/jo@example.com");
    span.set_attribute(KeyValue::new("first", 1));
    span.add_event("between", vec![KeyValue::new("inner", true)]);
    span.set_attribute(KeyValue::new("password", "secret"));
    span.set_attribute(KeyValue::new("email", "jo@example.com"));
    span.set_attribute(KeyValue::new("last", 1));
    let id = span.span_context().span_id();
    span.end();

    let span = recorder.span();
    assert_eq!(span.name, "short");
    assert_eq!(
        attributes(&span.attributes),
        [("first", "longer than it was".into()), ("email", "REDACTED".into()), ("last", "2".into())]
    );
    assert_eq!(span.events.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["between", "redacted"]);
    assert_eq!(span.links[0].span_id, id.to_bytes());
    assert_eq!(span.status.unwrap().message, "redacted");
}

struct Overwrite;

impl SpanProcessor for Overwrite {
    fn on_ending(&self, span: &mut SpanMut<'_>) {
        span.set_attribute(KeyValue::new("secret", "REDACTED"));
    }
}

#[test]
fn a_value_is_redacted_however_full_the_span_is() {
    let recorder = Recorder::new(|provider| provider.with_processor(Overwrite));
    let mut span = recorder.tracer().start("x".repeat(4 << 10));
    span.set_attribute(KeyValue::new("secret", "s".repeat((4 << 20) - (4 << 10) - 120)));
    assert!(span.is_recording());
    span.update_name("y".repeat(5 << 20));
    span.end();
    let span = recorder.span();
    assert_eq!(attributes(&span.attributes), [("secret", "REDACTED".into())]);
    assert_eq!(span.dropped_attributes_count, 0);
}

struct Filter;

impl SpanProcessor for Filter {
    fn on_ending(&self, span: &mut SpanMut<'_>) {
        if span.view().name() == "GET /health" {
            span.discard();
        }
    }
}

#[test]
fn a_discarded_span_is_counted_as_filtered_and_not_exported() {
    let recorder = Recorder::new(|provider| provider.with_processor(Filter));
    for name in ["GET /health", "GET /users", "GET /health"] {
        drop(recorder.tracer().start(name));
    }
    assert_eq!(recorder.span().name, "GET /users");
    let report = recorder.provider.shutdown(SOON);
    assert_eq!((report.exported(), report.filtered, report.dropped()), (1, 2, 0), "{report}");
}

/// Writes down what it sees, with its name.
#[derive(Clone)]
struct Watch(&'static str, Arc<Mutex<Vec<String>>>);

impl SpanProcessor for Watch {
    fn on_start(&self, span: &mut SpanMut<'_>, _: &Context) {
        let seen = span.view().attributes().count();
        self.1.lock().unwrap().push(format!("{} start {seen}", self.0));
        span.set_attribute(KeyValue::new(self.0, true));
    }

    fn on_ending(&self, span: &mut SpanMut<'_>) {
        let seen = span.view().attributes().count();
        self.1.lock().unwrap().push(format!("{} ending {seen}", self.0));
        span.set_attribute(KeyValue::new(format!("{} ending", self.0), true));
    }

    fn on_end(&self, span: &FinishedSpan<'_>) {
        let view = span.view();
        let (seen, address) = (view.attributes().count(), view.as_bytes().as_ptr());
        assert_eq!(view.end_time(), SystemTime::UNIX_EPOCH + Duration::from_secs(7));
        self.1.lock().unwrap().push(format!("{} end {seen} {address:p}", self.0));
    }
}

#[test]
fn processors_see_the_same_span_one_after_another_without_a_copy() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder::new(|provider| {
        provider
            .with_processor(Watch("one", Arc::clone(&seen)))
            .with_processor(Watch("two", Arc::clone(&seen)))
    });
    let tracer = recorder.tracer();
    let mut span = tracer.build(tracer.span_builder("span").with_start_time(SystemTime::UNIX_EPOCH));
    span.end_with_timestamp(SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[..4], ["one start 0", "two start 1", "one ending 2", "two ending 3"]);
    assert_eq!(seen[4].replace("one end 4", ""), seen[5].replace("two end 4", ""), "the same bytes");
}

#[test]
fn spans_that_are_only_recorded_reach_processors_and_no_exporter() {
    #[derive(Default, Clone)]
    struct Count(Arc<Mutex<Vec<bool>>>);
    impl SpanProcessor for Count {
        fn on_end(&self, span: &FinishedSpan<'_>) {
            self.0.lock().unwrap().push(span.is_sampled());
        }
    }
    let count = Count::default();
    let recorder = Recorder::new(|provider| {
        provider.with_processor(count.clone()).with_sampler(AlwaysRecord::new(AlwaysOff))
    });
    let span = recorder.tracer().start("recorded");
    assert!(span.is_recording() && !span.span_context().is_sampled());
    drop(span);
    assert_eq!(*count.0.lock().unwrap(), [false]);
    assert!(recorder.spans().is_empty());
}

struct PanicsEverywhere;

impl SpanProcessor for PanicsEverywhere {
    fn on_start(&self, _: &mut SpanMut<'_>, _: &Context) {
        panic!("start");
    }

    fn on_ending(&self, _: &mut SpanMut<'_>) {
        panic!("ending");
    }

    fn on_end(&self, _: &FinishedSpan<'_>) {
        panic!("end");
    }

    fn force_flush(&self, _: Duration) -> Result<(), Error> {
        panic!("flush");
    }
}

#[test]
fn a_panic_in_any_hook_is_caught_and_counted_and_telemetry_goes_on() {
    let recorder =
        Recorder::new(|provider| provider.with_processor(PanicsEverywhere).with_processor(Overwrite));
    drop(recorder.tracer().start("one"));
    drop(recorder.tracer().start("two"));
    assert_eq!(recorder.spans().len(), 2);
    assert!(recorder.spans().iter().all(|span| span.attributes.len() == 1), "the next processor still ran");
    assert!(recorder.provider.force_flush(SOON).unwrap_err().to_string().contains("panicked"));
    let report = recorder.provider.shutdown(SOON);
    assert_eq!((report.exported(), report.panics), (2, 8), "{report}");
}

/// Starts a span of its own for each span but its own.
#[derive(Clone, Default)]
struct Reentrant(Arc<OnceLock<Tracer>>);

impl Reentrant {
    fn note(&self, name: &str, what: &'static str) {
        if let Some(tracer) = self.0.get().filter(|_| name == "outer") {
            let mut span = tracer.start_with_context(what, &Context::new());
            span.set_attribute(KeyValue::new("inner", true));
        }
    }
}

impl SpanProcessor for Reentrant {
    fn on_start(&self, span: &mut SpanMut<'_>, _: &Context) {
        self.note(span.view().name(), "inner start");
    }

    fn on_ending(&self, span: &mut SpanMut<'_>) {
        self.note(span.view().name(), "inner ending");
    }

    fn on_end(&self, span: &FinishedSpan<'_>) {
        self.note(span.view().name(), "inner end");
    }
}

#[test]
fn a_processor_may_start_spans_of_its_own() {
    let processor = Reentrant::default();
    let recorder = Recorder::new(|provider| provider.with_processor(processor.clone()));
    processor.0.set(recorder.tracer()).unwrap();
    let mut span = recorder.tracer().start("outer");
    span.set_attribute(KeyValue::new("outer", true));
    span.end();
    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["inner start", "inner ending", "inner end", "outer"]);
    assert!(recorder.spans().iter().all(|span| span.attributes.len() == 1));
}

struct Failing(Arc<Mutex<Vec<Duration>>>);

impl SpanProcessor for Failing {
    fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        self.0.lock().unwrap().push(timeout);
        Err(Error::failed("the disk is full"))
    }
}

#[test]
fn processors_are_told_the_time_that_is_left_and_their_failures_are_passed_on() {
    let timeouts = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder::new(|provider| provider.with_processor(Failing(Arc::clone(&timeouts))));
    let flushed = recorder.provider.force_flush(Duration::from_secs(20));
    assert_eq!(flushed.unwrap_err().to_string(), "the disk is full");
    let report = recorder.provider.shutdown(Duration::from_secs(10));
    assert_eq!(report.processor_error.as_deref(), Some("the disk is full"));
    assert!(!report.is_complete() && report.to_string().contains("the disk is full"), "{report}");
    assert_eq!(recorder.provider.shutdown(SOON), report, "asked again, it says the same");
    let timeouts = timeouts.lock().unwrap();
    assert_eq!(timeouts.len(), 2, "shut down once");
    assert!((Duration::from_secs(15)..=Duration::from_secs(20)).contains(&timeouts[0]));
    assert!((Duration::from_secs(5)..=Duration::from_secs(10)).contains(&timeouts[1]));
}

#[test]
fn what_processors_add_obeys_the_limits() {
    let mut limits = SpanLimits::default();
    limits.attributes = 1;
    let recorder = Recorder::new(|provider: pilotlight_sdk::record::TracerProviderBuilder| {
        provider.with_processor(Overwrite).with_limits(limits)
    });
    let mut span = recorder.tracer().start("span");
    span.set_attribute(KeyValue::new("own", 1));
    span.end();
    let span = recorder.span();
    assert_eq!((span.attributes.len(), span.dropped_attributes_count), (1, 1));
}

#[test]
fn without_exporters_processors_still_see_spans() {
    let processor = Watch("one", Arc::default());
    let provider = TracerProvider::builder().with_processor(processor.clone()).build().unwrap();
    let tracer = opentelemetry::trace::TracerProvider::tracer(&provider, "test");
    let mut span = tracer.build(tracer.span_builder("span").with_start_time(SystemTime::UNIX_EPOCH));
    span.end_with_timestamp(SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    let seen = processor.1.lock().unwrap();
    assert_eq!(seen[..2], ["one start 0", "one ending 1"]);
    assert!(seen[2].starts_with("one end 2"));
}
