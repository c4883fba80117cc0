//! `pilotlight run` as a user sees it: the program, its exit code, its outputs and signals, and what is said about it.

#![cfg(unix)] // The programs that are run here are shell scripts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};

/// On free ports, with an environment of its own.
fn pilotlight_run(flags: &[&str], command: &[&str]) -> Command {
    let mut run = Command::new(env!("CARGO_BIN_EXE_pilotlight"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("OTEL_")
            || name.starts_with("PILOTLIGHT_")
            || name.to_lowercase().ends_with("_proxy")
        {
            run.env_remove(name.as_ref());
        }
    }
    run.args(["run", "--port", "0", "--grpc-port", "0", "--http-port", "0"])
        .args(flags)
        .arg("--")
        .args(command);
    // Not in the foreground of a terminal, whose Ctrl-C would be taken to have reached the program already.
    run.process_group(0);
    run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    run
}

fn ended(flags: &[&str], command: &[&str]) -> Output {
    pilotlight_run(flags, command).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

/// Reads lines until one has `words` in it.
fn line_with(lines: &mut impl BufRead, words: &str) -> String {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the output ended without {words:?}");
    }
    line
}

/// The test's own program again, which then runs only [`sender`].
fn this_sender() -> [String; 4] {
    let this = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    [this, "--exact".to_owned(), "sender".to_owned(), "--nocapture".to_owned()]
}

/// Not a test by itself: what is run by others here, as a program that sends a log record.
#[test]
fn sender() {
    let Ok(endpoint) = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT") else { return };
    let address = endpoint.strip_prefix("http://").unwrap();
    let body = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}"#;
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn it_ends_with_the_programs_exit_code() {
    for code in [0, 7, 255] {
        assert_eq!(ended(&[], &["sh", "-c", &format!("exit {code}")]).status.code(), Some(code));
    }
}

#[test]
fn a_program_that_a_signal_ended_gives_128_and_the_signal() {
    assert_eq!(ended(&[], &["sh", "-c", "kill -TERM $$"]).status.code(), Some(128 + 15));
    assert_eq!(ended(&[], &["sh", "-c", "kill -KILL $$"]).status.code(), Some(128 + 9));
}

#[test]
fn the_outputs_are_the_programs_and_it_is_told_where_to_send() {
    let script = "echo $OTEL_EXPORTER_OTLP_ENDPOINT $OTEL_EXPORTER_OTLP_PROTOCOL $OTEL_LOGS_EXPORTER $OTEL_SERVICE_NAME";
    let output = ended(&[], &["sh", "-c", script]);
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    let words: Vec<&str> = told.split_whitespace().collect();
    assert!(words[0].starts_with("http://127.0.0.1:"), "{told}");
    assert_eq!(words[1..], ["http/protobuf", "otlp", "sh"]);
    assert!(said(&output).contains("the telemetry is at  http://127.0.0.1:"), "{}", said(&output));
    assert!(said(&output).contains("nothing arrived"), "{}", said(&output));
}

#[test]
fn what_the_user_set_elsewhere_is_left_out_and_said() {
    let script = "echo ${OTEL_EXPORTER_OTLP_LOGS_ENDPOINT-left out} $OTEL_EXPORTER_OTLP_PROTOCOL";
    let mut run = pilotlight_run(&[], &["sh", "-c", script]);
    run.env("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs.example")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let output = run.output().unwrap();
    assert_eq!(String::from_utf8(output.stdout.clone()).unwrap(), "left out grpc\n");
    assert!(said(&output).contains("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT leads elsewhere"), "{}", said(&output));
}

#[test]
fn beyond_loopback_the_program_has_the_token_that_senders_need() {
    let flags = ["--host", "0.0.0.0"];
    let output = ended(&flags, &["sh", "-c", "echo $OTEL_EXPORTER_OTLP_HEADERS"]);
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(told.starts_with("authorization=Bearer%20"), "{told}: {}", said(&output));
    let others = format!("other senders need  OTEL_EXPORTER_OTLP_HEADERS={}", told.trim_end());
    assert!(said(&output).contains(&others), "{others}: {}", said(&output));

    let output =
        ended(&[&flags[..], &["--otlp-open"]].concat(), &["sh", "-c", "echo $OTEL_EXPORTER_OTLP_HEADERS"]);
    assert_eq!(String::from_utf8(output.stdout.clone()).unwrap(), "\n");
    assert!(said(&output).contains("anyone who reaches"), "{}", said(&output));
}

#[test]
fn what_the_program_sent_is_summed_up_at_the_end() {
    let sender = this_sender();
    let command: Vec<&str> = sender.iter().map(String::as_str).collect();
    let output = ended(&[], &command);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("received 0 spans, 1 log record, 0 data points in 1 request"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_program_that_is_not_there_is_said_to_be_so() {
    let output = ended(&[], &["./no-such-program"]);
    assert_eq!(output.status.code(), Some(127));
    assert!(said(&output).contains("./no-such-program: there is no such program"), "{}", said(&output));
}

#[test]
fn a_file_that_cannot_be_run_is_said_to_be_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let output = ended(&[], &[file.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(126));
    assert!(said(&output).contains("may not be run"), "{}", said(&output));
}

#[test]
fn a_program_is_waited_for_when_nobody_reads_what_is_said() {
    let (reader, nobody) = std::io::pipe().unwrap();
    drop(reader);
    let output = pilotlight_run(&[], &["sh", "-c", "echo here; exit 7"]).stderr(nobody).output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(output.stdout, b"here\n");
}

#[test]
fn without_a_program_the_usage_is_shown() {
    let output = ended(&[], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("CMD"), "{}", said(&output));
}

#[test]
fn signals_are_the_programs() {
    for (own, name, code) in [(Signal::TERM, "TERM", 41), (Signal::INT, "INT", 42), (Signal::HUP, "HUP", 43)]
    {
        let script = format!("trap 'exit {code}' {name}; echo ready; while :; do sleep 0.05; done");
        let mut child = pilotlight_run(&[], &["sh", "-c", &script]).spawn().unwrap();
        line_with(&mut BufReader::new(child.stdout.take().unwrap()), "ready");
        signal(&child, own);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
    }
}

#[test]
fn with_wait_the_page_outlives_the_program() {
    let mut child = pilotlight_run(&["--wait"], &["sh", "-c", "exit 5"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let line = line_with(&mut lines, "the telemetry is at");
    let address = line.trim().rsplit("http://").next().unwrap().trim_end_matches('/').to_owned();
    line_with(&mut lines, "the page stays until Ctrl-C");
    let mut page = TcpStream::connect(&address).unwrap();
    page.write_all(format!("GET / HTTP/1.0\r\nhost: {address}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    page.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("200 OK"), "{answer}");
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn with_wait_the_page_ends_in_order_whichever_way_it_is_told_to() {
    for own in [Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut child = pilotlight_run(&["--wait"], &["sh", "-c", "exit 5"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        line_with(&mut lines, "the page stays until Ctrl-C");
        signal(&child, own);
        line_with(&mut lines, "nothing arrived");
        assert_eq!(child.wait().unwrap().code(), Some(5), "{own:?}");
    }
}

/// Only Linux has all of 127.0.0.0/8, where nobody else listens.
#[cfg(target_os = "linux")]
#[test]
fn usual_ports_that_are_taken_are_left_to_whom_they_belong() {
    let _page = TcpListener::bind("127.0.0.77:4316").unwrap();
    let _collector = TcpListener::bind("127.0.0.77:4317").unwrap();
    let this = this_sender();
    let mut run = Command::new(env!("CARGO_BIN_EXE_pilotlight"));
    run.args(["run", "--host", "127.0.0.77", "--"]).args(this);
    let output = run.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT").output().unwrap();
    assert!(said(&output).contains("port 4316 is taken"), "{}", said(&output));
    assert!(said(&output).contains("port 4317 is taken"), "{}", said(&output));
    assert!(!said(&output).contains("port 4318 is taken"), "{}", said(&output));
    assert!(said(&output).contains("1 log record"), "{}", said(&output));
}
