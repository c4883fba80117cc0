//! The shop as people run it: one command, three programs, one trace.

// Who is whose child is read where Linux tells it.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;

use e2e::Receiver;
use e2e::tree::show;
use rustix::io::Errno;
use rustix::process::{Signal, test_kill_process};
use serde_json::Value;

use crate::process::{Account, Outcome, Process, exporting, logging, program};
use crate::services::{AN_ORDER, assert_drawn, tree};
use crate::shop_process::{GOOD_ORDER, TRACE, ask};
use crate::support::GRPC;

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
    assert_eq!(children.len(), 3);
    for child in children {
        assert_eq!(test_kill_process(child), Err(Errno::SRCH), "{child} is still there");
    }
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
