//! The server as clients meet it, over TCP.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::GzDecoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::config;
use super::metrics::{counter, gauge, int, request};
use crate::transport::BoxFuture;
use crate::transport::prometheus::server::Limits;
use crate::transport::prometheus::{PrometheusCounts, PrometheusServer};

type Collected = BoxFuture<'static, Result<Vec<Bytes>, String>>;

/// A server in service, and how to stop it.
struct Page {
    address: SocketAddr,
    counts: PrometheusCounts,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Page {
    fn of(collect: impl Fn() -> Collected + Send + Sync + 'static) -> Self {
        Self::limited(Limits::default(), collect)
    }

    fn limited(limits: Limits, collect: impl Fn() -> Collected + Send + Sync + 'static) -> Self {
        let server = PrometheusServer::bind(&config()).unwrap().limited(limits);
        let (address, counts) = (server.local_addr().unwrap(), server.counts());
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve(collect, async move { drop(stopped.await) }));
        Self { address, counts, stop, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The head and the body of the answer to `head`, on a connection of its own.
    async fn ask(&self, head: &str) -> (String, Vec<u8>) {
        let mut stream = self.connect().await;
        let head = format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        split(&answer)
    }

    async fn ask_text(&self, head: &str) -> (String, String) {
        let (head, body) = self.ask(head).await;
        (head, String::from_utf8(body).unwrap())
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
    }
}

fn split(answer: &[u8]) -> (String, Vec<u8>) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer with a head");
    (String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase(), answer[end + 4..].to_vec())
}

fn hits() -> Collected {
    Box::pin(async { Ok(vec![request(vec![counter("hits", "", vec![int(&[], 3)])])]) })
}

/// Far more than the system keeps for a client that does not read.
fn endless() -> Collected {
    let points = (0..2_000).map(|i| int(&[("number", &format!("{i:0>10000}"))], i)).collect();
    let metrics = request(vec![gauge("wide", "", points)]);
    Box::pin(async { Ok(vec![metrics]) })
}

const HITS: &str = "# TYPE hits_total counter\nhits_total 3\n";

#[tokio::test]
async fn a_scrape_gets_the_format_it_asks_for() {
    let page = Page::of(hits);
    let (head, body) = page.ask_text("GET /metrics HTTP/1.1").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert_eq!(body, HITS);
    let (head, body) =
        page.ask_text("GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text; version=1.0.0").await;
    assert!(
        head.contains("application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores")
    );
    assert!(body.ends_with("hits_total 3\nhits_created 1700000000.5\n# EOF\n"), "{body}");
    assert_eq!(page.counts.scrapes(), 2);
}

#[tokio::test]
async fn a_scrape_that_takes_gzip_gets_it() {
    let page = Page::of(hits);
    let (head, body) = page.ask("GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip").await;
    assert!(
        head.contains("content-encoding: gzip") && head.contains("vary: accept, accept-encoding"),
        "{head}"
    );
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    let mut plain = String::new();
    GzDecoder::new(&body[..]).read_to_string(&mut plain).unwrap();
    assert_eq!(plain, HITS);
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let page = Page::of(hits);
    let (head, body) = page.ask_text("HEAD /metrics HTTP/1.1").await;
    assert!(head.contains(&format!("content-length: {}", HITS.len())), "{head}");
    assert_eq!(body, "");
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_with_a_hint() {
    let page = Page::of(hits);
    let (head, body) = page.ask_text("GET /metricz HTTP/1.1").await;
    assert!(head.starts_with("http/1.1 404") && body.contains("/metrics"), "{head} {body}");
    let (head, _) = page.ask_text("POST /metrics HTTP/1.1\r\nContent-Length: 0").await;
    assert!(head.starts_with("http/1.1 405") && head.contains("allow: get, head"), "{head}");
    let (head, body) = page.ask_text("GET / HTTP/1.1").await;
    assert!(head.starts_with("http/1.1 200") && body.contains("href=\"/metrics\""), "{head} {body}");
    let (head, _) = page.ask_text("GET /metrics?name=hits HTTP/1.1").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
}

#[tokio::test]
async fn a_collection_that_fails_is_told_to_the_scraper_and_counted() {
    let page = Page::of(|| Box::pin(async { Err("a callback hangs".to_owned()) }));
    let (head, body) = page.ask_text("GET /metrics HTTP/1.1").await;
    assert!(head.starts_with("http/1.1 503"), "{head}");
    assert_eq!(body, "The metrics could not be collected: a callback hangs\n");
    assert_eq!((page.counts.scrapes(), page.counts.failed_scrapes()), (0, 1));
}

#[tokio::test]
async fn a_collection_that_panics_ends_its_own_connection_alone() {
    let calls = AtomicUsize::new(0);
    let page = Page::of(move || match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Box::pin(async { panic!("on purpose") }),
        _ => hits(),
    });
    let mut stream = page.connect().await;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
    assert_eq!(page.ask_text("GET /metrics HTTP/1.1").await.1, HITS);
    assert_eq!((page.counts.scrapes(), page.counts.failed_scrapes()), (1, 1));
}

#[tokio::test]
async fn a_connection_serves_one_scrape_after_another() {
    let page = Page::of(hits);
    let mut stream = page.connect().await;
    for _ in 0..2 {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(HITS.as_bytes()) {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
    }
    assert_eq!(page.counts.scrapes(), 2);
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_server_lives_on() {
    let page = Page::of(hits);
    let mut stream = page.connect().await;
    stream.write_all(b"\x16\x03\x01 hello\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
    let (head, _) = page.ask(&format!("GET /{} HTTP/1.1", "x".repeat(17 << 10))).await;
    assert!(head.starts_with("http/1.1 4"), "{head}");
    assert_eq!(page.ask_text("GET /metrics HTTP/1.1").await.1, HITS);
}

#[tokio::test]
async fn who_never_finishes_a_request_is_hung_up_on() {
    let limits = Limits { head_timeout: Duration::from_millis(20), ..Limits::default() };
    let page = Page::limited(limits, hits);
    let mut stream = page.connect().await;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost:").await.unwrap();
    // Ends only because the server hangs up.
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(page.counts.scrapes(), 0);
}

#[tokio::test]
async fn who_stops_reading_is_given_up() {
    let limits = Limits { write_timeout: Duration::from_millis(50), ..Limits::default() };
    let page = Page::limited(limits, endless);
    let mut stream = page.connect().await;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 8];
    stream.read_exact(&mut first).await.unwrap();
    // Ends only when the answer is given or given up, and nobody reads it.
    page.stop().await;
}

#[tokio::test]
async fn two_scrapes_at_once_are_served_in_turn() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let page = Page::of(move || {
        let (running, most) = (running.clone(), most.clone());
        Box::pin(async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(Vec::new())
        })
    });
    let (one, other) = tokio::join!(page.ask("GET /metrics HTTP/1.1"), page.ask("GET /metrics HTTP/1.1"));
    assert!(one.0.starts_with("http/1.1 200") && other.0.starts_with("http/1.1 200"));
    assert_eq!((page.counts.scrapes(), seen.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn connections_beyond_the_bound_are_closed_and_counted() {
    let page = Page::limited(Limits { connections_max: 1, ..Limits::default() }, hits);
    let mut first = page.connect().await;
    first.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    let mut nothing = Vec::new();
    let _ = page.connect().await.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty());
    assert_eq!(page.counts.refused_connections(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_makes_room_for_the_next() {
    let begun = Arc::new(Notify::new());
    let (begins, calls) = (begun.clone(), AtomicUsize::new(0));
    let page = Page::of(move || match calls.fetch_add(1, Ordering::SeqCst) {
        0 => {
            begins.notify_one();
            Box::pin(std::future::pending())
        }
        _ => hits(),
    });
    let mut stream = page.connect().await;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    begun.notified().await;
    drop(stream);
    assert_eq!(page.ask_text("GET /metrics HTTP/1.1").await.1, HITS);
}

#[tokio::test]
async fn stopping_gives_the_answer_begun_and_closes_the_port() {
    let (begun, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begins, released) = (begun.clone(), release.clone());
    let page = Page::of(move || {
        begins.notify_one();
        let released = released.clone();
        Box::pin(async move {
            released.notified().await;
            hits().await
        })
    });
    let address = page.address;
    let _idle = page.connect().await;
    let mut stream = page.connect().await;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    begun.notified().await;
    page.stop.send(()).unwrap();
    release.notify_one();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!(split(&answer).1, HITS.as_bytes());
    page.served.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
