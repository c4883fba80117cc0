//! What the shop logs, as lines and over OTLP: each in a span that was exported, none lost, also when the shop is told to stop.

use std::collections::HashSet;
use std::sync::mpsc::{Sender, channel};

use e2e::Receiver;
use e2e::tree::hex;
use rustix::process::Signal;
use serde_json::Value;

use crate::process::exporting;
use crate::shop_process::{Client, GOOD_ORDER, ReservedPort, Shop, assert_clean, shop};
use crate::support::{GRPC, HTTP};

/// The lines that are no request's: where the shop listens, which is read at its start, and that it stops.
const OF_NO_REQUEST: u64 = 2;

/// So many clients ask at the same time, each on a connection of its own.
const CLIENTS: u64 = 4;

/// A trace id of its own for each request of each client.
fn trace_id(client: u64, request: u64) -> String {
    format!("{:016x}{:016x}", client + 1, request)
}

/// Where something was logged, and what.
type Logged = (String, String, String);

fn in_a_span(logged: impl Iterator<Item = Logged>) -> Vec<Logged> {
    let mut logged: Vec<Logged> = logged.filter(|(trace_id, ..)| !trace_id.is_empty()).collect();
    logged.sort();
    logged
}

fn of_lines(lines: &[Value]) -> Vec<Logged> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    in_a_span(
        lines.iter().map(|line| (text(&line["trace_id"]), text(&line["span_id"]), text(&line["message"]))),
    )
}

fn of_records(receiver: &Receiver) -> Vec<Logged> {
    in_a_span(
        receiver.logs().iter().map(|log| (log.trace_id(), log.span_id(), log.body().unwrap_or_default())),
    )
}

fn span_ids(receiver: &Receiver) -> HashSet<(String, String)> {
    receiver.spans().iter().map(|span| (hex(&span.span.trace_id), hex(&span.span.span_id))).collect()
}

/// What clients ask for in turns: nine times a user, then an order. The line of an order that fails comes in a span of its own.
fn ask_in_turns(client: &mut Client, trace: &str, turn: u64) -> Option<u16> {
    let sold_out = r#"{"user_id":"42","items":["sold-out"],"total":9.5}"#;
    match turn % 20 {
        9 => client.ask(trace, "POST", "/api/orders", GOOD_ORDER),
        19 => client.ask(trace, "POST", "/api/orders", sold_out),
        user => client.ask(trace, "GET", &format!("/api/users/{}", user + 1), ""),
    }
}

#[test]
fn ten_thousand_requests_leave_lines_and_records_whose_spans_were_all_exported() {
    const REQUESTS: u64 = 10_000;
    let receiver = Receiver::start();
    let mut command = shop();
    let shop = Shop::run(exporting(&mut command, &receiver, GRPC).env("OTEL_TRACES_SAMPLER", "always_on"));

    std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let mut client = shop.client();
            scope.spawn(move || {
                for turn in 0..REQUESTS / CLIENTS {
                    assert!(ask_in_turns(&mut client, &trace_id(number, turn), turn).is_some());
                }
            });
        }
    });
    let outcome = shop.stop();

    assert_clean(&outcome);
    let (lines, spans) = (of_lines(&outcome.log_lines()), span_ids(&receiver));
    // One line a request, a second one for each order, and two of the worker for those that are good.
    let expected = REQUESTS + REQUESTS / 10 + 2 * (REQUESTS / 20);
    assert_eq!(lines.len() as u64, expected);
    assert!(lines == of_records(&receiver), "lines and records differ");
    for (trace_id, span_id, message) in lines {
        assert!(spans.contains(&(trace_id.clone(), span_id.clone())), "{trace_id} {span_id} {message}");
    }
    for exporter in ["otlp_grpc_log_exporter", "console_log_exporter"] {
        assert_eq!(outcome.account(exporter).exported, expected + OF_NO_REQUEST, "{}", outcome.stderr);
    }
}

#[test]
fn a_log_level_silences_lines_and_records_and_keeps_every_span() {
    let receiver = Receiver::start();
    let port = ReservedPort::new();
    let mut command = shop();
    let shop = Shop::run_on(exporting(&mut command, &receiver, HTTP).env("RUST_LOG", "error"), &port);

    let mut client = shop.client();
    for turn in 0..20 {
        assert!(ask_in_turns(&mut client, &trace_id(0, turn), turn).is_some());
    }
    drop(client);
    let outcome = shop.stop();

    assert!(outcome.status.success(), "{outcome:?}");
    let lines = of_lines(&outcome.log_lines());
    let messages: Vec<_> = lines.iter().map(|(.., message)| message.as_str()).collect();
    assert_eq!(messages, ["Failed to reserve inventory"]);
    assert_eq!(
        outcome.log_lines()[0]["exception.message"],
        "the item \"sold-out\" cannot be reserved: none left"
    );
    assert_eq!(of_records(&receiver), lines);
    // Two for each user, six for the order that fails, and 17 for the good one: 13 up to its answer, four from the relay to the worker.
    // How often somebody waits for the one connection, and the relay looks into the outbox, is a matter of chance.
    let by_chance = |name: &str| name.starts_with("acquire ") || name == "SELECT outbox";
    let others = receiver.spans().iter().filter(|span| !by_chance(&span.span.name)).count();
    assert_eq!(others, 18 * 2 + 6 + 17);
}

#[test]
fn a_shop_that_is_told_to_stop_under_load_logs_every_request_that_it_answers() {
    /// So many answers come before the signal.
    const BEFORE: usize = 300;
    let receiver = Receiver::start();
    let mut command = shop();
    let shop = Shop::run(exporting(&mut command, &receiver, GRPC).arg("--notice-ms=50"));
    let (answered, answers) = channel();

    let traces = std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (client, answered) = (shop.client(), answered.clone());
            scope.spawn(move || ask_until_it_ends(client, number, &answered));
        }
        drop(answered);
        let mut traces: Vec<String> = answers.iter().take(BEFORE).collect();
        shop.process.signal(Signal::TERM);
        traces.extend(answers.iter());
        traces
    });
    let outcome = shop.process.wait();

    assert_clean(&outcome);
    assert!(traces.len() > BEFORE);
    let traces_of =
        |logged: Vec<Logged>| logged.into_iter().map(|(trace_id, ..)| trace_id).collect::<HashSet<_>>();
    let (of_lines, of_records) =
        (traces_of(of_lines(&outcome.log_lines())), traces_of(of_records(&receiver)));
    for trace in traces {
        assert!(of_lines.contains(&trace), "no line of {trace}");
        assert!(of_records.contains(&trace), "no record of {trace}");
        assert!(!receiver.trace(&trace).is_empty(), "no span of {trace}");
    }
}

fn ask_until_it_ends(mut client: Client, number: u64, answered: &Sender<String>) {
    for turn in 0.. {
        let trace = trace_id(number, turn);
        if ask_in_turns(&mut client, &trace, turn).is_none() {
            return;
        }
        answered.send(trace).unwrap();
    }
}
