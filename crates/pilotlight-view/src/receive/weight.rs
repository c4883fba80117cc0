//! What a protobuf body will take in memory once it is decoded, found out before it is.
//!
//! An empty message takes two bytes on the network and up to 300 in memory. So the tags are walked once, without reading what is
//! between them, and each message is charged with the size of the struct it becomes. The walk costs about a twentieth of decoding.

use super::Signal;
use super::decode::Undecodable;
use opentelemetry_proto::tonic::{
    common::v1 as common, logs::v1 as logs, metrics::v1 as metrics, trace::v1 as trace,
};
use std::mem::size_of;

/// Bytes that the body will take when it is decoded, its own length included.
///
/// # Errors
/// When that is more than `bytes_max`, and when the body cannot be walked to its end: a decoder that gets further than the walk would
/// take memory that nobody counted.
pub(super) fn weigh(signal: Signal, body: &[u8], bytes_max: usize) -> Result<usize, Undecodable> {
    let root = match signal {
        Signal::Traces => &TRACES,
        Signal::Metrics => &METRICS,
        Signal::Logs => &LOGS,
    };
    let left = bytes_max.checked_sub(body.len()).ok_or(Undecodable::TooLarge(bytes_max))?;
    let mut scale = Scale { left };
    match scale.put(root, body, 0) {
        Ok(()) => Ok(bytes_max - scale.left),
        Err(Stop::TooHeavy) => Err(Undecodable::TooLarge(bytes_max)),
        Err(Stop::Unreadable) => Err(Undecodable::Malformed(format!(
            "it is not protobuf, is cut off, or nests deeper than {DEPTH_MAX} levels"
        ))),
    }
}

/// A message, or what else takes more memory than bytes of the network.
struct Kind {
    /// Bytes of the struct, in the list or box that it ends up in.
    bytes: usize,
    /// Bytes for each byte of its content: for packed numbers.
    bytes_per_byte: usize,
    /// The fields with more of these: their numbers and what is in them.
    fields: &'static [(u32, &'static Kind)],
}

const fn message<T>(fields: &'static [(u32, &'static Kind)]) -> Kind {
    Kind { bytes: size_of::<T>(), bytes_per_byte: 0, fields }
}

/// What is part of the struct that holds it: charged already.
const fn inline(fields: &'static [(u32, &'static Kind)]) -> Kind {
    Kind { bytes: 0, bytes_per_byte: 0, fields }
}

static TRACES: Kind = inline(&[(1, &RESOURCE_SPANS)]);
static RESOURCE_SPANS: Kind = message::<trace::ResourceSpans>(&[(1, &RESOURCE), (2, &SCOPE_SPANS)]);
static SCOPE_SPANS: Kind = message::<trace::ScopeSpans>(&[(1, &SCOPE), (2, &SPAN)]);
static SPAN: Kind = message::<trace::Span>(&[(9, &KEY_VALUE), (11, &EVENT), (13, &LINK)]);
static EVENT: Kind = message::<trace::span::Event>(&[(3, &KEY_VALUE)]);
static LINK: Kind = message::<trace::span::Link>(&[(4, &KEY_VALUE)]);

static LOGS: Kind = inline(&[(1, &RESOURCE_LOGS)]);
static RESOURCE_LOGS: Kind = message::<logs::ResourceLogs>(&[(1, &RESOURCE), (2, &SCOPE_LOGS)]);
static SCOPE_LOGS: Kind = message::<logs::ScopeLogs>(&[(1, &SCOPE), (2, &LOG_RECORD)]);
static LOG_RECORD: Kind = message::<logs::LogRecord>(&[(5, &ANY_VALUE), (6, &KEY_VALUE)]);

static METRICS: Kind = inline(&[(1, &RESOURCE_METRICS)]);
static RESOURCE_METRICS: Kind = message::<metrics::ResourceMetrics>(&[(1, &RESOURCE), (2, &SCOPE_METRICS)]);
static SCOPE_METRICS: Kind = message::<metrics::ScopeMetrics>(&[(1, &SCOPE), (2, &METRIC)]);
static METRIC: Kind = message::<metrics::Metric>(&[
    (12, &KEY_VALUE),
    (5, &NUMBERS),
    (7, &NUMBERS),
    (9, &HISTOGRAMS),
    (10, &EXPONENTIAL_HISTOGRAMS),
    (11, &SUMMARIES),
]);
static NUMBERS: Kind = inline(&[(1, &NUMBER)]);
static NUMBER: Kind = message::<metrics::NumberDataPoint>(&[(7, &KEY_VALUE), (5, &EXEMPLAR)]);
static HISTOGRAMS: Kind = inline(&[(1, &HISTOGRAM)]);
static HISTOGRAM: Kind = message::<metrics::HistogramDataPoint>(&[(9, &KEY_VALUE), (8, &EXEMPLAR)]);
static EXPONENTIAL_HISTOGRAMS: Kind = inline(&[(1, &EXPONENTIAL_HISTOGRAM)]);
static EXPONENTIAL_HISTOGRAM: Kind = message::<metrics::ExponentialHistogramDataPoint>(&[
    (1, &KEY_VALUE),
    (8, &BUCKETS),
    (9, &BUCKETS),
    (11, &EXEMPLAR),
]);
static BUCKETS: Kind = inline(&[(2, &PACKED)]);
/// Numbers of one byte each become eight.
static PACKED: Kind = Kind { bytes: 0, bytes_per_byte: size_of::<u64>(), fields: &[] };
static SUMMARIES: Kind = inline(&[(1, &SUMMARY)]);
static SUMMARY: Kind = message::<metrics::SummaryDataPoint>(&[(7, &KEY_VALUE), (6, &QUANTILE)]);
static QUANTILE: Kind = message::<metrics::summary_data_point::ValueAtQuantile>(&[]);
static EXEMPLAR: Kind = message::<metrics::Exemplar>(&[(7, &KEY_VALUE)]);

static RESOURCE: Kind = inline(&[(1, &KEY_VALUE), (3, &ENTITY)]);
static ENTITY: Kind = message::<common::EntityRef>(&[(3, &TEXT), (4, &TEXT)]);
static TEXT: Kind = message::<String>(&[]);
static SCOPE: Kind = inline(&[(3, &KEY_VALUE)]);
static KEY_VALUE: Kind = message::<common::KeyValue>(&[(2, &ANY_VALUE)]);
static ANY_VALUE: Kind = inline(&[(5, &ARRAY), (6, &MAP)]);
static ARRAY: Kind = inline(&[(1, &ELEMENT)]);
/// A value in an array; one in a `KeyValue` is part of that.
static ELEMENT: Kind = message::<common::AnyValue>(&[(5, &ARRAY), (6, &MAP)]);
static MAP: Kind = inline(&[(1, &KEY_VALUE)]);

struct Scale {
    left: usize,
}

enum Stop {
    TooHeavy,
    Unreadable,
}

/// The decoder's own limit.
const DEPTH_MAX: usize = 100;

impl Scale {
    fn put(&mut self, kind: &Kind, mut content: &[u8], depth: usize) -> Result<(), Stop> {
        self.charge(kind.bytes + kind.bytes_per_byte * content.len())?;
        if kind.fields.is_empty() {
            return Ok(());
        }
        if depth > DEPTH_MAX {
            return Err(Stop::Unreadable);
        }
        while !content.is_empty() {
            let key = varint(&mut content)?;
            if key & 7 != LENGTH_DELIMITED {
                skip(&mut content, key, depth)?;
                continue;
            }
            let length = varint(&mut content)?;
            let part = split(&mut content, length)?;
            let field = kind.fields.iter().find(|(number, _)| u64::from(*number) == key >> 3);
            if let Some((_, inner)) = field {
                self.put(inner, part, depth + 1)?;
            }
        }
        Ok(())
    }

    fn charge(&mut self, bytes: usize) -> Result<(), Stop> {
        self.left = self.left.checked_sub(bytes).ok_or(Stop::TooHeavy)?;
        Ok(())
    }
}

const LENGTH_DELIMITED: u64 = 2;
const GROUP_BEGINS: u64 = 3;
const GROUP_ENDS: u64 = 4;

/// Passes over the value of a field. OTLP never had groups, but the decoder passes over those of fields that it does not know.
fn skip(content: &mut &[u8], key: u64, depth: usize) -> Result<(), Stop> {
    let length = match key & 7 {
        0 => return varint(content).map(drop),
        1 => 8,
        5 => 4,
        LENGTH_DELIMITED => varint(content)?,
        GROUP_BEGINS if depth < DEPTH_MAX => loop {
            let inner = varint(content)?;
            match inner & 7 {
                GROUP_ENDS if inner >> 3 == key >> 3 => return Ok(()),
                _ => skip(content, inner, depth + 1)?,
            }
        },
        _ => return Err(Stop::Unreadable),
    };
    split(content, length).map(drop)
}

fn varint(content: &mut &[u8]) -> Result<u64, Stop> {
    let mut value = 0;
    for (position, byte) in content.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * position);
        if *byte < 0x80 {
            *content = &content[position + 1..];
            return Ok(value);
        }
    }
    Err(Stop::Unreadable)
}

fn split<'a>(content: &mut &'a [u8], length: u64) -> Result<&'a [u8], Stop> {
    let length = usize::try_from(length).map_err(|_| Stop::Unreadable)?;
    let (part, rest) = content.split_at_checked(length).ok_or(Stop::Unreadable)?;
    *content = rest;
    Ok(part)
}
