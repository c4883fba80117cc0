//! What others have a say in stays one line and one record, whatever it is.

use e2e::Receiver;
use e2e::receiver::ReceivedLog;

use crate::http::escaped;
use crate::process::{exporting, logging, run, scenario};
use crate::shop_process::{Shop, TRACE, assert_clean};
use crate::support::{GRPC, HTTP};

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
    let logs = receiver.logs();
    let records = logs.iter().filter(|log| log.body().as_deref() == Some("Processing request"));
    assert!(records.map(|log| log.attribute("user_id").unwrap()).eq(HOSTILE));
}

#[test]
fn a_message_of_any_kind_and_size_is_one_line_and_one_record() {
    let receiver = Receiver::start();
    let folder = tempfile::tempdir().unwrap();
    let huge = "\n{\"forged\":\u{1b}[31m}\u{2028}".repeat(10 * 1024 * 1024 / 24 + 1);
    let texts: Vec<&str> = HOSTILE.into_iter().chain([&*huge]).collect();
    let mut command = scenario("repeats");
    for (number, text) in texts.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, text).unwrap();
        command.arg(path);
    }

    let outcome = run(exporting(logging(&mut command), &receiver, HTTP));

    assert!(outcome.status.success());
    let lines = outcome.log_lines();
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert!(messages == texts, "lines tell something else");
    let bodies: Vec<_> = receiver.logs().iter().map(|log: &ReceivedLog| log.body().unwrap()).collect();
    assert!(bodies == texts, "records tell something else");
    // The report alone is no line.
    assert_eq!(outcome.stdout.lines().count(), texts.len() + 1);
}
