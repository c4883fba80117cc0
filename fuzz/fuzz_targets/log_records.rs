//! Any bytes as a request of log records: exporters and processors that read it see less of it, and never panic.
//!
//! `cargo +nightly fuzz run log_records`

#![no_main]

use libfuzzer_sys::fuzz_target;
use pilotlight_sdk::record::{LogView, LogsView};

fn read(log: LogView<'_>) {
    let _ = (log.time(), log.observed_time(), log.severity_number(), log.severity_text(), log.event_name());
    let _ = (log.trace_id(), log.span_id(), log.trace_flags(), log.dropped_attributes());
    let body = log.body().map(|body| body.to_string());
    assert_eq!(log.body().map(|body| body.to_string()), body);
    for (key, _) in log.attributes() {
        assert!(log.attribute(key).is_some());
    }
    let _ = format!("{log:?}");
}

fuzz_target!(|bytes: &[u8]| {
    for (resource, scope, log) in LogsView::new(bytes).records() {
        let _ = (resource.attribute("service.name"), scope.name());
        read(log);
    }
    read(LogView::new(bytes));
});
