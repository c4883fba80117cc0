//! Whoever wrote the bytes of a log record, reading them shows less of it and never ends the process.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::log_recorder::LogRecorder;
use opentelemetry::logs::{AnyValue, LogRecord as _};
use pilotlight_sdk::record::{LogView, LogsView};
use proptest::prelude::*;

/// Asks everything there is to ask.
fn read(log: LogView<'_>) -> String {
    let _ = (log.time(), log.observed_time(), log.severity_number(), log.severity_text(), log.event_name());
    let _ = (log.trace_id(), log.span_id(), log.trace_flags(), log.dropped_attributes());
    assert!(log.attributes().all(|(key, _)| log.attribute(key).is_some()));
    let attributes: String = log.attributes().map(|(key, value)| format!("{key}={value} ")).collect();
    format!("{} {attributes}{log:?}", log.body().map(|body| body.to_string()).unwrap_or_default())
}

fn read_all(request: &[u8]) {
    for (resource, scope, log) in LogsView::new(request).records() {
        let _ = (resource.attribute("service.name"), scope.name(), read(log));
    }
}

/// A request as this crate writes it.
fn genuine() -> Vec<u8> {
    let recorder = LogRecorder::new();
    recorder.emit(|record| {
        record.set_body(AnyValue::ListAny(Box::new(vec!["a".into(), 1.into(), 0.5.into()])));
        record.set_event_name("user.login");
        record.add_attribute("user_id", 7);
        record.add_attribute("text", "long ".repeat(40));
    });
    recorder.exporter.batches()[0].request.to_vec()
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        read_all(&bytes);
        read(LogView::new(&bytes));
    }

    #[test]
    fn a_request_that_was_damaged_is_read_without_a_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end: prop::sample::Index,
    ) {
        let mut request = genuine();
        for (at, byte) in damage {
            let at = at.index(request.len());
            request[at] = byte;
        }
        read_all(&request);
        let end = end.index(request.len());
        read_all(&request[..end]);
    }
}

/// Length-delimited field `number` around `content`.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut field);
    [&field[..], content].concat()
}

#[test]
fn a_body_nested_far_deeper_than_any_of_ours_is_shown_to_a_bound() {
    // An array value, in it a value, and so on.
    let body = (0..10_000).fold(Vec::new(), |inner, _| field(5, &field(1, &inner)));
    let record = field(5, &body);
    let shown = LogView::new(&record).body().unwrap().to_string();
    assert_eq!(shown, format!("{}…{}", "[".repeat(64), "]".repeat(64)));
}
