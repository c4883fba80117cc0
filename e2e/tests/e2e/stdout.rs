//! Standard outputs that do not take the shop's lines: requests go on, and the report accounts for every line.

use e2e::Receiver;

use crate::process::{Outcome, exporting};
use crate::shop_process::{Client, Shop, shop};
use crate::support::GRPC;

/// More lines than a pipe holds. With them come two that are no request's.
const REQUESTS: u64 = 1_000;
const LINES: u64 = REQUESTS + 2;

fn start(receiver: &Receiver) -> Shop {
    Shop::run_unread(exporting(&mut shop(), receiver, GRPC))
}

/// One line each.
fn ask(client: &mut Client, number: u64) {
    let trace = format!("{:032x}", number + 1);
    assert_eq!(client.ask(&trace, "GET", "/api/users/7", ""), Some(200));
}

/// What goes over OTLP does not suffer from what happens to lines.
fn assert_records_are_complete(outcome: &Outcome, receiver: &Receiver) {
    assert!(outcome.status.success(), "{outcome:?}");
    let records = outcome.account("otlp_grpc_log_exporter");
    assert_eq!((records.exported, records.total()), (LINES, LINES), "{}", outcome.stderr);
    assert_eq!(receiver.logs().len() as u64, LINES);
}

#[test]
fn a_standard_output_that_nobody_reads_holds_up_no_request_and_hides_no_loss() {
    let receiver = Receiver::start();
    let shop = start(&receiver);

    let mut client = shop.client();
    (0..REQUESTS).for_each(|number| ask(&mut client, number));
    drop(client);
    shop.process.signal(rustix::process::Signal::TERM);
    let outcome = shop.process.wait_unread();

    assert_records_are_complete(&outcome, &receiver);
    let lines = outcome.account("console_log_exporter");
    assert_eq!(lines.total(), LINES, "{}", outcome.stderr);
    assert!(lines.exported < LINES, "{}", outcome.stderr);
    // One was read at the start. Those that are in the pipe without having been counted are among the unfinished.
    let in_the_pipe = outcome.log_lines_but_the_torn_one() as u64 + 1;
    assert!(in_the_pipe >= lines.exported && in_the_pipe < LINES, "{in_the_pipe}: {}", outcome.stderr);
}

#[test]
fn a_standard_output_that_is_closed_holds_up_no_request_and_hides_no_loss() {
    let receiver = Receiver::start();
    let mut shop = start(&receiver);
    shop.process.close_stdout();

    let mut client = shop.client();
    (0..REQUESTS).for_each(|number| ask(&mut client, number));
    drop(client);
    let outcome = shop.stop();

    assert_records_are_complete(&outcome, &receiver);
    let lines = outcome.account("console_log_exporter");
    // The first one was read.
    assert_eq!((lines.exported, lines.dropped + lines.rejected), (1, LINES - 1), "{}", outcome.stderr);
}

#[test]
fn a_standard_output_that_is_read_slowly_gets_every_line() {
    let receiver = Receiver::start();
    let mut shop = start(&receiver);

    let mut client = shop.client();
    for number in 0..REQUESTS {
        ask(&mut client, number);
        // A line for every tenth answer: the rest has to wait.
        if number % 10 == 0 {
            assert!(shop.process.next_line().ends_with("}\n"));
        }
    }
    drop(client);
    let outcome = shop.stop();

    assert_records_are_complete(&outcome, &receiver);
    assert_eq!(outcome.account("console_log_exporter").exported, LINES, "{}", outcome.stderr);
    assert_eq!(outcome.log_lines().len() as u64, LINES - 1 - REQUESTS / 10);
}
