//! What others have a say in stays one line and one record, whatever it is.

use e2e::Receiver;
use e2e::receiver::ReceivedLog;

use crate::http::escaped;
use crate::process::{Outcome, exporting, logging, run, scenario};
use crate::shop_process::{Shop, TRACE, assert_clean};
use crate::support::{GRPC, HTTP};

/// What is kept of a message at least: a log record has to fit what receivers take at once.
const MESSAGE_BYTES_KEPT: usize = 3_000_000;

/// Texts that would end a line, forge one, colour a terminal, or break out of a string.
const HOSTILE: [&str; 9] = [
    "first\nsecond\r\nthird\rfourth",
    "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}\u{9b}31m",
    "\"quoted\" \\ \\\" \\u0022",
    "\u{2028}line\u{2029}paragraph\u{85}next",
    r"\ud800 half \udfff surrogates",
    "\"}\n{\"level\":\"ERROR\",\"message\":\"forged\",\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"}",
    "\u{0}nothing\u{0}\u{7f}",
    "\u{202e}right to left\u{feff}",
    "🔥\u{fffd}\u{10ffff}",
];

/// The log records in the order in which they were made: threads hand over theirs apart.
fn as_told(receiver: &Receiver) -> Vec<ReceivedLog> {
    let mut logs = receiver.logs();
    logs.sort_by_key(|log| log.record.time_unix_nano);
    logs
}

#[test]
fn what_a_client_sends_stays_in_its_line_and_its_record() {
    let receiver = Receiver::start();
    let shop = Shop::start(&receiver, GRPC);

    for user in HOSTILE {
        // No header can carry a part of these, but a path can carry all of them.
        assert_eq!(shop.ask("GET", &format!("/api/users/{}", escaped(user)), ""), 404, "{user:?}");
    }
    let outcome = shop.stop();

    assert_clean(&outcome);
    // Two for each request, and that the shop stops.
    assert_eq!(outcome.stdout.split('\n').filter(|line| !line.is_empty()).count(), 2 * HOSTILE.len() + 1);
    let lines = outcome.log_lines();
    let told = |message: &str| -> Vec<String> {
        let of_message = lines.iter().filter(|line| line["message"] == message);
        of_message.map(|line| line["user_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told("Processing request"), HOSTILE);
    assert_eq!(told("Failed to find user"), HOSTILE);
    assert!(lines.iter().all(|line| line["trace_id"] == TRACE || line["trace_id"].is_null()));
    let logs = as_told(&receiver);
    let records = logs.iter().filter(|log| log.body().as_deref() == Some("Processing request"));
    assert!(records.map(|log| log.attribute("user_id").unwrap()).eq(HOSTILE));
}

#[test]
fn a_message_of_any_kind_stays_one_line_and_one_record() {
    let (receiver, outcome) = repeated(&HOSTILE);

    let lines = outcome.log_lines();
    assert!(lines.iter().map(|line| line["message"].as_str().unwrap()).eq(HOSTILE), "{lines:#?}");
    assert!(receiver.logs().iter().map(|log| log.body().unwrap()).eq(HOSTILE));
    // The report alone is no line.
    assert_eq!(outcome.stdout.lines().count(), HOSTILE.len() + 1);
}

#[test]
fn a_message_of_ten_megabytes_stays_one_line_and_one_record_of_what_fits_and_says_how_long_it_was() {
    let huge = "\n{\"forged\":\u{1b}[31m}\u{2028}".repeat(510_000);
    assert!(huge.len() > 10_000_000);

    let (receiver, outcome) = repeated(&[&huge]);

    let (lines, logs) = (outcome.log_lines(), receiver.logs());
    let ([line], [log]) = (&lines[..], &logs[..]) else {
        panic!("{} lines, {} records", lines.len(), logs.len())
    };
    let (message, body) = (line["message"].as_str().unwrap(), log.body().unwrap());
    assert!(message.len() >= MESSAGE_BYTES_KEPT && huge.starts_with(message), "{}", message.len());
    assert!(message == body, "{} is not {}", message.len(), body.len());
    assert_eq!(line["pilotlight.body.length"], huge.len());
    assert_eq!(log.attribute("pilotlight.body.length"), Some(huge.len().to_string()));
    assert_eq!(outcome.stdout.lines().count(), 2);
}

/// A program that logs `texts`, which it reads from files: no argument may hold some of them.
fn repeated(texts: &[&str]) -> (Receiver, Outcome) {
    let (receiver, folder) = (Receiver::start(), tempfile::tempdir().unwrap());
    let mut command = scenario("repeats");
    for (number, text) in texts.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, text).unwrap();
        command.arg(path);
    }
    let outcome = run(exporting(logging(&mut command), &receiver, HTTP));
    assert!(outcome.status.success(), "{}", outcome.stderr);
    (receiver, outcome)
}
