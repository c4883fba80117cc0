//! Every code, in every way that it can come, on both sides.

use crate::measured::Metrics;
use crate::probe::{Running, WRONG, read, script};
use crate::support::{Spans, ending};
use tonic::Code;

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// What is a server's own fault.
const AT_FAULT: [i32; 6] = [2, 4, 12, 13, 14, 15];

#[derive(Clone, Copy, Debug)]
enum Way {
    /// A unary call that fails, or does not.
    Unary,
    /// A stream that fails before it has begun: all is in the response's head.
    TrailersOnly,
    /// A stream that fails after some messages.
    Trailers,
}

#[tokio::test]
async fn every_code_is_told_by_the_span_and_the_measurement_of_each_side() {
    for way in [Way::Unary, Way::TrailersOnly, Way::Trailers] {
        for (number, name) in NAMES.iter().enumerate() {
            check(way, number as i32, name).await;
        }
    }
}

async fn check(way: Way, number: i32, name: &str) {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let (served, called) = (Metrics::recorded(), Metrics::recorded());
    let running = Running::with(server.server().with_meter_provider(&served.provider).build()).await;
    let mut probe = running.client(client.client().with_meter_provider(&called.provider).build()).await;

    let code = Code::from(number);
    let outcome = match way {
        Way::Unary => probe.unary(script(0, code)).await.err(),
        Way::TrailersOnly => match probe.down(script(0, code)).await {
            Ok(mut stream) => read(&mut stream).await.err(),
            Err(status) => Some(status),
        },
        Way::Trailers => read(&mut probe.down(script(2, code)).await.unwrap()).await.err(),
    };
    assert_eq!(outcome.map_or(Code::Ok, |status| status.code()), code, "{way:?}");

    let (server_fails, client_fails) = (AT_FAULT.contains(&number), number != 0);
    let case = format!("{way:?} {name}");
    assert_eq!(ending(&server.next().await), expected(name, server_fails), "server, {case}");
    assert_eq!(ending(&client.next().await), expected(name, client_fails), "client, {case}");
    let method = if matches!(way, Way::Unary) { "Unary" } else { "Down" };
    assert_eq!(served.draw(), series("server", method, name, server_fails), "{case}");
    assert_eq!(called.draw(), series("client", method, name, client_fails), "{case}");
    assert!(server.so_far().is_empty() && client.so_far().is_empty(), "more than one span, {case}");
}

fn expected(name: &str, fails: bool) -> String {
    if fails { format!("{name}, error {name}: {WRONG}") } else { name.to_owned() }
}

fn series(side: &str, method: &str, name: &str, fails: bool) -> String {
    let error = if fails { format!("error.type = {name}, ") } else { String::new() };
    format!(
        "rpc.{side}.call.duration: 1 of {error}rpc.method = test.Probe/{method}, rpc.status_code = {name}, rpc.system.name = grpc"
    )
}
