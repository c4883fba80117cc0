//! The `traceparent` header: which trace a request belongs to, and which span sent it.
//!
//! ```text
//!  00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//!  version    trace id (16 bytes)       span id (8)     flags
//! ```
//!
//! Grammar: <https://www.w3.org/TR/trace-context-2/#traceparent-header-field-values>.

use super::ows;
use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use std::ops::Range;

/// Where the fields are. Every version keeps these places; a later one only adds behind them.
const LENGTH: usize = 55;
const VERSION: Range<usize> = 0..2;
const TRACE_ID: Range<usize> = 3..35;
const SPAN_ID: Range<usize> = 36..52;
const FLAGS: Range<usize> = 53..55;
const DASHES: [usize; 3] = [2, 35, 52];

/// The standard forbids this version, so that it can never be mistaken for one.
const VERSION_FORBIDDEN: u8 = 0xff;

/// Sampled (bit 0) and random trace id (bit 1), all that Level 2 defines. Others may get a meaning some day which we would
/// not be honouring: they are neither believed when read nor sent on.
const FLAGS_KNOWN: TraceFlags = TraceFlags::new(0x03);

/// What a valid `traceparent` says. The ids are never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traceparent {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) flags: TraceFlags,
}

/// Reads one header line, or says that it is not a `traceparent`.
///
/// A version later than ours may carry more data behind another dash; it is ignored, as the standard asks.
pub(super) fn parse(line: &str) -> Option<Traceparent> {
    let (fields, rest) = ows::trim(line).as_bytes().split_first_chunk::<LENGTH>()?;
    if DASHES.iter().any(|&at| fields[at] != b'-') || !version_allows(hex(&fields[VERSION])?, rest) {
        return None;
    }
    let (high, low) = fields[TRACE_ID].split_at(16);
    let trace_id = TraceId::from((u128::from(hex(high)?) << 64) | u128::from(hex(low)?));
    let span_id = SpanId::from(hex(&fields[SPAN_ID])?);
    if trace_id == TraceId::INVALID || span_id == SpanId::INVALID {
        return None;
    }
    let flags = u8::try_from(hex(&fields[FLAGS])?).ok()?;
    Some(Traceparent { trace_id, span_id, flags: TraceFlags::new(flags) & FLAGS_KNOWN })
}

/// Writes the header: one allocation of its exact size, and no formatting machinery.
pub(super) fn format(parent: &Traceparent) -> String {
    let mut header = [b'-'; LENGTH];
    write_hex(&mut header[VERSION], &[0]);
    write_hex(&mut header[TRACE_ID], &parent.trace_id.to_bytes());
    write_hex(&mut header[SPAN_ID], &parent.span_id.to_bytes());
    write_hex(&mut header[FLAGS], &[(parent.flags & FLAGS_KNOWN).to_u8()]);
    // Dashes and digits are UTF-8, so the default is never taken.
    String::from_utf8(header.to_vec()).unwrap_or_default()
}

fn version_allows(version: u64, rest: &[u8]) -> bool {
    match version {
        0 => rest.is_empty(),
        version if version == u64::from(VERSION_FORBIDDEN) => false,
        _ => matches!(rest.first(), None | Some(b'-')),
    }
}

/// At most 16 digits. Capitals are refused: the standard's `HEXDIGLC` has none.
fn hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some((number << 4) | u64::from(value))
    })
}

fn write_hex(into: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in into.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0x0f)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn parent(flags: u8) -> Traceparent {
        Traceparent {
            trace_id: TraceId::from_hex(TRACE).unwrap(),
            span_id: SpanId::from_hex(SPAN).unwrap(),
            flags: TraceFlags::new(flags),
        }
    }

    #[test]
    fn valid_headers_are_read() {
        let cases = [
            ("not sampled", format!("00-{TRACE}-{SPAN}-00"), 0x00),
            ("sampled", format!("00-{TRACE}-{SPAN}-01"), 0x01),
            ("random", format!("00-{TRACE}-{SPAN}-02"), 0x02),
            ("sampled and random", format!("00-{TRACE}-{SPAN}-03"), 0x03),
            ("flags of the future are ignored, the rest is kept", format!("00-{TRACE}-{SPAN}-fd"), 0x01),
            ("all flags", format!("00-{TRACE}-{SPAN}-ff"), 0x03),
            ("the next version", format!("01-{TRACE}-{SPAN}-01"), 0x01),
            ("the last version", format!("fe-{TRACE}-{SPAN}-01"), 0x01),
            ("a later version with more data", format!("cc-{TRACE}-{SPAN}-01-what-the-future-brings"), 0x01),
            ("a later version with an empty addition", format!("cc-{TRACE}-{SPAN}-01-"), 0x01),
            ("a later version with data beyond ASCII", format!("cc-{TRACE}-{SPAN}-01-é"), 0x01),
            ("white space around it", format!("\t 00-{TRACE}-{SPAN}-01 \t"), 0x01),
        ];
        for (case, header, flags) in cases {
            assert_eq!(parse(&header), Some(parent(flags)), "{case}: {header}");
        }
    }

    #[test]
    fn invalid_headers_are_refused() {
        let zeros = "0".repeat(32);
        let cases = [
            ("empty", String::new()),
            ("white space", " \t ".into()),
            ("the forbidden version", format!("ff-{TRACE}-{SPAN}-01")),
            ("the forbidden version with more data", format!("ff-{TRACE}-{SPAN}-01-x")),
            ("a version in capitals", format!("CC-{TRACE}-{SPAN}-01")),
            ("a version that is not hexadecimal", format!(".0-{TRACE}-{SPAN}-01")),
            ("a version too short", format!("0-{TRACE}-{SPAN}-01")),
            ("a version too long", format!("000-{TRACE}-{SPAN}-01")),
            ("version 00 with more data", format!("00-{TRACE}-{SPAN}-01-x")),
            ("version 00 with a dash behind it", format!("00-{TRACE}-{SPAN}-01-")),
            ("version 00 with a dot behind it", format!("00-{TRACE}-{SPAN}-01.")),
            ("a later version with data behind a dot", format!("cc-{TRACE}-{SPAN}-01.x")),
            ("a later version with flags too long", format!("cc-{TRACE}-{SPAN}-010")),
            ("no flags", format!("00-{TRACE}-{SPAN}")),
            ("flags too short", format!("00-{TRACE}-{SPAN}-1")),
            ("flags too long", format!("00-{TRACE}-{SPAN}-001")),
            ("flags that are not hexadecimal", format!("00-{TRACE}-{SPAN}-.0")),
            ("flags in capitals", format!("00-{TRACE}-{SPAN}-0A")),
            ("a trace id of zeros", format!("00-{zeros}-{SPAN}-01")),
            ("a trace id in capitals", format!("00-{}-{SPAN}-01", TRACE.to_uppercase())),
            ("a trace id too short", format!("00-{}-{SPAN}-01", &TRACE[1..])),
            ("a trace id too long", format!("00-0{TRACE}-{SPAN}-01")),
            ("a trace id with a sign", format!("00-+{}-{SPAN}-01", &TRACE[1..])),
            ("a span id of zeros", format!("00-{TRACE}-{}-01", &zeros[..16])),
            ("a span id in capitals", format!("00-{TRACE}-{}-01", SPAN.to_uppercase())),
            ("a span id too short", format!("00-{TRACE}-{}-01", &SPAN[1..])),
            ("a span id too long", format!("00-{TRACE}-0{SPAN}-01")),
            ("underscores for dashes", format!("00_{TRACE}_{SPAN}_01")),
            ("two headers that a proxy joined", format!("00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01")),
            ("two later ones joined", format!("cc-{TRACE}-{SPAN}-01,cc-{TRACE}-{SPAN}-01")),
            ("a character of two bytes in the trace id", format!("00-é{}-{SPAN}-01", &TRACE[2..])),
            ("a character across two fields", format!("00-{}é{SPAN}-01", &TRACE[1..])),
            ("a space beyond ASCII in front", format!("\u{a0}00-{TRACE}-{SPAN}-01")),
            ("a line feed behind it", format!("00-{TRACE}-{SPAN}-01\n")),
        ];
        for (case, header) in cases {
            assert_eq!(parse(&header), None, "{case}: {header}");
        }
    }

    #[test]
    fn a_header_is_written_as_version_00_with_the_known_flags_only() {
        assert_eq!(format(&parent(0x01)), format!("00-{TRACE}-{SPAN}-01"));
        assert_eq!(format(&parent(0xfe)), format!("00-{TRACE}-{SPAN}-02"));
    }

    #[test]
    fn small_ids_are_written_with_their_leading_zeros() {
        let small = Traceparent {
            trace_id: TraceId::from(1),
            span_id: SpanId::from(0xa),
            flags: TraceFlags::default(),
        };
        assert_eq!(format(&small), "00-00000000000000000000000000000001-000000000000000a-00");
    }
}
