//! A receiver of OTLP over HTTP that keeps what it is sent.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what must come. Reached only when it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Listens until the process ends.
pub struct Receiver {
    endpoint: String,
    received: Arc<Received>,
}

#[derive(Default)]
struct Received {
    /// Path and body of each request.
    requests: Mutex<Vec<(String, Vec<u8>)>>,
    changed: Condvar,
}

impl Receiver {
    pub fn start() -> Self {
        Self::listen(true)
    }

    /// Takes requests and never answers.
    pub fn silent() -> Self {
        Self::listen(false)
    }

    fn listen(answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Received::default());
        let keeper = Arc::clone(&received);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (connection, keeper) = (connection.unwrap(), Arc::clone(&keeper));
                thread::spawn(move || serve(connection, &keeper, answers));
            }
        });
        Self { endpoint, received }
    }

    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The bodies of all requests to `path` so far.
    pub fn bodies(&self, path: &str) -> Vec<Vec<u8>> {
        let requests = self.received.requests.lock().unwrap();
        requests.iter().filter(|(to, _)| to == path).map(|(_, body)| body.clone()).collect()
    }

    /// Waits until there have been so many requests.
    pub fn await_requests(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        let mut requests = self.received.requests.lock().unwrap();
        while requests.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "only {} requests", requests.len());
            requests = self.received.changed.wait_timeout(requests, left).unwrap().0;
        }
    }
}

/// One request after another, until the client leaves.
fn serve(connection: TcpStream, received: &Received, answers: bool) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = read_request(&mut reader) {
        received.requests.lock().unwrap().push(request);
        received.changed.notify_all();
        if answers {
            let answer =
                "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
            let _ = reader.get_mut().write_all(answer.as_bytes());
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, body))
}
