//! What a receiver answers to log records, and what the report makes of it, while it takes the rest.

use e2e::receiver::{ReceivedLog, Signal};
use e2e::{Behaviour, Receiver};

use crate::process::{Outcome, exporting, logging, run, scenario};
use crate::support::{GRPC, HTTP};

/// A program whose requests with log records are answered like this, and all others well.
fn answered(protocol: &str, behaviours: impl IntoIterator<Item = Behaviour>) -> (Receiver, Outcome) {
    let receiver = Receiver::start();
    receiver.answer_next_of(Signal::Logs, behaviours);
    let outcome = run(exporting(logging(&mut scenario("logs")), &receiver, protocol));
    // The lines on standard output are another exporter's, which no receiver disturbs.
    assert_eq!(outcome.log_lines().len(), 10, "{outcome:?}");
    assert!(outcome.stdout.contains("; console_log_exporter: 10 log records exported"), "{outcome:?}");
    (receiver, outcome)
}

/// The numbers of those that were taken.
fn numbers(receiver: &Receiver) -> Vec<String> {
    receiver.logs().iter().map(|log| log.attribute("number").unwrap()).collect()
}

#[test]
fn log_records_arrive_with_their_service_their_target_and_their_span() {
    for protocol in [GRPC, HTTP] {
        let receiver = Receiver::start();
        let mut command = scenario("logs");
        let command = exporting(logging(&mut command), &receiver, protocol).env("OTEL_SERVICE_NAME", "told");

        let outcome = run(command);

        let spans = receiver.spans();
        let [span] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!(receiver.logs().len(), 10);
        for ReceivedLog { resource, scope, record } in receiver.logs() {
            let service = resource.attributes.iter().find(|attribute| attribute.key == "service.name");
            assert!(format!("{service:?}").contains("\"told\""), "{service:?}");
            assert_eq!((scope.name.as_str(), record.severity_text.as_str()), ("scenario", "INFO"));
            assert_eq!(record.severity_number, 9);
            assert_eq!((&record.trace_id, &record.span_id), (&span.span.trace_id, &span.span.span_id));
        }
        for line in outcome.log_lines() {
            assert_eq!((&line["message"], &line["service.name"]), (&"made".into(), &"told".into()), "{line}");
            assert_eq!(line["trace_id"], e2e::tree::hex(&span.span.trace_id), "{line}");
            assert_eq!(line["span_id"], e2e::tree::hex(&span.span.span_id), "{line}");
        }
    }
}

#[test]
fn rejected_log_records_are_counted_and_never_sent_again() {
    for protocol in [GRPC, HTTP] {
        let (receiver, outcome) = answered(protocol, [Behaviour::TakeAllBut(3)]);

        assert!(
            outcome.stdout.contains(": 7 log records exported, 3 rejected by the receiver"),
            "{outcome:?}"
        );
        assert!(outcome.stdout.contains("some log records make no sense"), "{outcome:?}");
        assert_eq!(receiver.requests_of(Signal::Logs).len(), 1);
        assert_eq!(numbers(&receiver), ["3", "4", "5", "6", "7", "8", "9"]);
    }
}

#[test]
fn log_records_that_are_refused_are_counted_and_never_sent_again() {
    for protocol in [GRPC, HTTP] {
        let (receiver, outcome) = answered(protocol, [Behaviour::Refuse]);

        assert!(outcome.stdout.contains(": 0 log records exported, 10 dropped: "), "{outcome:?}");
        assert!(outcome.stdout.contains("these are no logs"), "{outcome:?}");
        assert_eq!(receiver.requests_of(Signal::Logs).len(), 1);
        assert!(receiver.logs().is_empty());
    }
}

#[test]
fn log_records_that_find_the_receiver_unavailable_come_once_it_is_available() {
    for protocol in [GRPC, HTTP] {
        let (receiver, outcome) = answered(protocol, [Behaviour::Unavailable, Behaviour::HangUp]);

        assert!(!outcome.stdout.contains("dropped"), "{outcome:?}");
        assert_eq!(receiver.logs().len(), 10);
        assert_eq!(receiver.requests_of(Signal::Logs).len(), 3);
    }
}
