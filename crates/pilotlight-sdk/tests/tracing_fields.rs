//! Values of fields, on spans and on log records, and the fields that say more than an attribute.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

#[path = "common/bridged.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod bridged;

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bridged::Bridged;
use opentelemetry::trace::SpanKind;
use tracing::field::{Empty, debug, display};
use tracing::{info, info_span};

#[derive(Debug)]
struct Declined(std::num::ParseIntError);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("payment declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn declined() -> Declined {
    Declined("x".parse::<u8>().unwrap_err())
}

const EVERY_TYPE: &str = "  i64: -1
  u64: 18446744073709551615
  small: 7
  i128: -170141183460469231731687303715884105728
  u128: 5
  f64: 0.5
  bool: true
  str: text
  bytes: 0001ff
  debug: [1, 2]
  display: 1.5
  optional: 3
";

#[test]
fn values_of_every_type_keep_it() {
    let bridged = Bridged::new();
    let bytes: &[u8] = &[0, 1, 255];
    info_span!(
        "span",
        i64 = -1i64,
        u64 = u64::MAX,
        small = 7u64,
        i128 = i128::MIN,
        u128 = 5u128,
        f64 = 0.5f64,
        bool = true,
        str = "text",
        bytes = bytes,
        debug = ?[1, 2],
        display = %1.5,
        optional = Some(3),
        missing = None::<i64>,
    );
    assert_eq!(bridged.tree(), format!("span\n{EVERY_TYPE}"));
}

#[test]
fn values_recorded_later_keep_their_type_and_replace_earlier_ones() {
    let bridged = Bridged::new();
    let bytes: &[u8] = &[0, 1, 255];
    let span = info_span!(
        "span",
        i64 = Empty,
        u64 = Empty,
        small = 1000,
        i128 = Empty,
        u128 = Empty,
        f64 = Empty,
        bool = Empty,
        str = "a text that was there",
        bytes = Empty,
        debug = Empty,
        display = Empty,
        optional = Empty,
    );
    span.record("str", "text").record("i64", -1).record("u64", u64::MAX).record("small", 7u64);
    span.record("i128", i128::MIN).record("u128", 5u128).record("f64", 0.5).record("bool", true);
    span.record("bytes", bytes).record("debug", debug([1, 2])).record("display", display(1.5));
    span.record("optional", Some(3)).record("no such field", 1);
    drop(span);
    let mut lines: Vec<_> = bridged.tree().lines().skip(1).map(str::to_owned).collect();
    let mut expected: Vec<_> = EVERY_TYPE.lines().map(str::to_owned).collect();
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
}

#[test]
fn events_have_values_of_every_type() {
    let bridged = Bridged::new();
    let bytes: &[u8] = &[0, 1, 255];
    info!(
        i64 = -1i64,
        u64 = u64::MAX,
        small = 7u64,
        i128 = i128::MIN,
        u128 = 5u128,
        f64 = 0.5f64,
        bool = true,
        str = "text",
        bytes = bytes,
        debug = ?[1, 2],
        display = %1.5,
        optional = Some(3),
        "event"
    );
    let log = &bridged.exporter.logs()[0];
    let attributes: String =
        log.view().attributes().map(|(key, value)| format!("  {key}: {value}\n")).collect();
    assert_eq!(attributes, EVERY_TYPE);
}

#[test]
fn an_error_brings_its_type_and_its_causes() {
    let bridged = Bridged::new();
    let error = declined();
    let span = info_span!("span", error = &error as &dyn Error, later = Empty);
    span.record("later", &error as &dyn Error);
    span.in_scope(|| info!(error = &error as &dyn Error, "failed"));
    drop(span);
    assert_eq!(
        bridged.tree(),
        "span
  error: payment declined
  exception.type: Declined
  exception.stacktrace: payment declined\\ncaused by: invalid digit found in string
  exception.message: payment declined
  later: payment declined
"
    );
    assert_eq!(
        bridged.log_lines(),
        "INFO \"failed\" error=\"payment declined\" exception.type=Declined \
         exception.stacktrace=\"payment declined\\ncaused by: invalid digit found in string\" \
         exception.message=\"payment declined\" · in span\n"
    );
}

#[test]
fn special_fields_name_a_span_and_say_its_kind_and_status() {
    let bridged = Bridged::new();
    let name = "dynamic";
    info_span!("a", otel.name = name, otel.kind = "server", otel.status_code = "ok");
    info_span!("b", otel.name = %"shown", otel.kind = ?SpanKind::Client, otel.status_code = "ERROR");
    info_span!("c", otel.kind = "Producer", otel.status_code = "error", otel.status_description = "broken");
    info_span!("d", otel.status_message = "broken first", otel.status_code = "error", otel.kind = "CONSUMER");
    info_span!("e", otel.kind = "internal", otel.status_code = "unset");
    let late = info_span!(
        "f",
        otel.name = Empty,
        otel.kind = Empty,
        otel.status_code = Empty,
        otel.status_description = Empty,
        before = 1,
        after = Empty,
    );
    late.record("otel.name", "a name that came later").record("otel.kind", "server");
    late.record("otel.status_code", "error").record("otel.status_description", "late").record("after", 2);
    drop(late);
    assert_eq!(
        bridged.tree(),
        "dynamic [server] ✓

shown [client] ✗

c [producer] ✗ broken

d [consumer] ✗ broken first

e

a name that came later [server] ✗ late
  before: 1
  after: 2
"
    );
}

#[test]
fn special_fields_that_mean_nothing_stay_attributes() {
    let bridged = Bridged::new();
    info_span!("span", otel.kind = "sever", otel.status_code = "fine", otel.name = 5, otel.other = "x");
    assert_eq!(
        bridged.tree(),
        "span\n  otel.kind: sever\n  otel.status_code: fine\n  otel.name: 5\n  otel.other: x\n"
    );
}

#[test]
fn a_field_named_after_a_keyword_loses_what_the_language_asks_for() {
    let bridged = Bridged::new();
    info_span!("span", r#type = "a").in_scope(|| info!(r#type = "b", r#match = 1, "event"));
    assert_eq!(bridged.tree(), "span\n  type: a\n");
    assert_eq!(bridged.log_lines(), "INFO \"event\" type=b match=1 · in span\n");
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("so far")?;
        panic!("on purpose");
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Error for Panics {}

#[test]
fn a_value_whose_debug_panics_takes_nothing_down() {
    let bridged = Bridged::new();
    let outer = info_span!("outer", value = ?Panics, late = Empty, after = 1);
    outer.record("late", debug(Panics));
    outer.in_scope(|| {
        info!(value = ?Panics, after = 2, "told");
        info!("{Panics}");
        info_span!("inner", error = &Panics as &dyn Error).in_scope(|| {});
    });
    drop(outer);
    assert_eq!(
        bridged.tree(),
        "outer\n  value: so far\n  after: 1\n  late: so far\n  └─ inner\n       error: so far\n"
    );
    assert_eq!(
        bridged.log_lines(),
        "INFO \"told\" value=\"so far\" after=2 · in outer\nINFO \"so far\" · in outer\n"
    );
    assert_eq!(bridged.bridge.open_spans(), 0);
}

struct Fails;

impl fmt::Debug for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("as far as it goes")?;
        Err(fmt::Error)
    }
}

impl fmt::Display for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Error for Fails {}

#[test]
fn a_value_that_fails_to_show_itself_is_shown_as_far_as_it_goes() {
    let bridged = Bridged::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        info_span!("span", value = ?Fails, error = &Fails as &dyn Error)
            .in_scope(|| info!(error = &Fails as &dyn Error, "{Fails}"));
    }));
    assert!(outcome.is_ok());
    assert!(bridged.tree().starts_with("span\n  value: as far as it goes\n  error: as far as it goes\n"));
    assert!(bridged.log_lines().starts_with("INFO \"as far as it goes\" error=\"as far as it goes\""));
}

#[test]
fn a_message_of_ten_megabytes_is_cut_and_says_so() {
    let bridged = Bridged::new();
    let long = "é".repeat(5 << 20);
    info!("{long}");
    info!(message = long.as_str());
    info_span!("span", long = long.as_str(), shown = %long).in_scope(|| info!("after"));
    for log in &bridged.exporter.logs()[..2] {
        let body = log.view().body().unwrap().to_string();
        assert!(body.len() <= 3 << 20 && long.starts_with(&body), "{}", body.len());
        let told = log.view().attribute("pilotlight.body.length").unwrap().to_string();
        assert_eq!(told, long.len().to_string());
    }
    assert!(bridged.span("span").view().dropped_attributes() > 0);
    assert!(bridged.log_lines().contains("\"after\" · in span"));
}
