//! What becomes of `tracing`'s spans and events, value by value.

use super::variable_tests::{Row, check, check_with};
use super::*;

const LOGS: &str = "RUST_LOG";
const SPANS: &str = "PILOTLIGHT_SPAN_FILTER";

fn filters(settings: &Settings) -> String {
    format!("{} | {}", settings.tracing.log_filter, settings.tracing.span_filter)
}

#[test]
fn nothing_set_gives_the_default_settings() {
    let settings = SettingsBuilder::new().resolve(&Variables::new()).settings;
    assert_eq!(settings.tracing, TracingSettings::default());
}

#[test]
fn spans_and_logs_are_filtered_apart() {
    let rows: &[Row<'_>] = &[
        (&[], "info | info", 0),
        (&[(LOGS, ""), (SPANS, " ")], "info | info", 0),
        (&[(LOGS, "error")], "error | info", 0),
        (&[(SPANS, "debug")], "info | debug", 0),
        (&[(LOGS, "warn"), (SPANS, "off")], "warn | off", 0),
        // Told by whoever makes the filter.
        (&[(LOGS, "shop=[")], "shop=[ | info", 0),
    ];
    check(filters, rows);
    let code = SettingsBuilder::new().log_filter("warn,shop[{id=7}]=debug").span_filter("trace");
    check_with(&code, filters, &[(&[(LOGS, "off"), (SPANS, "off")], "warn,shop[{id=7}]=debug | trace", 0)]);
    let blank = SettingsBuilder::new().log_filter(" ").span_filter("");
    check_with(&blank, filters, &[(&[(LOGS, "off")], "off | info", 0)]);
}

#[cfg(unix)]
#[test]
fn a_filter_that_is_not_utf_8_is_warned_about() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let variables = Variables::new().with(LOGS, OsString::from_vec(vec![b'w', 0xff]));
    let resolved = SettingsBuilder::new().resolve(&variables);
    assert_eq!(filters(&resolved.settings), "info | info");
    assert_eq!(
        resolved.warnings[0].to_string(),
        "RUST_LOG=\"w\u{fffd}\" is not valid UTF-8; using the default, info"
    );
}

#[test]
fn what_spans_and_events_tell_is_decided_in_code_alone() {
    let shown = |settings: &Settings| {
        let TracingSettings { source_location, thread, events_on_spans, .. } = settings.tracing;
        format!("{source_location} {thread} {events_on_spans}")
    };
    check(shown, &[(&[], "true true false", 0)]);
    let builder = SettingsBuilder::new;
    check_with(&builder().tracing_source_location(false), shown, &[(&[], "false true false", 0)]);
    check_with(&builder().tracing_thread(false), shown, &[(&[], "true false false", 0)]);
    check_with(&builder().tracing_events_on_spans(true), shown, &[(&[], "true true true", 0)]);
}
