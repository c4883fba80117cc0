//! A receiver on a free port, a sink that remembers, and clients that send exactly what they are told.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use pilotlight_view::receive::{
    Counters, IncidentKind, Journal, JournalEntry, Limits, PortRole, Received, Receiver, Sink,
};
use pilotlight_view::store::{Busy, Kept};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Remembers what it is given.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    received: Arc<Mutex<Vec<Received>>>,
    /// Says that it is busy when there is something here.
    pub(crate) busy: Arc<Mutex<Option<Busy>>>,
    /// Lets so many requests pass; the others wait.
    pub(crate) gate: Arc<Semaphore>,
    /// How many have come to the gate.
    pub(crate) at_gate: Arc<Semaphore>,
}

impl Sink for Recorder {
    async fn keep(&self, received: Received) -> Result<Kept, Busy> {
        self.at_gate.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        if let Some(busy) = *self.busy.lock().unwrap() {
            return Err(busy);
        }
        self.received.lock().unwrap().push(received);
        Ok(Kept::default())
    }
}

/// A running receiver.
pub(crate) struct Harness {
    pub(crate) receiver: Receiver<Recorder>,
    pub(crate) recorder: Recorder,
    pub(crate) journal: Journal,
    pub(crate) counters: Counters,
    pub(crate) address: SocketAddr,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::start_with(Limits::default(), PortRole::Any, None).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::start_with(limits, PortRole::Any, None).await
    }

    pub(crate) async fn start_with(limits: Limits, role: PortRole, token: Option<&str>) -> Self {
        let recorder = Recorder {
            received: Arc::default(),
            busy: Arc::default(),
            gate: Arc::new(Semaphore::new(1_000_000)),
            at_gate: Arc::new(Semaphore::new(0)),
        };
        let journal = Journal::default();
        let receiver = Receiver::new(recorder.clone(), journal.clone(), limits, token.map(str::to_owned));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = receiver.listen(listener, role).unwrap();
        let counters = receiver.counters();
        Self { receiver, recorder, journal, counters, address }
    }

    /// What was kept so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.recorder.received.lock().unwrap().clone()
    }

    /// The only request that was kept.
    pub(crate) fn only(&self) -> Received {
        let mut received = self.received();
        assert_eq!(received.len(), 1, "{:?}", self.journal.newest());
        received.remove(0)
    }

    /// The only incident.
    pub(crate) fn incident(&self) -> JournalEntry {
        let mut newest = self.journal.newest();
        assert_eq!(newest.len(), 1, "{newest:?}");
        newest.remove(0)
    }

    /// Waits until there is an incident of this kind.
    pub(crate) async fn incident_of(&self, kind: IncidentKind) -> JournalEntry {
        loop {
            if let Some(entry) = self.journal.newest().into_iter().find(|entry| entry.kind == kind) {
                return entry;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Sends bytes as they are, and reads until the other side closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is as good as an end.
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }

    /// One request of HTTP/1.
    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request += "host: localhost\r\n";
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        let mut request = (request + "\r\n").into_bytes();
        request.extend_from_slice(body);
        Answer::parse(&self.raw(&request).await)
    }

    pub(crate) async fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        self.request("POST", path, &[("content-type", content_type)], body).await
    }

    /// One request of HTTP/2, with the trailers of the answer among its headers.
    pub(crate) async fn http2(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut request = Request::post(format!("http://localhost{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut client = client.ready().await.unwrap();
        let (response, mut sending) = client.send_request(request.body(()).unwrap(), false).unwrap();
        // An answer may come before everything is sent.
        let _ = sending.send_data(body.into(), true);
        let (head, mut receiving) = response.await.unwrap().into_parts();
        let mut answer = Answer { status: head.status, headers: head.headers, body: Vec::new() };
        while let Some(piece) = receiving.data().await {
            let piece = piece.unwrap();
            receiving.flow_control().release_capacity(piece.len()).unwrap();
            answer.body.extend_from_slice(&piece);
        }
        answer.headers.extend(receiving.trailers().await.unwrap().unwrap_or_default());
        connection.abort();
        answer
    }

    /// A gRPC call with whatever is given as its frame.
    pub(crate) async fn call(&self, path: &str, headers: &[(&str, &str)], frame: impl Into<Bytes>) -> Answer {
        let headers = [&[("content-type", "application/grpc"), ("te", "trailers")], headers].concat();
        self.http2(path, &headers, frame).await
    }
}

/// The path of the call that sends spans.
pub(crate) const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// A gRPC frame.
pub(crate) fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[flag], &length[..], message].concat()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let shown = String::from_utf8_lossy(bytes);
        let end = shown.find("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {shown:?}"));
        let mut lines = shown[..end].lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let pairs = lines.map(|line| line.split_once(": ").unwrap());
        let headers = pairs.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Self { status: status.parse().unwrap(), headers: headers.collect(), body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn grpc_status(&self) -> &str {
        assert_eq!(self.status, StatusCode::OK);
        assert_eq!(self.header("content-type"), "application/grpc");
        self.header("grpc-status")
    }
}
