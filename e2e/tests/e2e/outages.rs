//! A receiver that dies and comes back: everything that was made is received, or said to be lost.

use std::time::Duration;

use e2e::{Behaviour, Receiver};

use crate::support::{GRPC, HTTP, PLENTY, assert_agrees, make_spans, provider};

#[test]
fn over_grpc_an_outage_in_the_middle_loses_nothing() {
    an_outage_in_the_middle_loses_nothing(GRPC);
}

#[test]
fn over_http_an_outage_in_the_middle_loses_nothing() {
    an_outage_in_the_middle_loses_nothing(HTTP);
}

fn an_outage_in_the_middle_loses_nothing(protocol: &str) {
    let receiver = Receiver::start();
    let provider = provider(&receiver, protocol, &[]);

    make_spans(&provider, 5_000);
    receiver.wait_for_spans(1);
    receiver.kill();
    make_spans(&provider, 5_000);
    let while_it_is_down = provider.force_flush(Duration::from_millis(100));
    receiver.restart();
    make_spans(&provider, 5_000);
    let report = provider.shutdown(PLENTY);

    assert!(while_it_is_down.unwrap_err().is_timeout());
    assert_agrees(&report, &receiver, 15_000);
    assert!(report.is_complete(), "{report}");
    assert_eq!(receiver.unique_spans(), 15_000);
}

#[test]
fn over_grpc_a_receiver_that_dies_under_load_is_survived() {
    a_receiver_that_dies_under_load_is_survived(GRPC);
}

#[test]
fn over_http_a_receiver_that_dies_under_load_is_survived() {
    a_receiver_that_dies_under_load_is_survived(HTTP);
}

fn a_receiver_that_dies_under_load_is_survived(protocol: &str) {
    let receiver = Receiver::start();
    let provider = provider(&receiver, protocol, &[]);

    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| make_spans(&provider, 20_000));
        }
        for part in 1..=4 {
            receiver.wait_for_spans(part * 3_000);
            receiver.kill();
            receiver.restart();
        }
    });
    let report = provider.shutdown(PLENTY);

    assert_agrees(&report, &receiver, 40_000);
    assert!(report.exporters[0].in_time, "{report}");
}

#[test]
fn an_outage_longer_than_a_batch_is_retried_loses_what_the_report_says() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, HTTP, &[("OTEL_BSP_EXPORT_TIMEOUT", "200")]);

    make_spans(&provider, 1_000);
    provider.force_flush(PLENTY).unwrap();
    receiver.kill();
    make_spans(&provider, 1_000);
    let while_it_is_down = provider.force_flush(PLENTY).unwrap_err();
    receiver.restart();
    make_spans(&provider, 1_000);
    let report = provider.shutdown(PLENTY);

    assert!(while_it_is_down.to_string().contains("connection refused"), "{while_it_is_down}");
    assert_agrees(&report, &receiver, 3_000);
    assert_eq!(report.exporters[0].dropped.retries_exhausted, 1_000, "{report}");
    assert_eq!(receiver.unique_spans(), 2_000);
    assert!(report.to_string().contains("1000 dropped: 1000 retries exhausted"), "{report}");
}

#[test]
fn over_grpc_a_request_cut_in_the_middle_is_sent_again() {
    a_request_cut_in_the_middle_is_sent_again(GRPC);
}

#[test]
fn over_http_a_request_cut_in_the_middle_is_sent_again() {
    a_request_cut_in_the_middle_is_sent_again(HTTP);
}

fn a_request_cut_in_the_middle_is_sent_again(protocol: &str) {
    let receiver = Receiver::start();
    let provider = provider(&receiver, protocol, &[]);
    receiver.answer_next([Behaviour::HangUp, Behaviour::TakeAndHangUp]);

    make_spans(&provider, 10);
    let report = provider.shutdown(PLENTY);

    assert!(report.is_complete(), "{report}");
    assert_agrees(&report, &receiver, 10);
    // Taken twice, since nobody could know about the first time.
    assert_eq!(receiver.spans().len(), 20);
    assert_eq!(receiver.requests().len(), 3);
}

#[test]
fn a_queue_that_overflows_during_an_outage_counts_what_it_drops() {
    let receiver = Receiver::dead();
    let provider = provider(&receiver, GRPC, &[("OTEL_BSP_MAX_QUEUE_SIZE", "100")]);

    make_spans(&provider, 1_000);
    receiver.restart();
    let report = provider.shutdown(PLENTY);

    assert_agrees(&report, &receiver, 1_000);
    let dropped = report.exporters[0].dropped;
    assert!(dropped.queue_full > 0 && dropped.total() == dropped.queue_full, "{report}");
    assert!(report.exported() >= 100, "{report}");
}
