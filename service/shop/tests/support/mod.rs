//! A shop on real sockets, all of it in this process, and a client for it.

// Each test program uses its own part of this, and in a test a panic is the way to fail.
#![allow(dead_code, clippy::unwrap_used)]

pub(crate) mod observed;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use clap::Parser;
use http_body_util::{BodyExt, Full};
use hyper::header::HeaderMap;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use shop::cli::{Cli, ShopCommand};
use shop::gateway::{self, Gateway};
use shop::inventory::Inventory;
use shop::payments::Payments;
use shop::{Drained, Readiness, Role, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A shop whose gateway runs until it is told to stop.
pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) readiness: Readiness,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) server: JoinHandle<Drained>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// Starts a shop without simulated latency and without notice, unless the flags say otherwise.
pub(crate) async fn start(flags: &[&str]) -> Running {
    start_with(flags, |router| router).await
}

/// The same, with something added around or beside the gateway's own routes.
pub(crate) async fn start_with(flags: &[&str], change: impl FnOnce(Router) -> Router) -> Running {
    let mut command = command(flags);
    let inventory = in_background(Inventory::open(&command.inventory()).await.unwrap()).await;
    let payments = in_background(Payments::open(&command.payments, command.timeouts)).await;
    let told = |flag: &str| flags.iter().any(|given| given.starts_with(flag));
    if !told("--inventory-url") {
        command.gateway.inventory_url = format!("http://{inventory}").parse().unwrap();
    }
    if !told("--payments-url") {
        command.gateway.payments_url = format!("http://{payments}").parse().unwrap();
    }
    let gateway = Gateway::open(&command.gateway()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = Server::new(change(gateway::router(gateway.clone())), gateway.readiness(), command.timeouts);
    Running {
        addr,
        readiness: gateway.readiness(),
        stop,
        server: tokio::spawn(server.run(listener, stopped)),
    }
}

/// The settings of a quick shop.
pub(crate) fn command(flags: &[&str]) -> ShopCommand {
    let quick = [
        "shop",
        "--inventory-latency-ms=0",
        "--payment-latency-ms=0",
        "--shipping-latency-ms=0",
        "--notice-ms=0",
    ];
    Cli::try_parse_from(quick.iter().chain(flags)).unwrap().shop
}

/// Serves on a port of its own until the test is over.
pub(crate) async fn in_background<R: Role>(role: Arc<R>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { shop::serve(&role, listener, std::future::pending::<()>()).await });
    addr
}

impl Running {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.addr, Method::GET, path, "").await
    }

    pub(crate) async fn order(&self, body: &str) -> Answer {
        send(self.addr, Method::POST, "/api/orders", body).await
    }

    /// A connection to write bytes to, as no well-behaved client would.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }
}

pub(crate) async fn send(addr: SocketAddr, method: Method, path: &str, body: &str) -> Answer {
    send_with(addr, &[], method, path, body).await
}

pub(crate) async fn send_with(
    addr: SocketAddr,
    headers: &[(&str, &str)],
    method: Method,
    path: &str,
    body: &str,
) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
    let request = Request::builder().method(method).uri(format!("http://{addr}{path}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.body(body).unwrap();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

/// What the server has to say until it closes the connection, after the client has said its part and stays silent.
pub(crate) async fn last_words(mut connection: TcpStream, said: &str) -> String {
    connection.write_all(said.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    // A reset is a way to close, too.
    let _ = connection.read_to_end(&mut heard).await;
    String::from_utf8(heard).unwrap()
}

/// Compares what was recorded with a drawing that may be indented as a whole, and whose long lines may be continued.
pub(crate) fn assert_drawing(found: &str, drawing: &str) {
    let lines: Vec<&str> = drawing.lines().filter(|line| !line.trim().is_empty()).collect();
    let margin = lines[0].len() - lines[0].trim_start().len();
    let expected: String = lines.iter().map(|line| format!("{}\n", &line[margin..])).collect();
    assert!(found == expected, "\nexpected:\n{expected}\nfound:\n{found}");
}
