//! Log lines, value by value: what is in force, and whether somebody is told.

use super::variable_tests::{Row, check, check_with, only_warning};
use super::*;

const LINES: &str = "PILOTLIGHT_LOG_LINES";
const EXPORTER: &str = "OTEL_LOGS_EXPORTER";

fn format(settings: &Settings) -> String {
    settings.logs.lines.format.map_or("none".to_owned(), |format| format!("{format:?}"))
}

#[test]
fn log_lines() {
    let rows: &[Row<'_>] = &[
        (&[], "Auto", 0),
        (&[(LINES, " ")], "Auto", 0),
        (&[(LINES, "auto")], "Auto", 0),
        (&[(LINES, "JSON")], "Json", 0),
        (&[(LINES, "Text")], "Text", 0),
        (&[(LINES, "off")], "none", 0),
        (&[(LINES, "pretty")], "Auto", 1),
        (&[(LINES, "json,text")], "Auto", 1),
    ];
    check(format, rows);
    let code = SettingsBuilder::new().log_lines(LogLines::Text);
    check_with(&code, format, &[(&[(LINES, "off")], "Text", 0), (&[(LINES, "x")], "Text", 0)]);
    assert_eq!(
        only_warning(&[(LINES, "pretty")]),
        "PILOTLIGHT_LOG_LINES=\"pretty\" is not one of the supported values (auto, json, text, off); using the \
         default, auto"
    );
}

#[test]
fn lines_are_there_wherever_log_records_go_and_even_without_telemetry() {
    for variable in [(EXPORTER, "none"), (EXPORTER, "otlp"), ("OTEL_SDK_DISABLED", "true")] {
        check(format, &[(&[variable], "Auto", 0), (&[variable, (LINES, "json")], "Json", 0)]);
    }
}

#[test]
fn the_console_beats_lines_that_are_off_only_where_it_was_asked_for_by_name_and_says_so() {
    const OFF: (&str, &str) = (LINES, "off");
    const CONSOLE: (&str, &str) = (EXPORTER, "otlp,console");
    check(format, &[(&[OFF, CONSOLE], "Auto", 1), (&[(LINES, "json"), CONSOLE], "Json", 0)]);
    let off = SettingsBuilder::new().log_lines(LogLines::Off);
    check_with(&off, format, &[(&[], "none", 0), (&[CONSOLE], "Auto", 1)]);
    check_with(
        &SettingsBuilder::new().console_without_endpoint(),
        format,
        &[(&[], "Auto", 0), (&[OFF], "none", 0), (&[OFF, CONSOLE], "Auto", 1)],
    );
    check_with(&off.console_without_endpoint(), format, &[(&[], "none", 0), (&[CONSOLE], "Auto", 1)]);

    assert_eq!(
        only_warning(&[OFF, CONSOLE]),
        "PILOTLIGHT_LOG_LINES=\"off\" leaves out the very lines that `console` in OTEL_LOGS_EXPORTER asks for; using \
         auto"
    );
    let code = SettingsBuilder::new().log_lines(LogLines::Off).logs_exporters([LogsExporterKind::Console]);
    let warnings = code.resolve(&Variables::new()).warnings;
    assert_eq!(warnings[0].setting(), "log_lines");
    assert!(warnings[0].problem().contains("`console` in logs_exporters"), "{}", warnings[0]);
}

#[test]
fn what_lines_and_records_hold_besides_is_decided_in_code_alone() {
    let shown = |settings: &Settings| {
        format!("{} {}", settings.logs.lines.source_location, settings.tracing.span_fields)
    };
    check(shown, &[(&[], "false false", 0)]);
    let location = SettingsBuilder::new().log_lines_source_location(true);
    check_with(&location, shown, &[(&[], "true false", 0)]);
    check_with(&SettingsBuilder::new().log_span_fields(true), shown, &[(&[], "false true", 0)]);
}
