//! Bytes that nobody meant to send, and the same telemetry in the words of other writers.

use crate::telemetry::{attribute, gauge, logs, metrics, nested, number, span, traces};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, metric, number_data_point,
};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span::Event, span::Link};
use pilotlight_view::receive::{Data, Signal, check, decode_json, decode_protobuf};
use proptest::prelude::*;
use prost::Message;

/// One body of each signal, with something in most fields.
fn bodies() -> [(Signal, Vec<u8>, String); 3] {
    let (traces, metrics, logs) =
        (traces(vec![full_span(), span("b")]), metrics(full_metrics()), logs(vec![full_record()]));
    [
        (Signal::Traces, traces.encode_to_vec(), serde_json::to_string(&traces).unwrap()),
        (Signal::Metrics, metrics.encode_to_vec(), serde_json::to_string(&metrics).unwrap()),
        (Signal::Logs, logs.encode_to_vec(), serde_json::to_string(&logs).unwrap()),
    ]
}

fn full_span() -> Span {
    let event = Event {
        time_unix_nano: 3,
        name: "exception".to_owned(),
        attributes: vec![attribute("a", "b")],
        dropped_attributes_count: 4,
    };
    let link = Link {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        trace_state: "a=b".to_owned(),
        flags: 1,
        ..Link::default()
    };
    Span {
        parent_span_id: vec![3; 8],
        trace_state: "c=d".to_owned(),
        flags: 0x101,
        kind: 3,
        events: vec![event],
        links: vec![link],
        dropped_events_count: 7,
        status: Some(Status { message: "no".to_owned(), code: 2 }),
        ..span("full")
    }
}

fn full_metrics() -> Vec<Metric> {
    let value = Some(number_data_point::Value::AsInt(-5));
    let histogram = HistogramDataPoint {
        count: 3,
        sum: Some(1.5),
        bucket_counts: vec![1, 2],
        explicit_bounds: vec![0.5],
        ..Default::default()
    };
    let histogram = Histogram { data_points: vec![histogram], aggregation_temporality: 2 };
    vec![
        gauge(
            "g",
            vec![number(1.5), NumberDataPoint { value, time_unix_nano: u64::MAX, ..Default::default() }],
        ),
        Metric {
            name: "h".to_owned(),
            unit: "s".to_owned(),
            data: Some(metric::Data::Histogram(histogram)),
            ..Metric::default()
        },
    ]
}

fn full_record() -> LogRecord {
    LogRecord {
        time_unix_nano: 1,
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        body: Some(nested(3)),
        attributes: vec![attribute("k", "v\u{0}\u{1F600}\"\\")],
        trace_id: vec![7; 16],
        span_id: vec![9; 8],
        event_name: "e".to_owned(),
        ..LogRecord::default()
    }
}

#[test]
fn json_that_another_writer_made_says_the_same_as_its_protobuf() {
    for (signal, protobuf, json) in bodies() {
        let from_json = decode_json(signal, json.as_bytes(), 1 << 20).unwrap();
        assert_eq!(from_json, decode_protobuf(signal, &protobuf, 1 << 20).unwrap(), "{json}");
    }
}

/// What happens to a body on its way.
#[derive(Debug, Clone)]
enum Damage {
    Set(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Double(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = || any::<usize>();
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(position, byte)| Damage::Set(position, byte)),
        1 => at().prop_map(Damage::Cut),
        2 => (at(), prop::collection::vec(any::<u8>(), 1..12)).prop_map(|(position, bytes)| Damage::Insert(position, bytes)),
        1 => (at(), at()).prop_map(|(from, to)| Damage::Double(from, to)),
    ]
}

fn damaged(mut body: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let place = |position: &usize| position % (body.len() + 1);
        match damage {
            Damage::Set(position, byte) => {
                let position = place(position);
                body.get_mut(position).into_iter().for_each(|old| *old = *byte);
            }
            Damage::Cut(position) => body.truncate(place(position)),
            Damage::Insert(position, bytes) => {
                let position = place(position);
                body.splice(position..position, bytes.iter().copied());
            }
            Damage::Double(from, to) => {
                let (from, to) = (place(from).min(place(to)), place(from).max(place(to)));
                let piece = body[from..to].to_vec();
                body.splice(to..to, piece);
            }
        }
    }
    body
}

fn encode(data: &Data) -> Vec<u8> {
    match data.clone() {
        Data::Traces(resource_spans) => {
            opentelemetry_proto::tonic::trace::v1::TracesData { resource_spans }.encode_to_vec()
        }
        Data::Metrics(resource_metrics) => {
            opentelemetry_proto::tonic::metrics::v1::MetricsData { resource_metrics }.encode_to_vec()
        }
        Data::Logs(resource_logs) => {
            opentelemetry_proto::tonic::logs::v1::LogsData { resource_logs }.encode_to_vec()
        }
    }
}

proptest! {
    #[test]
    fn a_damaged_body_is_refused_or_read_and_what_is_left_of_it_is_good(
        which in 0..3_usize,
        json in any::<bool>(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let (signal, protobuf, text) = bodies()[which].clone();
        let read = match json {
            true => decode_json(signal, &damaged(text.into_bytes(), &damages), 1 << 20),
            false => decode_protobuf(signal, &damaged(protobuf, &damages), 1 << 20),
        };
        if let Ok(mut data) = read {
            check(&mut data);
            let again = check(&mut data);
            prop_assert_eq!((again.rejected, again.changed), (0, false));
            prop_assert!(decode_protobuf(signal, &encode(&data), 1 << 20).is_ok());
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200), memory in 0..2000_usize) {
        for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
            let _ = decode_protobuf(signal, &bytes, memory);
            let _ = decode_json(signal, &bytes, memory);
        }
    }
}
