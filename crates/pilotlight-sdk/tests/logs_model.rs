//! Whatever is done to a log record, by whom and in whichever order, it decodes to what a plain model of it holds.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use common::log_recorder::{LogRecorder, emit};
use opentelemetry::Context;
use opentelemetry::logs::{AnyValue, LogRecord as _, Severity};
use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use opentelemetry_proto::tonic::common::v1 as proto;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Read;
use opentelemetry_proto::tonic::logs::v1 as logs;
use pilotlight_sdk::record::{Clock, LogLimits, LogMut, LogRecord, LogRecordProcessor};
use proptest::prelude::*;

/// What the application and a processor can both do.
#[derive(Clone, Debug)]
enum Step {
    Set(String, String),
    Body(String),
    ListBody(Vec<i64>),
    Severity(Severity),
    Time(u64),
    ObservedTime(u64),
    EventName(&'static str),
    Span(u128, u64, u8),
    /// A processor's alone.
    Remove(String),
}

const ATTRIBUTES_MAX: usize = 5;
const VALUE_LENGTH_MAX: usize = 150;
const NOW: u64 = 77;

fn at(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}

fn list(numbers: &[i64]) -> AnyValue {
    AnyValue::ListAny(Box::new(numbers.iter().map(|number| AnyValue::from(*number)).collect()))
}

fn set_on_record(record: &mut LogRecord, step: &Step) {
    match step {
        Step::Set(key, value) => record.add_attribute(key.clone(), value.clone()),
        Step::Body(text) => record.set_body(text.clone().into()),
        Step::ListBody(numbers) => record.set_body(list(numbers)),
        Step::Severity(severity) => {
            record.set_severity_number(*severity);
            record.set_severity_text(severity.name());
        }
        Step::Time(nanos) => record.set_timestamp(at(*nanos)),
        Step::ObservedTime(nanos) => record.set_observed_timestamp(at(*nanos)),
        Step::EventName(name) => record.set_event_name(name),
        Step::Span(trace_id, span_id, flags) => record.set_trace_context(
            TraceId::from(*trace_id),
            SpanId::from(*span_id),
            Some(TraceFlags::new(*flags)),
        ),
        Step::Remove(_) => {}
    }
}

fn set_on_processed(log: &mut LogMut<'_>, step: &Step) {
    match step {
        Step::Set(key, value) => log.set_attribute(key, value.clone().into()),
        Step::Body(text) => log.set_body(text.clone().into()),
        Step::ListBody(numbers) => log.set_body(list(numbers)),
        Step::Severity(severity) => log.set_severity(*severity, severity.name()),
        Step::Time(nanos) => log.set_time(at(*nanos)),
        Step::ObservedTime(nanos) => log.set_observed_time(at(*nanos)),
        Step::EventName(name) => log.set_event_name(*name),
        Step::Span(trace_id, span_id, flags) => {
            log.set_trace_context(TraceId::from(*trace_id), SpanId::from(*span_id), TraceFlags::new(*flags));
        }
        Step::Remove(key) => drop(log.remove_attribute(key)),
    }
}

/// The same, on a decoded record.
fn set_on_model(model: &mut logs::LogRecord, step: &Step) {
    match step {
        Step::Set(key, value) => set_attribute(model, key, value),
        Step::Body(text) => model.body = read(Read::StringValue(text.clone())),
        Step::ListBody(numbers) => {
            let values = numbers.iter().filter_map(|number| read(Read::IntValue(*number))).collect();
            model.body = read(Read::ArrayValue(proto::ArrayValue { values }));
        }
        Step::Severity(severity) => {
            model.severity_number = *severity as i32;
            model.severity_text = severity.name().to_owned();
        }
        Step::Time(nanos) => model.time_unix_nano = *nanos,
        Step::ObservedTime(nanos) => model.observed_time_unix_nano = *nanos,
        Step::EventName(name) => model.event_name = (*name).to_owned(),
        Step::Span(trace_id, span_id, flags) => {
            model.trace_id = trace_id.to_be_bytes().to_vec();
            model.span_id = span_id.to_be_bytes().to_vec();
            model.flags = (*flags).into();
        }
        Step::Remove(key) => model.attributes.retain(|attribute| attribute.key != *key),
    }
}

fn set_attribute(model: &mut logs::LogRecord, key: &str, value: &str) {
    let value = read(Read::StringValue(value.chars().take(VALUE_LENGTH_MAX).collect()));
    let is_full = model.attributes.len() >= ATTRIBUTES_MAX;
    match model.attributes.iter_mut().find(|attribute| attribute.key == key) {
        Some(known) => known.value = value,
        None if key.is_empty() || is_full => {
            model.dropped_attributes_count += 1;
        }
        None => {
            model.attributes.push(proto::KeyValue { key: key.to_owned(), value, ..Default::default() });
        }
    }
}

fn read(value: Read) -> Option<proto::AnyValue> {
    Some(proto::AnyValue { value: Some(value) })
}

/// Does to each record what it was told to.
#[derive(Clone, Default)]
struct Change(Arc<Mutex<Vec<Step>>>);

impl LogRecordProcessor for Change {
    fn on_emit(&self, log: &mut LogMut<'_>, _: &Context) {
        let steps = self.0.lock().unwrap().clone();
        steps.iter().for_each(|step| set_on_processed(log, step));
    }
}

fn step() -> impl Strategy<Value = Step> {
    let severities = [Severity::Trace, Severity::Info2, Severity::Error, Severity::Fatal4];
    prop_oneof![
        6 => ("[a-c]{0,9}|k{130}", "[x-zü]{0,200}").prop_map(|(key, value)| Step::Set(key, value)),
        2 => "[x-zü]{0,300}".prop_map(Step::Body),
        1 => prop::collection::vec(any::<i64>(), 0..40).prop_map(Step::ListBody),
        1 => prop::sample::select(severities.to_vec()).prop_map(Step::Severity),
        1 => any::<u64>().prop_map(Step::Time),
        1 => (1..u64::MAX).prop_map(Step::ObservedTime),
        1 => prop::sample::select(vec!["", "user.login", "order.placed"]).prop_map(Step::EventName),
        1 => (1u128.., 1u64.., any::<u8>()).prop_map(|(trace, span, flags)| Step::Span(trace, span, flags)),
        2 => "[a-c]{1,9}".prop_map(Step::Remove),
    ]
}

fn recorder(change: Change) -> LogRecorder {
    let mut limits = LogLimits::default();
    limits.attributes = ATTRIBUTES_MAX;
    limits.attribute_value_length = Some(VALUE_LENGTH_MAX);
    let clock = Clock::manual(at(NOW));
    LogRecorder::with(|builder| builder.with_limits(limits).with_clock(clock).with_processor(change))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_sequence_of_changes_decodes_to_what_a_model_holds(
        said in prop::collection::vec(step(), 0..25),
        changed in prop::collection::vec(step(), 0..25),
    ) {
        let said: Vec<Step> = said.into_iter().filter(|step| !matches!(step, Step::Remove(_))).collect();
        let mut model = logs::LogRecord { observed_time_unix_nano: NOW, ..Default::default() };
        said.iter().chain(&changed).for_each(|step| set_on_model(&mut model, step));
        let change = Change(Arc::new(Mutex::new(changed)));
        let recorder = recorder(change);
        emit(&recorder.logger(), |record| said.iter().for_each(|step| set_on_record(record, step)));
        prop_assert_eq!(recorder.record(), model);
    }
}
