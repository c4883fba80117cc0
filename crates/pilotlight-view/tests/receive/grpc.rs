//! OTLP over gRPC.

use crate::harness::{Harness, TRACES, frame};
use crate::telemetry::{gauge, gzip, logs, metrics, names, number, span, traces, zstd};
use base64::Engine;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pilotlight_view::receive::{Compression, IncidentKind, PortRole, Protocol, Signal};
use pilotlight_view::store::Busy;
use prost::Message;
use std::time::Duration;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;

async fn channel(harness: &Harness) -> Channel {
    Channel::from_shared(format!("http://{}", harness.address)).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn all_three_signals_come_over_one_connection_of_tonics_client() {
    let harness = Harness::start().await;
    let channel = channel(&harness).await;

    let answer =
        TraceServiceClient::new(channel.clone()).export(traces(vec![span("a"), span("b")])).await.unwrap();
    assert_eq!(answer.into_inner().partial_success, None);
    MetricsServiceClient::new(channel.clone())
        .export(metrics(vec![gauge("g", vec![number(1.0)])]))
        .await
        .unwrap();
    LogsServiceClient::new(channel).export(logs(vec![LogRecord::default()])).await.unwrap();

    let received = harness.received();
    let signals: Vec<_> = received.iter().map(|received| received.data.signal()).collect();
    assert_eq!(signals, [Signal::Traces, Signal::Metrics, Signal::Logs]);
    assert_eq!(names(&received[0]), ["a", "b"]);
    assert_eq!(received[0].encoded, traces(vec![span("a"), span("b")]).encode_to_vec());
    let counts = harness.counters.snapshot();
    assert_eq!((counts.requests, counts.spans, counts.points, counts.logs), (3, 2, 1, 1));
    assert_eq!(counts.by_protocol["grpc"], 3);
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn gzip_and_zstd_are_taken() {
    for (encoding, compression, spoken) in [
        (CompressionEncoding::Gzip, Compression::Gzip, "grpc gzip"),
        (CompressionEncoding::Zstd, Compression::Zstd, "grpc zstd"),
    ] {
        let harness = Harness::start().await;
        let mut client = TraceServiceClient::new(channel(&harness).await).send_compressed(encoding);
        client.export(traces(vec![span("a"); 100])).await.unwrap();
        let received = harness.only();
        assert_eq!(received.arrival.compression, compression);
        assert_eq!(received.encoded, traces(vec![span("a"); 100]).encode_to_vec());
        assert!(received.arrival.bytes < 1000, "{}", received.arrival.bytes);
        assert_eq!(harness.counters.snapshot().by_protocol[spoken], 1);
    }
}

#[tokio::test]
async fn a_batch_of_several_megabytes_comes_as_it_was() {
    let harness = Harness::start().await;
    let batch = traces(vec![span(&"long ".repeat(1000)); 700]);
    TraceServiceClient::new(channel(&harness).await).export(batch.clone()).await.unwrap();
    assert_eq!(harness.only().encoded, batch.encode_to_vec());
}

#[tokio::test]
async fn a_sender_is_asked_to_come_again_when_the_store_is_busy() {
    let harness = Harness::start().await;
    *harness.recorder.busy.lock().unwrap() = Some(Busy { retry_after: Duration::from_millis(1500) });
    let refused =
        TraceServiceClient::new(channel(&harness).await).export(traces(vec![span("a")])).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    // A RetryInfo of 1 s and 500,000,000 ns, as the wire has it: fields 1 and 2 of a duration.
    let delay = [0x0a, 0x08, 0x08, 0x01, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01];
    assert!(
        refused.details().windows(delay.len() - 1).any(|window| window == &delay[1..]),
        "{:02x?}",
        refused.details()
    );
    assert!(refused.details().windows(9).any(|window| window == b"RetryInfo"));
    assert_eq!(harness.incident().kind, IncidentKind::Busy);
    assert_eq!(harness.counters.snapshot().requests, 0);
}

#[tokio::test]
async fn grpc_at_the_port_of_http_is_taken_and_noted_once_for_a_connection() {
    let harness = Harness::start_with(Default::default(), PortRole::Http, None).await;
    let mut client = TraceServiceClient::new(channel(&harness).await);
    client.export(traces(vec![span("a")])).await.unwrap();
    client.export(traces(vec![span("b")])).await.unwrap();
    assert_eq!(harness.received().len(), 2);
    let incident = harness.incident();
    assert_eq!(
        (incident.kind, incident.times, incident.protocol),
        (IncidentKind::WrongPort, 1, Some(Protocol::Grpc))
    );
    assert!(incident.user_agent.unwrap().contains("tonic"));
}

#[tokio::test]
async fn an_empty_request_is_a_probe_and_no_incident_even_at_the_wrong_port() {
    let harness = Harness::start_with(Default::default(), PortRole::Http, None).await;
    TraceServiceClient::new(channel(&harness).await).export(traces(Vec::new())).await.unwrap();
    assert_eq!(harness.call(TRACES, &[], frame(0, b"")).await.grpc_status(), "0");
    assert_eq!(harness.received().len(), 2);
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn what_is_no_frame_or_no_message_gets_the_protocols_own_error() {
    let message = traces(vec![span("a")]).encode_to_vec();
    /// What it is, the frame, headers; the status and the incident.
    type Row<'a> = (&'a str, Vec<u8>, &'a [(&'a str, &'a str)], &'a str, IncidentKind);
    let rows: [Row<'_>; 12] = [
        ("nothing at all", Vec::new(), &[], "13", IncidentKind::Malformed),
        ("half a prefix", vec![0, 0, 0], &[], "13", IncidentKind::Malformed),
        ("a message that was cut off", frame(0, &message)[..20].to_vec(), &[], "13", IncidentKind::Malformed),
        (
            "more than was announced",
            [frame(0, &message), b"x".to_vec()].concat(),
            &[],
            "13",
            IncidentKind::Malformed,
        ),
        (
            "two messages",
            [frame(0, &message), frame(0, &message)].concat(),
            &[],
            "13",
            IncidentKind::Malformed,
        ),
        ("a flag that there is not", frame(2, &message), &[], "13", IncidentKind::Malformed),
        ("compressed with nothing", frame(1, &gzip(&message)), &[], "13", IncidentKind::ContentEncoding),
        (
            "compressed with identity",
            frame(1, &message),
            &[("grpc-encoding", "identity")],
            "13",
            IncidentKind::ContentEncoding,
        ),
        (
            "compressed with what is not known",
            frame(1, &message),
            &[("grpc-encoding", "snappy")],
            "12",
            IncidentKind::ContentEncoding,
        ),
        ("gzip that is none", frame(1, &message), &[("grpc-encoding", "gzip")], "3", IncidentKind::Malformed),
        (
            "zstd that was cut off",
            frame(1, &zstd(&message)[..20]),
            &[("grpc-encoding", "zstd")],
            "3",
            IncidentKind::Malformed,
        ),
        ("no protobuf", frame(0, b"\xff\xff\xff"), &[], "3", IncidentKind::Malformed),
    ];
    for (what, frame, headers, status, kind) in rows {
        let harness = Harness::start().await;
        let answer = harness.call(TRACES, headers, frame).await;
        assert_eq!(answer.grpc_status(), status, "{what}: {answer:?}");
        assert_eq!(harness.incident().kind, kind, "{what}");
        assert!(!answer.header("grpc-message").is_empty(), "{what}");
        assert_eq!(harness.received().len(), 0, "{what}");
    }
}

#[tokio::test]
async fn a_message_that_is_not_compressed_is_taken_although_others_of_the_call_may_be() {
    let harness = Harness::start().await;
    let message = traces(vec![span("a")]).encode_to_vec();
    let answer = harness.call(TRACES, &[("grpc-encoding", "gzip")], frame(0, &message)).await;
    assert_eq!(answer.grpc_status(), "0");
    assert_eq!(harness.only().arrival.compression, Compression::None);
}

#[tokio::test]
async fn other_services_are_not_implemented() {
    let harness = Harness::start().await;
    for path in [
        "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Import",
        "/grpc.health.v1.Health/Check",
        "/v1/traces",
    ] {
        assert_eq!(harness.call(path, &[], frame(0, b"")).await.grpc_status(), "12", "{path}");
    }
    assert_eq!(harness.journal.counts()[&IncidentKind::UnknownPath], 4);
}

#[tokio::test]
async fn an_answer_says_what_may_be_sent_and_a_refusal_why_in_ascii() {
    let harness = Harness::start().await;
    let answer = harness.call(TRACES, &[("grpc-encoding", "snäppy%")], frame(1, b"x")).await;
    assert_eq!(answer.header("grpc-accept-encoding"), "identity,gzip,zstd");
    assert!(answer.header("grpc-message").contains("%25"), "{}", answer.header("grpc-message"));
    let details = answer.header("grpc-status-details-bin");
    let details = base64::engine::general_purpose::STANDARD_NO_PAD.decode(details).unwrap();
    assert_eq!(details[..2], [0x08, 12]);
}

#[tokio::test]
async fn senders_without_the_token_are_turned_away_when_there_is_one() {
    let harness = Harness::start_with(Default::default(), PortRole::Any, Some("0123456789abcdef")).await;
    let message = frame(0, &traces(vec![span("a")]).encode_to_vec());
    for given in [None, Some("Bearer 0123456789abcdeF"), Some("0123456789abcdef")] {
        let headers: Vec<_> = given.map(|given| ("authorization", given)).into_iter().collect();
        assert_eq!(harness.call(TRACES, &headers, message.clone()).await.grpc_status(), "16");
    }
    let right = [("authorization", "Bearer 0123456789abcdef")];
    assert_eq!(harness.call(TRACES, &right, message).await.grpc_status(), "0");
    assert_eq!(harness.journal.counts()[&IncidentKind::Token], 3);
    assert_eq!(harness.received().len(), 1);
}
