//! A client for tests that sends exactly what it is told, over a real socket.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)] // Each test uses a part of it.

use pilotlight_view::api::{About, Context};
use pilotlight_view::page::{self, Access, Token};
use pilotlight_view::receive::{Counters, Journal};
use pilotlight_view::store::{Options, Store};
use std::io::Read;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The page and the API on a port of their own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) context: Context,
    pub(crate) access: Access,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// How a server is started.
#[derive(Debug, Default)]
pub(crate) struct Start {
    pub(crate) token: Option<&'static str>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) import_bytes_max: Option<usize>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Start::default()).await
    }

    pub(crate) async fn start_with(start: Start) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let store = Store::open(Options::default()).unwrap();
        let journal = Journal::default();
        let mut about = About::default();
        about.import_bytes_max = start.import_bytes_max.unwrap_or(about.import_bytes_max);
        let context = Context::new(store.clone(), journal.clone(), Counters::default(), about);
        let token = start.token.map(|token| Token::parse(token).unwrap());
        let access = Access::new(address, &start.allowed_hosts, token, journal.clone()).unwrap();
        let router = page::router(context.clone(), access.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, store, journal, context, access }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &[u8]) -> Answer {
        self.send("POST", path, &[], body).await
    }

    /// Sends a request and reads the answer to its end. `Host` is the server's address unless another one is given.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut stream = self.open(method, path, headers, body).await;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Answer::parse(&bytes)
    }

    /// Sends a request and leaves the answer to be read.
    pub(crate) async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // HTTP/1.0: the answer ends with the connection, and nothing is chunked.
        let mut head = format!("{method} {path} HTTP/1.0\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all((head + "\r\n").as_bytes()).await.unwrap();
        // A server that refuses a body may close before all of it is sent.
        let _ = stream.write_all(body).await;
        BufReader::new(stream)
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as it was before it was compressed.
    pub(crate) fn unzipped(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(self.body.as_slice()).read_to_end(&mut plain).unwrap();
        plain
    }
}

/// Reads server-sent events until one of this name, and answers with its data.
pub(crate) async fn event(stream: &mut BufReader<TcpStream>, name: &str) -> serde_json::Value {
    let wanted = format!("event: {name}\n");
    let mut line = String::new();
    while line != wanted {
        line.clear();
        assert_ne!(stream.read_line(&mut line).await.unwrap(), 0, "the stream ended without `{name}`");
    }
    line.clear();
    stream.read_line(&mut line).await.unwrap();
    serde_json::from_str(line.strip_prefix("data: ").expect("an event has data")).unwrap()
}
