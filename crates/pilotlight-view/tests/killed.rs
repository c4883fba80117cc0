//! The program is killed while senders of every kind are at work: nothing that it acknowledged is missing when it is started again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Senders of JSON for each signal; one of gRPC comes on top.
const SENDERS: usize = 2;
/// So many requests of each sender are acknowledged before the program is killed.
const ACKNOWLEDGED_MIN: usize = 10;
/// How often it is killed. What is acknowledged too early is in the file milliseconds later, so that one time may miss it.
const KILLED: usize = 5;
/// Longer than anything here takes; a test that needs it has failed.
const LONG: Duration = Duration::from_secs(60);

/// The program, with a file to keep everything in.
struct Viewer {
    child: Child,
    page: SocketAddr,
    grpc: SocketAddr,
    http: SocketAddr,
}

impl Viewer {
    fn start(db: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilotlight"));
        command.args(["view", "--port", "0", "--grpc-port", "0", "--http-port", "0", "--db"]).arg(db);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PILOTLIGHT_")) {
            command.env_remove(name);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let greeting: Vec<String> = lines.take_while(|line| !line.contains("Ctrl-C")).collect();
        let line = |words: &str| greeting.iter().find(|line| line.contains(words)).unwrap();
        let receiver = |words| line(words).split_whitespace().next().unwrap().parse().unwrap();
        let page = line("Pilotlight is at").split('/').nth(2).unwrap().parse().unwrap();
        Self { page, grpc: receiver("gRPC, as a rule"), http: receiver("HTTP, as a rule"), child }
    }

    /// At once, in the middle of whatever it does.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn get(&self, path: &str) -> String {
        let answer = request(self.page, "GET", path, "").unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200"), "{path}: {answer}");
        body.to_owned()
    }

    /// Its state, once all of the file has been read back.
    fn state(&self) -> Value {
        let deadline = Instant::now() + LONG;
        loop {
            let state: Value = serde_json::from_str(&self.get("/api/state")).unwrap();
            if state["loaded"].as_f64() == Some(1.0) {
                return state;
            }
            assert!(Instant::now() < deadline, "{state}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The marks of all items that it has, in order of signals.
    fn marks(&self) -> Vec<String> {
        let mut marks = Vec::new();
        for line in self.get("/api/export").lines() {
            marks_in(&serde_json::from_str(line).unwrap(), &mut marks);
        }
        marks
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        // Whether it was killed before, or the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request, and all of its answer. HTTP/1.0: the answer ends with the connection, and nothing is chunked.
fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Every text with which an attribute `mark` ends up in an export.
fn marks_in(value: &Value, marks: &mut Vec<String>) {
    match value {
        Value::Object(fields) if fields.get("key").is_some_and(|key| key == "mark") => {
            marks.push(fields["value"]["stringValue"].as_str().unwrap().to_owned());
        }
        Value::Object(fields) => fields.values().for_each(|value| marks_in(value, marks)),
        Value::Array(values) => values.iter().for_each(|value| marks_in(value, marks)),
        _ => {}
    }
}

/// What a sender sends, and nobody else: its own name and a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    sender: String,
    number: u64,
}

impl Mark {
    fn text(&self) -> String {
        format!("{} {}", self.sender, self.number)
    }

    /// One item of `signal` as JSON.
    fn body(&self, signal: &str) -> String {
        let attributes = json!([{"key": "mark", "value": {"stringValue": self.text()}}]);
        let now = now().to_string();
        let body = match signal {
            "traces" => json!({"resourceSpans": [{"scopeSpans": [{"spans": [{
                "traceId": "5b8efff798038103d269b633813fc60c", "spanId": format!("{:016x}", self.number + 1), "name": "work",
                "startTimeUnixNano": now, "endTimeUnixNano": now, "attributes": attributes,
            }]}]}]}),
            "metrics" => json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{
                "name": "work", "gauge": {"dataPoints": [{"timeUnixNano": now, "asInt": "1", "attributes": attributes}]},
            }]}]}]}),
            _ => json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{
                "timeUnixNano": now, "body": {"stringValue": "work"}, "attributes": attributes,
            }]}]}]}),
        };
        body.to_string()
    }

    /// One span for gRPC.
    fn span(&self) -> ExportTraceServiceRequest {
        let value = Some(AnyValue { value: Some(Any::StringValue(self.text())) });
        let span = Span {
            trace_id: vec![1; 16],
            span_id: (self.number + 1).to_be_bytes().to_vec(),
            name: "work".to_owned(),
            start_time_unix_nano: now(),
            end_time_unix_nano: now(),
            attributes: vec![KeyValue { key: "mark".to_owned(), value, ..KeyValue::default() }],
            ..Span::default()
        };
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
        }
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().try_into().unwrap()
}

/// Sends one item after the other, and tells what was acknowledged, until nobody answers any more.
fn send_json(receiver: SocketAddr, signal: &str, sender: &str, acknowledged: &Sender<Mark>) {
    for number in 0.. {
        let mark = Mark { sender: sender.to_owned(), number };
        match request(receiver, "POST", &format!("/v1/{signal}"), &mark.body(signal)) {
            Ok(answer) if answer.starts_with("HTTP/1.0 200") => acknowledged.send(mark).unwrap(),
            Ok(answer) if !answer.is_empty() => panic!("{answer}"),
            Ok(_) | Err(_) => return,
        }
    }
}

/// The same over gRPC.
fn send_grpc(receiver: SocketAddr, sender: &str, acknowledged: &Sender<Mark>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = TraceServiceClient::connect(format!("http://{receiver}")).await.unwrap();
        for number in 0.. {
            let mark = Mark { sender: sender.to_owned(), number };
            match client.export(mark.span()).await {
                Ok(_) => acknowledged.send(mark).unwrap(),
                Err(_) => return,
            }
        }
    });
}

/// Senders of every kind. What they tell ends when the last of them does.
fn senders(viewer: &Viewer, round: usize) -> (Vec<JoinHandle<()>>, Receiver<Mark>) {
    let (acknowledged, told) = channel();
    let mut threads = Vec::new();
    for signal in ["traces", "metrics", "logs"] {
        for number in 0..SENDERS {
            let (receiver, acknowledged) = (viewer.http, acknowledged.clone());
            let sender = format!("{signal} {round} {number}");
            threads.push(std::thread::spawn(move || send_json(receiver, signal, &sender, &acknowledged)));
        }
    }
    let receiver = viewer.grpc;
    let sender = format!("grpc {round}");
    threads.push(std::thread::spawn(move || send_grpc(receiver, &sender, &acknowledged)));
    (threads, told)
}

/// Kills the program when each sender has had enough acknowledged and goes on. What was acknowledged, to the last.
fn killed_at_work(viewer: Viewer, round: usize) -> BTreeSet<Mark> {
    let (threads, told) = senders(&viewer, round);
    let mut acknowledged = BTreeSet::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    while counts.len() < threads.len() || counts.values().any(|count| *count < ACKNOWLEDGED_MIN) {
        let mark = told.recv_timeout(LONG).unwrap();
        *counts.entry(mark.sender.clone()).or_default() += 1;
        acknowledged.insert(mark);
    }
    viewer.kill();
    acknowledged.extend(told);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    acknowledged
}

#[test]
fn what_the_program_acknowledged_is_there_again_however_often_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("telemetry.db");
    let mut acknowledged = BTreeSet::new();
    // From the second time on it reads back what it has from before while more comes.
    for round in 0..KILLED {
        acknowledged.extend(killed_at_work(Viewer::start(&db), round));
    }

    let viewer = Viewer::start(&db);
    let state = viewer.state();
    let marks = viewer.marks();
    let there: BTreeSet<&str> = marks.iter().map(String::as_str).collect();
    assert_eq!(there.len(), marks.len(), "something is there twice");
    let missing: Vec<_> = acknowledged.iter().filter(|mark| !there.contains(mark.text().as_str())).collect();
    assert!(missing.is_empty(), "{} of {} are missing: {missing:?}", missing.len(), acknowledged.len());
    for (signal, held) in [("traces", "spans"), ("metrics", "points"), ("logs", "logs")] {
        let is_of = |mark: &&str| mark.starts_with(signal) || signal == "traces" && mark.starts_with("grpc");
        let count = there.iter().copied().filter(|mark| is_of(mark)).count();
        assert_eq!(state["held"][held], count, "{signal}: {state}");
        assert_eq!(state["held"][format!("{held}_on_disk")], count, "{signal}: {state}");
    }
    assert_eq!(state["held"]["unreadable_requests"], 0, "{state}");
}
