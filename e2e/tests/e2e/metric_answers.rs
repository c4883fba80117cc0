//! What a receiver answers to metrics, and what the report makes of it, while it takes the traces.

use e2e::receiver::Signal;
use e2e::{Behaviour, Receiver};

use crate::process::{Outcome, exporting, run, scenario};
use crate::support::{GRPC, HTTP};

/// A program whose requests with metrics are answered like this, and all others well.
fn answered(protocol: &str, behaviours: impl IntoIterator<Item = Behaviour>) -> (Receiver, Outcome) {
    let receiver = Receiver::start();
    receiver.answer_next_of(Signal::Metrics, behaviours);
    let outcome = run(exporting(&mut scenario("plain"), &receiver, protocol));
    assert!(outcome.stdout.contains("_span_exporter: 10 spans exported; "), "{outcome:?}");
    (receiver, outcome)
}

#[test]
fn rejected_data_points_are_counted_and_never_sent_again() {
    for protocol in [GRPC, HTTP] {
        let (receiver, outcome) = answered(protocol, [Behaviour::TakeAllBut(1)]);

        assert!(outcome.stdout.contains(" data points exported, 1 rejected by the receiver"), "{outcome:?}");
        assert!(outcome.stdout.contains("some data points make no sense"), "{outcome:?}");
        assert_eq!(receiver.requests_of(Signal::Metrics).len(), 1);
    }
}

#[test]
fn metrics_that_are_refused_are_counted_and_never_sent_again() {
    for protocol in [GRPC, HTTP] {
        let (receiver, outcome) = answered(protocol, [Behaviour::Refuse]);

        assert!(outcome.stdout.contains("0 data points exported, "), "{outcome:?}");
        assert!(outcome.stdout.contains("these are no metrics"), "{outcome:?}");
        assert_eq!(receiver.requests_of(Signal::Metrics).len(), 1);
        assert!(receiver.points().is_empty());
    }
}

#[test]
fn metrics_that_find_the_receiver_unavailable_come_once_it_is_available() {
    for protocol in [GRPC, HTTP] {
        let (receiver, outcome) = answered(protocol, [Behaviour::Unavailable, Behaviour::HangUp]);

        assert!(outcome.stdout.ends_with(" data points exported\n"), "{outcome:?}");
        assert_eq!(receiver.metric("scenario.work").latest(), 10.0);
        assert_eq!(receiver.requests_of(Signal::Metrics).len(), 3);
    }
}
