//! Panics in handlers, in tasks and in `main`: exported and printed in the trace where they happened, and others go on.

use std::net::SocketAddr;
use std::process::Command;

use e2e::Receiver;
use e2e::receiver::ReceivedLog;
use e2e::tree::hex;

use crate::http::get;
use crate::process::{Outcome, Process, exporting, logging, program, run};
use crate::support::{GRPC, HTTP};

fn service() -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_panics"));
    logging(&mut command);
    command
}

/// The one exception that was exported, printed in the same words and with the same ids, and shown by Rust as ever.
fn the_exception(outcome: &Outcome, receiver: &Receiver, message: &str) -> ReceivedLog {
    let logs = receiver.logs();
    let [log] = &logs[..] else { panic!("{logs:?}") };
    assert_eq!(log.record.event_name, "exception");
    assert_eq!(log.attribute("exception.message").as_deref(), Some(message));
    assert!(log.attribute("exception.stacktrace").unwrap().contains("panics"), "{log:?}");
    let lines = outcome.log_lines();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&line["event_name"], &line["exception.message"]), (&"exception".into(), &message.into()));
    assert_eq!((&line["trace_id"], &line["span_id"]), (&log.trace_id().into(), &log.span_id().into()));
    assert!(outcome.stderr.contains(message), "{outcome:?}");
    let spans = receiver.spans();
    let of_log = spans.iter().find(|span| hex(&span.span.span_id) == log.span_id());
    assert!(of_log.is_some(), "{spans:?}");
    log.clone()
}

/// Asks a service for one thing that panics, and for another that does not.
fn ask(path: &str) -> (String, Outcome, Receiver) {
    let receiver = Receiver::start();
    let mut process = Process::start(exporting(&mut service(), &receiver, GRPC));
    let address: SocketAddr = process.line("listens: ").parse().unwrap();

    let answer = crate::http::ask(address, path);
    let fine = get(address, "/fine", "");
    process.signal(rustix::process::Signal::TERM);
    let outcome = process.wait();

    assert_eq!((fine.status, fine.body.as_str()), (200, "fine"));
    assert!(outcome.status.success(), "{outcome:?}");
    (answer, outcome, receiver)
}

#[test]
fn a_handler_that_panics_is_told_in_its_requests_span_and_others_go_on() {
    let (answer, outcome, receiver) = ask("/handler");

    assert_eq!(answer, "", "the connection ends");
    let log = the_exception(&outcome, &receiver, "in a handler");
    let spans = receiver.spans();
    let span = spans.iter().find(|span| hex(&span.span.span_id) == log.span_id()).unwrap();
    assert_eq!(span.span.name, "GET /handler");
}

#[test]
fn a_task_that_panics_is_told_in_its_trace_and_its_request_is_answered() {
    let (answer, outcome, receiver) = ask("/task");

    assert!(answer.ends_with("the task panicked"), "{answer}");
    the_exception(&outcome, &receiver, "in a task");
}

#[test]
fn a_main_that_panics_is_told_before_the_process_ends() {
    let receiver = Receiver::start();

    let outcome = run(exporting(service().arg("main"), &receiver, HTTP));

    assert_eq!(outcome.status.code(), Some(101), "{outcome:?}");
    the_exception(&outcome, &receiver, "in main");
}
