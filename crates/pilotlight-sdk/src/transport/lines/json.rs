//! A log record as one JSON object on one line.

use crate::record::ValueView;
use crate::transport::json::{unique, write_string, write_value};

use super::record::{Placed, Record, is_source_location};
use super::timestamp::Timestamps;

/// Keys with a meaning of their own. An attribute that has one of them would contradict the record.
const RESERVED: [&str; 10] = [
    "timestamp",
    "level",
    "message",
    "target",
    "event_name",
    "service.name",
    "trace_id",
    "span_id",
    "trace_flags",
    "dropped_attributes_count",
];

/// Goes before an attribute's key that is reserved, and before one that would otherwise look as if it had been.
const PREFIX: &str = "fields.";

/// Appends `record`, and a line's end.
///
/// Members are written with a comma behind them; the last one gives its up for the brace.
pub(super) fn write_line(
    line: &mut String,
    placed: &Placed<'_>,
    record: &Record<'_>,
    timestamps: &mut Timestamps,
    has_source_location: bool,
) {
    line.push('{');
    write_head(line, placed, record, timestamps);
    write_trace(line, record);
    if has_source_location {
        unique(&record.attributes)
            .filter(|(key, _)| is_source_location(key))
            .for_each(|attribute| write_attribute(line, attribute));
    }
    unique(&record.attributes)
        .filter(|(key, _)| !is_source_location(key))
        .for_each(|attribute| write_attribute(line, attribute));
    if record.dropped_attributes > 0 {
        line.push_str("\"dropped_attributes_count\":");
        write_value(line, ValueView::I64(record.dropped_attributes as i64));
        line.push(',');
    }
    if line.ends_with(',') {
        line.pop();
    }
    line.push_str("}\n");
}

fn write_head(line: &mut String, placed: &Placed<'_>, record: &Record<'_>, timestamps: &mut Timestamps) {
    if record.unix_nanos > 0 {
        line.extend(["\"timestamp\":\"", timestamps.rfc3339(record.unix_nanos), "\","]);
    }
    write_text(line, "\"level\":", record.level());
    if let Some(body) = record.body {
        line.push_str("\"message\":");
        write_value(line, body);
        line.push(',');
    }
    write_text(line, "\"target\":", placed.target);
    write_text(line, "\"event_name\":", record.event_name);
    if let Some(service_name) = placed.service_name {
        line.push_str("\"service.name\":");
        write_value(line, service_name);
        line.push(',');
    }
}

/// Appends a member that is left out when empty.
fn write_text(line: &mut String, key: &str, text: &str) {
    if !text.is_empty() {
        line.push_str(key);
        write_string(line, text);
        line.push(',');
    }
}

/// Specification: "Trace Context in non-OTLP Log Formats",
/// <https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/>.
fn write_trace(line: &mut String, record: &Record<'_>) {
    let Some(trace_id) = record.trace_id() else { return };
    line.push_str("\"trace_id\":\"");
    write_hex(line, trace_id);
    if let Some(span_id) = record.span_id() {
        line.push_str("\",\"span_id\":\"");
        write_hex(line, span_id);
    }
    line.push_str("\",\"trace_flags\":\"");
    write_hex(line, &[record.trace_flags]);
    line.push_str("\",");
}

/// Appends `bytes` as hexadecimal digits: those of an id at once, which is quicker than one by one.
pub(super) fn write_hex(line: &mut String, bytes: &[u8]) {
    for id in bytes.chunks(16) {
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(id) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        // Digits are ASCII.
        line.push_str(std::str::from_utf8(&digits[..2 * id.len()]).unwrap_or_default());
    }
}

fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

fn write_attribute(line: &mut String, (key, value): (&str, ValueView<'_>)) {
    if is_reserved(key) {
        write_string(line, &format!("{PREFIX}{key}"));
    } else {
        write_string(line, key);
    }
    line.push(':');
    write_value(line, value);
    line.push(',');
}

/// Whether `key` is reserved or would be without the prefixes in front of it. Giving all of those one more keeps different keys
/// different.
fn is_reserved(mut key: &str) -> bool {
    while let Some(rest) = key.strip_prefix(PREFIX) {
        key = rest;
    }
    RESERVED.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_two_digits_each() {
        let mut line = String::new();
        write_hex(&mut line, &[0x00, 0x0f, 0xa5, 0xff]);
        assert_eq!(line, "000fa5ff");
    }

    #[test]
    fn a_key_is_reserved_with_any_number_of_prefixes() {
        assert!(is_reserved("level") && is_reserved("fields.level") && is_reserved("fields.fields.trace_id"));
        assert!(!is_reserved("user_id") && !is_reserved("fields.user_id") && !is_reserved("levels"));
    }
}
