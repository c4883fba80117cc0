//! A service whose handlers and tasks panic, and a program that does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in tests a panic is the way to fail, and here what is tested"
)]

use axum::Router;
use axum::routing::get;
use pilotlight::tracing::carry;
use pilotlight_instrument::http::HttpServerLayer;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let guard = pilotlight::init().unwrap();
    if std::env::args().nth(1).as_deref() == Some("main") {
        let _span = tracing::info_span!("startup").entered();
        panic!("in main");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("listens: {}", listener.local_addr().unwrap());
    let shutdown = pilotlight::shutdown_signal();
    axum::serve(listener, router()).with_graceful_shutdown(shutdown).await.unwrap();
    eprintln!("{}", guard.shutdown_async().await);
}

fn router() -> Router {
    Router::new()
        .route("/fine", get(async || "fine"))
        .route("/handler", get(async || -> &'static str { panic!("in a handler") }))
        .route("/task", get(task))
        .layer(HttpServerLayer::new())
}

/// The request goes on without its task.
async fn task() -> &'static str {
    let work = async { panic!("in a task") };
    let outcome: Result<(), _> = tokio::spawn(carry(work)).await;
    if outcome.is_err() { "the task panicked" } else { "" }
}
