//! The shop as people run it: one command, three programs, one trace, one page to look at.

// Who is whose child is read where Linux tells it.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener, TcpStream};

use e2e::Receiver;
use e2e::tree::show;
use rustix::io::Errno;
use rustix::process::{Signal, test_kill_process};
use serde_json::Value;

use crate::http::get;
use crate::process::{Account, Outcome, Process, exporting, logging, program};
use crate::services::{AN_ORDER, assert_drawn, tree};
use crate::shop_process::{GOOD_ORDER, TRACE, ask};
use crate::support::{GRPC, eventually};
use crate::viewer::{ask as ask_viewer, page_of};

#[test]
fn one_command_is_three_services_one_trace_and_one_clean_end() {
    let receiver = Receiver::start();
    let mut command = program(env!("CARGO_BIN_EXE_shop-under-test"));
    command.args(["--addr=127.0.0.1:0", "--notice-ms=0"]);
    let mut shop = Process::start(exporting(logging(&mut command), &receiver, GRPC));
    let address = shop.line("shop listens on http://").split('"').next().unwrap().parse().unwrap();
    shop.read_along();
    let children = shop.children();

    let parent = format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n");
    assert_eq!(ask(address, &parent, "POST", "/api/orders", GOOD_ORDER), 201);
    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert_drawn(&tree(&receiver), AN_ORDER);
    assert_eq!(told_apart(&receiver, "service.name"), 3);
    assert_eq!(told_apart(&receiver, "service.instance.id"), 3);
    assert_logged_by_three(&outcome);
    assert_reported_by_three(&outcome, &receiver);
    assert!(!outcome.stderr.contains("shop: open "), "nobody asked for a viewer: {}", outcome.stderr);
    assert_eq!(children.len(), 3);
    for child in children {
        assert_eq!(test_kill_process(child), Err(Errno::SRCH), "{child} is still there");
    }
}

#[test]
fn one_command_shows_in_a_browser_what_its_services_do_and_ends_cleanly() {
    let mut shop = seen("127.0.0.1:0");
    let page = opened(&mut shop);
    let children = shop.children();

    assert!(get(page, "/", "").body.starts_with("<!doctype html>"));
    eventually("an order is seen through its services", || {
        let traces = ask_viewer(page, "/api/traces", &[("filter", "span.name=\"POST /api/orders\"")]);
        let whole = traces["traces"]
            .as_array()
            .unwrap()
            .iter()
            .any(|trace| services(trace).is_superset(&SERVICES.into()));
        whole.then_some(()).ok_or(traces)
    });
    eventually("the map, logs and metrics are seen", || {
        let map = ask_viewer(page, "/api/map", &[]);
        let calls = |to: &str| {
            let edges = map["edges"].as_array().unwrap();
            edges
                .iter()
                .any(|edge| edge["from"] == "service:gateway" && edge["to"] == format!("service:{to}"))
        };
        let logs =
            ask_viewer(page, "/api/logs", &[("filter", "log.body=\"Order created\"")])["matched"].as_u64();
        let metrics = ask_viewer(page, "/api/metrics", &[]).to_string();
        let all =
            calls("inventory") && calls("payments") && logs > Some(0) && metrics.contains("shop.orders");
        all.then_some(()).ok_or((map, logs, metrics))
    });
    shop.signal(Signal::TERM);
    let outcome = shop.wait();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert_eq!(outcome.stdout, "", "what the programs write would scroll the address away");
    let losses = ["dropped", "rejected", "not finished", "WARN", "cannot"];
    assert!(!losses.iter().any(|loss| outcome.stderr.contains(loss)), "{}", outcome.stderr);
    assert!(TcpStream::connect(page).is_err(), "the viewer is still there");
    assert_eq!(children.len(), 4, "the traffic, too");
    for child in children {
        assert_eq!(test_kill_process(child), Err(Errno::SRCH), "{child} is still there");
    }
}

#[test]
fn a_viewer_whose_port_is_taken_takes_another_and_says_so() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut shop = seen(&address.to_string());

    let cause = shop
        .error_line(&format!("the viewer takes free ports, since it cannot have {address}, 4317 and 4318: "));
    let page = opened(&mut shop);

    assert!(cause.contains("in use"), "{cause}");
    assert_ne!(page, address);
    assert!(get(page, "/", "").body.starts_with("<!doctype html>"));
    shop.signal(Signal::TERM);
    assert_eq!(shop.wait().status.code(), Some(0));
}

/// The shop without a word of where telemetry goes, as people start it, but for the ports.
fn seen(page: &str) -> Process {
    let mut command = program(env!("CARGO_BIN_EXE_shop-under-test"));
    let as_people_do = command.env_remove("OTEL_LOGS_EXPORTER").env_remove("PILOTLIGHT_LOG_LINES");
    Process::start(as_people_do.args(["--addr=127.0.0.1:0", "--notice-ms=0", "--viewer-addr", page]))
}

/// The address that it prints.
fn opened(shop: &mut Process) -> SocketAddr {
    page_of(shop.error_line("shop: open ").split(' ').next().unwrap())
}

const SERVICES: [&str; 3] = ["gateway", "inventory", "payments"];

fn services(trace: &Value) -> BTreeSet<&str> {
    trace["services"].as_array().unwrap().iter().filter_map(|of| of["service"].as_str()).collect()
}

/// How many values the resources of the order's trace have for it.
fn told_apart(receiver: &Receiver, key: &str) -> usize {
    let spans = receiver.spans();
    let of_resource = |span: &e2e::receiver::ReceivedSpan| {
        let attribute = span.resource.attributes.iter().find(|attribute| attribute.key == key);
        show(attribute.unwrap().value.as_ref().unwrap().value.as_ref().unwrap())
    };
    spans.iter().map(of_resource).collect::<BTreeSet<_>>().len()
}

/// Nothing but whole lines, and each program has one of the order's trace.
fn assert_logged_by_three(outcome: &Outcome) {
    let parsed = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    let lines: Vec<Value> = outcome.stdout.lines().map(parsed).collect();
    let of_trace = lines.iter().filter(|line| line["trace_id"] == TRACE);
    let names: BTreeSet<_> = of_trace.filter_map(|line| line["service.name"].as_str()).collect();
    assert_eq!(Vec::from_iter(names), ["gateway", "inventory", "payments"], "{}", outcome.stdout);
}

/// The last words of each are what it sent, which is what was received.
fn assert_reported_by_three(outcome: &Outcome, receiver: &Receiver) {
    let exporter = "otlp_grpc_span_exporter";
    let reports: Vec<_> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with(exporter))
        .map(|line| Account::of(line, exporter))
        .collect();
    assert_eq!(reports.len(), 3, "{}", outcome.stderr);
    let exported: u64 = reports.iter().map(|report| report.exported).sum();
    assert!(reports.iter().all(|report| report.total() == report.exported), "{}", outcome.stderr);
    assert_eq!(exported, receiver.unique_spans() as u64, "{}", outcome.stderr);
}
