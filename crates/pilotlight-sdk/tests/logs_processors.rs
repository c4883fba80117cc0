//! Processors of log records enrich, redact, filter and watch, and cannot take the host down.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use common::gate::Gate;
use common::heard::Heard;
use common::log_recorder::{LogRecorder, emit, say};
use common::{SOON, attributes};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::logs::{AnyValue, LogRecord as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Read;
use pilotlight_sdk::Error;
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::{
    Clock, LogLimits, LogMut, LogRecordProcessor, Logger, LoggerProvider, ValueView,
};
use pilotlight_sdk::resource::Resource;

/// A processor made of what it does with a record.
struct Each<F>(F);

impl<F: Fn(&mut LogMut<'_>, &Context) + Send + Sync + 'static> LogRecordProcessor for Each<F> {
    fn on_emit(&self, log: &mut LogMut<'_>, context: &Context) {
        (self.0)(log, context);
    }
}

/// Spares each test the types of the closure's arguments.
fn each<F: Fn(&mut LogMut<'_>, &Context) + Send + Sync + 'static>(work: F) -> Each<F> {
    Each(work)
}

fn processed<F: Fn(&mut LogMut<'_>, &Context) + Send + Sync + 'static>(work: F) -> LogRecorder {
    LogRecorder::with(|builder| builder.with_processor(each(work)))
}

#[test]
fn a_record_is_enriched_from_the_context_it_is_emitted_in() {
    let recorder = processed(|log, context| {
        if let Some(tenant) = context.baggage().get("tenant") {
            log.set_attribute("tenant", tenant.clone().to_string().into());
        }
    });
    let _attached = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
    let record = recorder.emit(|record| record.add_attribute("first", 1));
    assert_eq!(attributes(&record.attributes), [("first", "1".into()), ("tenant", "blue".into())]);
}

#[test]
fn a_processor_sees_all_of_a_record_before_it_is_exported() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = {
        let seen = Arc::clone(&seen);
        each(move |log, _| {
            assert_eq!(log.time(), Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(5)));
            assert_eq!(log.observed_time(), SystemTime::UNIX_EPOCH + Duration::from_secs(9));
            assert_eq!((log.severity_number(), log.severity_text()), (13, "careful"));
            assert_eq!(log.event_name(), "user.login");
            assert_eq!(log.body(), Some(ValueView::Str("hello")));
            assert_eq!(log.attribute("user_id"), Some(ValueView::I64(7)));
            assert_eq!(log.attribute("none"), None);
            assert_eq!(log.attributes().count(), 2);
            assert_eq!((log.trace_id(), log.span_id()), (TraceId::from(1), SpanId::from(2)));
            assert!(log.trace_flags().is_sampled());
            assert_eq!(log.scope().name(), "target");
            assert!(log.resource().get("service.name").is_some());
            assert!(format!("{log:?}").contains("hello"), "{log:?}");
            seen.lock().unwrap().push(log.body().map(|body| body.to_string()));
        })
    };
    let clock = Clock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(9));
    let resource = Resource::builder().attribute(KeyValue::new("service.name", "shop")).build();
    let recorder =
        LogRecorder::with(|builder| builder.with_processor(watch).with_clock(clock).with_resource(resource));
    let span = SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    let _attached = Context::new().with_remote_span_context(span).attach();
    emit(&recorder.logger(), |record| {
        record.set_timestamp(SystemTime::UNIX_EPOCH + Duration::from_nanos(5));
        record.set_severity_number(Severity::Warn);
        record.set_severity_text("careful");
        record.set_event_name("user.login");
        record.set_body("hello".into());
        record.add_attribute("user_id", 7);
        record.add_attribute("other", true);
        record.set_target("target");
    });
    assert_eq!(seen.lock().unwrap().len(), 1);
    assert_eq!(recorder.provider.shutdown(SOON).panics, 0);
}

#[test]
fn what_is_not_there_is_seen_as_absent() {
    let recorder = processed(|log, _| {
        assert_eq!((log.time(), log.body()), (None, None));
        assert_eq!((log.severity_number(), log.severity_text(), log.event_name()), (0, "", ""));
        assert_eq!((log.trace_id(), log.span_id()), (TraceId::INVALID, SpanId::INVALID));
        assert_eq!(log.trace_flags(), TraceFlags::NOT_SAMPLED);
        assert_eq!(log.attributes().count(), 0);
    });
    recorder.emit(|_| {});
    assert_eq!(recorder.provider.shutdown(SOON).panics, 0);
}

#[test]
fn everything_about_a_record_can_be_changed() {
    let at = |nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
    let recorder = processed(move |log, _| {
        log.set_attribute("email", "REDACTED".into());
        assert!(log.remove_attribute("password"));
        assert!(!log.remove_attribute("password"));
        log.set_body(AnyValue::from("a much longer body than the one it had before"));
        log.set_attribute("last", 2.into());
        log.set_severity(Severity::Info2, "notice".to_owned());
        log.set_event_name("user.seen".to_owned());
        log.set_time(at(8));
        log.set_observed_time(at(9));
        log.set_trace_context(TraceId::from(3), SpanId::from(4), TraceFlags::SAMPLED);
        log.set_body("short".into());
    });
    let record = recorder.emit(|record| {
        record.add_attribute("email", "jo@example.com");
        record.set_body("jo@example.com came".into());
        record.add_attribute("password", "secret");
        record.set_severity_number(Severity::Error);
    });
    assert_eq!(attributes(&record.attributes), [("email", "REDACTED".into()), ("last", "2".into())]);
    assert_eq!(record.body.unwrap().value, Some(Read::StringValue("short".into())));
    assert_eq!((record.severity_number, record.severity_text.as_str()), (10, "notice"));
    assert_eq!(record.event_name, "user.seen");
    assert_eq!((record.time_unix_nano, record.observed_time_unix_nano), (8, 9));
    assert_eq!(record.trace_id, TraceId::from(3).to_bytes());
    assert_eq!((record.span_id, record.flags), (SpanId::from(4).to_bytes().to_vec(), 1));
}

#[test]
fn processors_obey_the_limits_and_a_full_record_can_still_be_redacted() {
    let mut limits = LogLimits::default();
    limits.attributes = 2;
    limits.attribute_value_length = Some(8);
    let redact = each(|log, _| {
        log.set_attribute("secret", "REDACTED, all of it".into());
        log.set_attribute("more", 1.into());
    });
    let recorder = LogRecorder::with(|builder| builder.with_processor(redact).with_limits(limits));
    let record = recorder.emit(|record| record.add_attributes([("a", 1), ("secret", 2)]));
    assert_eq!(attributes(&record.attributes), [("a", "1".into()), ("secret", "REDACTED".into())]);
    assert_eq!(record.dropped_attributes_count, 1);
}

#[test]
fn a_secret_is_redacted_however_full_the_record_is() {
    let recorder = processed(|log, _| {
        log.set_attribute("secret", "REDACTED".into());
        log.set_body("REDACTED".into());
    });
    let record = recorder.emit(|record| {
        record.set_body("s".repeat(10 << 20).into());
        record.add_attribute("secret", "s".repeat((1 << 20) - 200));
        record.add_attribute("more", "x".repeat(1 << 20));
    });
    assert_eq!(attributes(&record.attributes), [("secret", "REDACTED".into())]);
    assert_eq!(record.body.unwrap().value, Some(Read::StringValue("REDACTED".into())));
    assert_eq!(record.dropped_attributes_count, 1);
}

#[test]
fn processors_are_called_in_their_order_and_see_what_those_before_them_changed() {
    let step = |name: &'static str| {
        each(move |log, _| {
            let seen = log.attributes().map(|(key, _)| key).collect::<Vec<_>>().join("+");
            log.set_attribute(name, seen.into());
        })
    };
    let recorder = LogRecorder::with(|builder| {
        builder.with_processor(step("one")).with_processor(step("two")).with_processor(step("three"))
    });
    let record = recorder.emit(|_| {});
    let expected = [("one", "".into()), ("two", "one".into()), ("three", "one+two".into())];
    assert_eq!(attributes(&record.attributes), expected);
}

#[test]
fn a_record_that_is_discarded_is_counted_as_filtered_and_not_exported() {
    let seen = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&seen);
    let recorder = LogRecorder::with(|builder| {
        let filter = each(|log, _| {
            if log.body() == Some(ValueView::Str("noise")) {
                log.discard();
            }
        });
        builder.with_processor(filter).with_processor(each(move |_, _| *counted.lock().unwrap() += 1))
    });
    for text in ["noise", "music", "noise"] {
        say(&recorder.logger(), text);
    }
    assert_eq!(recorder.told(), [("test".into(), "music".into())]);
    assert_eq!(*seen.lock().unwrap(), 3, "those that follow still see it");
    let report = recorder.provider.shutdown(SOON);
    assert_eq!((report.exported(), report.filtered, report.dropped()), (1, 2, 0), "{report}");
}

#[test]
fn a_processor_that_panics_is_counted_and_reported_once_and_the_record_goes_on() {
    let heard = Heard::everything();
    let recorder = LogRecorder::with(|builder| {
        let panics = each(|log, _| {
            log.set_attribute("before", true.into());
            panic!("the processor gave up");
        });
        builder.with_processor(panics).with_processor(each(|log, _| log.set_attribute("after", true.into())))
    });
    for _ in 0..3 {
        let record = recorder.emit(|_| {});
        assert_eq!(attributes(&record.attributes), [("before", "true".into()), ("after", "true".into())]);
    }
    let report = recorder.provider.shutdown(SOON);
    assert_eq!((report.panics, report.exported()), (3, 3), "{report}");
    assert_eq!(heard.about("a log record processor panicked").len(), 1, "{:?}", heard.lines());
}

#[test]
fn a_processor_may_emit_records_itself() {
    static LOGGER: OnceLock<Logger> = OnceLock::new();
    let recorder = processed(|log, _| {
        if log.scope().name() == "test" {
            say(LOGGER.get().unwrap(), "echo");
        }
    });
    LOGGER.set(recorder.provider.logger("echo")).unwrap();
    say(&recorder.logger(), "hello");
    assert_eq!(recorder.told(), [("echo".into(), "echo".into()), ("test".into(), "hello".into())]);
}

/// Writes down what it is asked to do.
#[derive(Clone, Default)]
struct Lifecycle(Arc<Mutex<Vec<&'static str>>>);

impl LogRecordProcessor for Lifecycle {
    fn on_emit(&self, _: &mut LogMut<'_>, _: &Context) {
        self.0.lock().unwrap().push("emit");
    }

    fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        assert!(timeout <= SOON);
        self.0.lock().unwrap().push("flush");
        Ok(())
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        assert!(timeout <= SOON);
        self.0.lock().unwrap().push("shutdown");
        Ok(())
    }
}

#[test]
fn a_processor_is_flushed_each_time_and_shut_down_once_and_then_left_in_peace() {
    let lifecycle = Lifecycle::default();
    let recorder = LogRecorder::with(|builder| builder.with_processor(lifecycle.clone()));
    let logger = recorder.logger();
    say(&logger, "hello");
    recorder.provider.force_flush(SOON).unwrap();
    recorder.provider.force_flush(SOON).unwrap();
    recorder.provider.shutdown(SOON);
    recorder.provider.shutdown(SOON);
    say(&logger, "late");
    assert_eq!(*lifecycle.0.lock().unwrap(), ["emit", "flush", "flush", "shutdown"]);
}

/// While it ends, the application goes on logging.
struct Redact;

impl LogRecordProcessor for Redact {
    fn on_emit(&self, log: &mut LogMut<'_>, _: &Context) {
        log.set_body("REDACTED".into());
    }

    fn shutdown(&self, _: Duration) -> Result<(), Error> {
        say(LATE.get().unwrap(), "secret");
        Ok(())
    }
}

static LATE: OnceLock<Logger> = OnceLock::new();

#[test]
fn what_is_emitted_while_processors_end_is_refused_rather_than_exported_unredacted() {
    let gate = Gate::open();
    let provider = LoggerProvider::builder()
        .with_processor(Redact)
        .with_batch_exporter(gate.clone(), BatchSettings::default())
        .build()
        .unwrap();
    let logger = provider.logger("test");
    LATE.set(logger.clone()).unwrap();
    say(&logger, "secret");
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.after_shutdown), (1, 1), "{report}");
    let recorder = LogRecorder { provider, exporter: gate.memory };
    assert_eq!(recorder.told(), [("test".into(), "REDACTED".into())]);
}

#[test]
fn a_boxed_processor_is_a_processor() {
    let lifecycle = Lifecycle::default();
    let boxed: Box<dyn LogRecordProcessor> = Box::new(lifecycle.clone());
    let recorder = LogRecorder::with(|builder| builder.with_processor(boxed));
    say(&recorder.logger(), "hello");
    recorder.provider.force_flush(SOON).unwrap();
    recorder.provider.shutdown(SOON);
    assert_eq!(*lifecycle.0.lock().unwrap(), ["emit", "flush", "shutdown"]);
}
