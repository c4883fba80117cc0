//! What a receiver answers, and what the report makes of it.

use std::time::Duration;

use e2e::receiver::Signal;
use e2e::{Behaviour, Receiver};

use crate::process::{exporting, run, scenario};
use crate::support::{GRPC, HTTP, PLENTY, assert_agrees, make_spans, provider};

#[test]
fn over_grpc_a_partial_success_is_counted_and_never_sent_again() {
    a_partial_success_is_counted_and_never_sent_again(GRPC);
}

#[test]
fn over_http_a_partial_success_is_counted_and_never_sent_again() {
    a_partial_success_is_counted_and_never_sent_again(HTTP);
}

fn a_partial_success_is_counted_and_never_sent_again(protocol: &str) {
    let receiver = Receiver::start();
    let provider = provider(&receiver, protocol, &[]);
    receiver.answer_next([Behaviour::TakeAllBut(3)]);

    make_spans(&provider, 10);
    let report = provider.shutdown(PLENTY);

    assert_agrees(&report, &receiver, 10);
    assert_eq!((report.exported(), report.rejected(), report.dropped()), (7, 3, 0));
    assert_eq!(receiver.requests().len(), 1);
    assert_eq!(report.exporters[0].last_error.as_deref(), Some("some spans make no sense"));
}

#[test]
fn over_grpc_a_partial_success_is_logged() {
    a_partial_success_is_logged(GRPC);
}

#[test]
fn over_http_a_partial_success_is_logged() {
    a_partial_success_is_logged(HTTP);
}

fn a_partial_success_is_logged(protocol: &str) {
    let receiver = Receiver::start();
    receiver.answer_next_of(Signal::Traces, [Behaviour::TakeAllBut(3)]);

    let outcome = run(exporting(&mut scenario("plain"), &receiver, protocol));

    let expected = "pilotlight warning: the receiver rejected 3 of 10 items";
    assert!(outcome.stderr.contains(expected), "{outcome:?}");
    assert!(outcome.stderr.contains("some spans make no sense"), "{outcome:?}");
}

#[test]
fn over_grpc_an_unavailable_receiver_gets_the_batch_once_it_is_available() {
    an_unavailable_receiver_gets_the_batch_once_it_is_available(GRPC);
}

#[test]
fn over_http_an_unavailable_receiver_gets_the_batch_once_it_is_available() {
    an_unavailable_receiver_gets_the_batch_once_it_is_available(HTTP);
}

fn an_unavailable_receiver_gets_the_batch_once_it_is_available(protocol: &str) {
    let receiver = Receiver::start();
    let provider = provider(&receiver, protocol, &[]);
    receiver.answer_next([Behaviour::Unavailable]);

    make_spans(&provider, 10);
    provider.force_flush(PLENTY).unwrap();
    let report = provider.shutdown(PLENTY);

    assert!(report.is_complete(), "{report}");
    assert_eq!(receiver.requests().len(), 2);
    assert_eq!(receiver.spans().len(), 10);
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, HTTP, &[]);
    let pause = Duration::from_secs(2);
    receiver.answer_next([Behaviour::UnavailableFor(pause)]);

    make_spans(&provider, 10);
    provider.force_flush(PLENTY).unwrap();

    let [asked, answered] = &receiver.requests()[..] else { panic!("{:?}", receiver.requests()) };
    assert!(answered.at - asked.at >= pause, "{:?}", answered.at - asked.at);
    assert!(provider.shutdown(PLENTY).is_complete());
    assert_eq!(receiver.spans().len(), 10);
}

#[test]
fn a_pause_longer_than_a_batch_is_retried_delays_the_next_batch_and_does_not_lose_it() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, HTTP, &[("OTEL_BSP_EXPORT_TIMEOUT", "500")]);
    let pause = Duration::from_secs(1);
    receiver.answer_next([Behaviour::UnavailableFor(pause)]);

    make_spans(&provider, 1);
    let first = provider.force_flush(PLENTY);
    make_spans(&provider, 2);
    let second = provider.force_flush(PLENTY);
    let report = provider.shutdown(PLENTY);

    assert!(first.unwrap_err().to_string().contains("503"));
    second.unwrap();
    assert_agrees(&report, &receiver, 3);
    assert_eq!(report.exporters[0].dropped.retries_exhausted, 1, "{report}");
    assert_eq!(receiver.spans().len(), 2);
    let requests = receiver.requests();
    assert!(requests[1].at - requests[0].at >= pause);
}

#[test]
fn over_grpc_a_batch_that_is_refused_is_counted_and_never_sent_again() {
    a_batch_that_is_refused_is_counted_and_never_sent_again(GRPC, "INVALID_ARGUMENT");
}

#[test]
fn over_http_a_batch_that_is_refused_is_counted_and_never_sent_again() {
    a_batch_that_is_refused_is_counted_and_never_sent_again(HTTP, "400");
}

fn a_batch_that_is_refused_is_counted_and_never_sent_again(protocol: &str, code: &str) {
    let receiver = Receiver::start();
    let provider = provider(&receiver, protocol, &[]);
    receiver.answer_next([Behaviour::Refuse]);

    make_spans(&provider, 4);
    let refused = provider.force_flush(PLENTY).unwrap_err().to_string();
    make_spans(&provider, 6);
    let report = provider.shutdown(PLENTY);

    assert!(refused.contains(code) && refused.contains("this is no trace"), "{refused}");
    assert_agrees(&report, &receiver, 10);
    assert_eq!(report.exporters[0].dropped.refused, 4, "{report}");
    assert_eq!(receiver.spans().len(), 6);
    assert_eq!(receiver.requests().len(), 2);
}
