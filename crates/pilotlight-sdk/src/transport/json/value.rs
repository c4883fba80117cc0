//! Attribute values as JSON.
//!
//! Specification: "AnyValue representation for non-OTLP protocols",
//! <https://opentelemetry.io/docs/specs/otel/common/#anyvalue-representation-for-non-otlp-protocols>.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hashbrown::HashMap;

use crate::record::ValueView;

use super::write_string;

/// How many arrays and maps may lie in one another. Readers have limits too, usually 64 levels or more, and every level takes
/// some of the stack.
const DEPTH_MAX: usize = 32;

/// Stands for an array or a map that lies too deep.
const TOO_DEEP: &str = "\"[nested too deeply]\"";

/// Up to here keys are compared one with another, which is quicker than hashing them; beyond, the time would grow with
/// the square.
const COMPARED_MAX: usize = 32;

/// Appends `value`: numbers with all their digits, `"NaN"` and `"Infinity"` as strings, bytes as base64, no value as `null`.
/// Of the entries of a map with the same key the last is written.
pub(in crate::transport) fn write_value(out: &mut String, value: ValueView<'_>) {
    write_nested(out, value, 0);
}

fn write_nested(out: &mut String, value: ValueView<'_>, depth: usize) {
    match value {
        ValueView::Empty => out.push_str("null"),
        ValueView::Str(text) => write_string(out, text),
        ValueView::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
        ValueView::I64(number) => push(out, format_args!("{number}")),
        // The shortest digits that read as the same number, with an exponent where there would be many.
        ValueView::F64(number) if number.is_finite() => push(out, format_args!("{number:?}")),
        ValueView::F64(number) => out.push_str(special(number)),
        ValueView::Bytes(bytes) => {
            out.push('"');
            STANDARD.encode_string(bytes, out);
            out.push('"');
        }
        ValueView::Array(_) | ValueView::Map(_) if depth == DEPTH_MAX => out.push_str(TOO_DEEP),
        ValueView::Array(array) => {
            out.push('[');
            for (i, value) in array.values().enumerate() {
                separate(out, i);
                write_nested(out, value, depth + 1);
            }
            out.push(']');
        }
        ValueView::Map(map) => {
            out.push('{');
            for (i, (key, value)) in unique(&map.entries().collect::<Vec<_>>()).enumerate() {
                separate(out, i);
                write_string(out, key);
                out.push(':');
                write_nested(out, value, depth + 1);
            }
            out.push('}');
        }
    }
}

fn special(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "\"Infinity\"",
        f64::NEG_INFINITY => "\"-Infinity\"",
        _ => "\"NaN\"",
    }
}

fn separate(out: &mut String, i: usize) {
    if i > 0 {
        out.push(',');
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = out.write_fmt(text);
}

/// The entries whose key does not come again: a key stands once in an object, with its last value.
pub(in crate::transport) fn unique<'a, 'e>(
    entries: &'e [(&'a str, ValueView<'a>)],
) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + use<'a, 'e> {
    let last: Option<HashMap<&str, usize, foldhash::fast::RandomState>> = (entries.len() > COMPARED_MAX)
        .then(|| entries.iter().enumerate().map(|(i, (key, _))| (*key, i)).collect());
    entries
        .iter()
        .enumerate()
        .filter(move |(i, (key, _))| is_last(entries, *i, key, last.as_ref()))
        .map(|(_, entry)| *entry)
}

fn is_last(
    entries: &[(&str, ValueView<'_>)],
    i: usize,
    key: &str,
    last: Option<&HashMap<&str, usize, foldhash::fast::RandomState>>,
) -> bool {
    match last {
        Some(last) => last.get(key) == Some(&i),
        None => !entries[i + 1..].iter().any(|(later, _)| *later == key),
    }
}
