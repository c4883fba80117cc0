//! The viewer as a whole: in a process, and as the program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use pilotlight_view::page::Token;
use pilotlight_view::receive::PortRole;
use pilotlight_view::view::{Options, Senders, View};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Longer than anything here takes; a test that needs it has failed.
const LONG: Duration = Duration::from_secs(30);

const SPAN: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[
    {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a"}]}]}]}"#;

fn options(page: &str) -> Options {
    let free = "127.0.0.1:0".parse().unwrap();
    Options {
        page_address: page.parse().unwrap(),
        otlp_addresses: vec![(free, PortRole::Grpc), (free, PortRole::Http)],
        ..Options::default()
    }
}

/// One request, and its whole answer.
fn request(address: SocketAddr, head: &str, body: &str) -> String {
    request_with(address, head, "", body)
}

/// The same with more headers, each with its line's end.
fn request_with(address: SocketAddr, head: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{head} HTTP/1.1\r\nhost: {address}\r\n{headers}connection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

async fn ask(address: SocketAddr, head: &'static str, body: &'static str) -> String {
    tokio::task::spawn_blocking(move || request(address, head, body)).await.unwrap()
}

/// The address in `http://address/…`.
fn address_of(url: &str) -> SocketAddr {
    url.split('/').nth(2).unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_is_sent_to_the_receiver_is_told_by_the_page() {
    let view = View::start(options("127.0.0.1:0")).await.unwrap();
    let page = address_of(view.url());
    let (otlp, role) = view.otlp_addresses()[1];
    assert_eq!(role, PortRole::Http);
    assert!(ask(otlp, "POST /v1/traces", SPAN).await.starts_with("HTTP/1.1 200"));
    assert!(ask(otlp, "POST /v1/trace", SPAN).await.starts_with("HTTP/1.1 404"));
    let state = ask(page, "GET /api/state", "").await;
    for words in [r#""requests":1"#, r#""unknown-path":1"#, r#""spans":1"#, &format!(r#""address":"{otlp}""#)]
    {
        assert!(state.contains(words), "{words}: {state}");
    }
    view.stop(LONG).await;
    assert!(TcpStream::connect(page).is_err() && TcpStream::connect(otlp).is_err());
}

#[tokio::test]
async fn a_token_is_asked_for_beyond_loopback_and_is_in_the_link() {
    let view = View::start(options("0.0.0.0:0")).await.unwrap();
    let (link, token) = view.url().split_once("?token=").unwrap();
    assert!(token.len() >= 16);
    assert!(ask(address_of(link), "GET /api/state", "").await.starts_with("HTTP/1.1 401"));
    view.stop(LONG).await;

    let token = Some(Token::parse("0123456789abcdef").unwrap());
    let view = View::start(Options { token, ..options("127.0.0.1:0") }).await.unwrap();
    assert!(view.url().ends_with("?token=0123456789abcdef"));
    view.stop(LONG).await;
}

#[tokio::test]
async fn a_port_that_is_taken_says_which_and_what_to_change() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut at_page = options("127.0.0.1:0");
    at_page.page_address = address;
    let mut at_grpc = options("127.0.0.1:0");
    at_grpc.otlp_addresses[0].0 = address;
    for (options, flag) in [(at_page, "--port"), (at_grpc, "--grpc-port")] {
        let error = View::start(options).await.unwrap_err().to_string();
        assert!(error.contains(&address.to_string()) && error.contains(flag), "{error}");
    }
    let elsewhere = View::start(options("203.0.113.1:4316")).await.unwrap_err().to_string();
    assert!(elsewhere.contains("--host"), "{elsewhere}");
}

#[tokio::test]
async fn senders_need_a_token_where_others_than_this_machine_reach_the_ports() {
    let view = View::start(beyond_loopback()).await.unwrap();
    let port = view.otlp_addresses()[0].0.port();
    let token = view.otlp_token().unwrap().text().to_owned();

    let without = export(port, "").await;
    let with = export(port, &format!("authorization: Bearer {token}\r\n")).await;

    assert!(without.starts_with("HTTP/1.1 401"), "{without}");
    assert!(with.starts_with("HTTP/1.1 200"), "{with}");
    assert_eq!(view.warnings(), <[String; 0]>::default());
    view.stop(LONG).await;
    let here = View::start(options("127.0.0.1:0")).await.unwrap();
    assert_eq!(here.otlp_token(), None);
    here.stop(LONG).await;
}

#[tokio::test]
async fn it_is_said_when_anyone_may_send() {
    let open = Options { senders: Senders::Anyone, ..beyond_loopback() };
    let view = View::start(open).await.unwrap();
    let (address, _) = view.otlp_addresses()[0];

    assert_eq!(view.otlp_token(), None);
    assert!(export(address.port(), "").await.starts_with("HTTP/1.1 200"));
    assert!(view.warnings()[0].contains(&address.to_string()) && view.warnings()[0].contains("--otlp-open"));
    view.stop(LONG).await;
}

fn beyond_loopback() -> Options {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    Options { otlp_addresses: vec![(everywhere, PortRole::Http)], ..options("127.0.0.1:0") }
}

/// A span to a port of this machine, and the answer.
async fn export(port: u16, headers: &str) -> String {
    let (address, headers) = (SocketAddr::from(([127, 0, 0, 1], port)), headers.to_owned());
    tokio::task::spawn_blocking(move || request_with(address, "POST /v1/traces", &headers, SPAN))
        .await
        .unwrap()
}

#[tokio::test]
async fn who_takes_localhost_for_ipv6_gets_through_or_it_is_said_that_not() {
    let Ok(taken) = TcpListener::bind("[::1]:0") else { return };
    let port = taken.local_addr().unwrap().port();
    let at = |port| Options {
        otlp_addresses: vec![(SocketAddr::from(([127, 0, 0, 1], port)), PortRole::Http)],
        ..options("127.0.0.1:0")
    };
    let view = View::start(at(port)).await.unwrap();
    assert_eq!(view.otlp_addresses().len(), 1);
    assert!(view.warnings()[0].contains(&format!("[::1]:{port}")), "{:?}", view.warnings());
    view.stop(LONG).await;
    drop(taken);
    let view = View::start(at(port)).await.unwrap();
    assert!(
        ask(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)), "POST /v1/traces", SPAN)
            .await
            .starts_with("HTTP/1.1 200")
    );
    assert_eq!(view.warnings(), <[String; 0]>::default());
    view.stop(LONG).await;
}

#[tokio::test]
async fn a_head_of_the_pages_port_is_held_to_its_limits() {
    let view = View::start(options("127.0.0.1:0")).await.unwrap();
    let page = address_of(view.url());
    let head = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(1 << 20));
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(page).unwrap();
        // It may be refused before all of it is written, and then reset.
        let _ = stream.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    });
    let answer = answer.await.unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{answer:?}");
    view.stop(LONG).await;
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotlight"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PILOTLIGHT_")) {
        command.env_remove(name);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// Started, and the lines of its greeting.
fn start(command: &mut Command) -> (Child, Vec<String>) {
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    let mut greeting = Vec::new();
    for line in lines {
        let last = line.contains("Ctrl-C");
        greeting.push(line);
        if last {
            break;
        }
    }
    (child, greeting)
}

#[cfg(unix)]
#[test]
fn the_program_prints_one_address_and_ends_when_it_is_told_to() {
    for signal in ["-TERM", "-INT"] {
        let arguments = ["view", "--port", "0", "--grpc-port", "0", "--memory", "64MiB"];
        let (mut child, greeting) = start(program(&arguments).env("PILOTLIGHT_VIEW_HTTP_PORT", "0"));
        let url = greeting[0].split_whitespace().last().unwrap();
        assert!(url.starts_with("http://127.0.0.1:") && url.ends_with('/'), "{greeting:?}");
        assert!(greeting.iter().any(|line| line.contains("64MiB in memory")), "{greeting:?}");
        assert!(request(address_of(url), "GET /", "").starts_with("HTTP/1.1 200"));
        let otlp = greeting.iter().find(|line| line.contains("HTTP, as a rule")).unwrap();
        let otlp = otlp.split_whitespace().next().unwrap().parse().unwrap();
        assert!(request(otlp, "POST /v1/traces", SPAN).starts_with("HTTP/1.1 200"));
        let told = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_variable_that_is_empty_is_not_set_and_a_switch_takes_what_people_write() {
    let empty = ["HOST", "PORT", "DB", "MEMORY", "TOKEN", "OTLP_TOKEN", "ALLOWED_HOST", "OPEN", "OTLP_OPEN"];
    let mut command = program(&["view", "--port", "0", "--grpc-port", "0", "--http-port", "0"]);
    command.envs(empty.map(|name| (format!("PILOTLIGHT_VIEW_{name}"), "")));
    let mut child = command.env("PILOTLIGHT_VIEW_OTLP_OPEN", "1").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(line.starts_with("Pilotlight is at  http://127.0.0.1:"), "{line}{output:?}");
}

#[test]
fn the_program_says_what_is_wrong_with_a_flag() {
    for (arguments, words) in [
        (&["view", "--memory", "5 gigs"][..], "such as 512MiB"),
        (&["view", "--keep", "7days"], "such as 7d"),
        (&["view", "--grpc-max", "9GiB"], "at most 4095MiB"),
        (&["view", "--host", "localhost"], "--host"),
        (&["view", "--token", "short"], "16 to 200"),
        (&["watch"], "watch"),
    ] {
        let Output { status, stderr, .. } = run(arguments);
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(!status.success() && stderr.contains(words), "{arguments:?}: {stderr}");
    }
}

#[test]
fn the_program_ends_when_a_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let Output { status, stderr, .. } =
        run(&["view", "--port", "0", "--grpc-port", &port, "--http-port", "0"]);
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(stderr.contains("--grpc-port (PILOTLIGHT_VIEW_GRPC_PORT)"), "{stderr}");
}
