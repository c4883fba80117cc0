//! Connections that no span asked for, or whose span has ended.

use crate::support::{Spans, client, get, serve, tcp};
use hyper_util::rt::TokioIo;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use pilotlight_instrument::http::connect::ConnectEventsLayer;
use std::sync::{Arc, Mutex};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tower::{Layer, Service, service_fn};

#[tokio::test]
async fn without_a_span_connections_work_and_tell_nobody() {
    let uri = format!("http://localhost:{}/", serve().await.port());
    assert_eq!(get(&mut client(tcp()), &uri).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_connection_that_outlives_its_span_tells_neither_it_nor_the_one_that_is_current_then() {
    let spans = Spans::recorded();
    let address = serve().await;
    let (release, released) = oneshot::channel::<()>();
    let released = Arc::new(Mutex::new(Some(released)));
    let slow = service_fn(move |()| {
        let released = released.lock().unwrap().take().unwrap();
        async move {
            released.await.unwrap();
            TcpStream::connect(address).await.map(TokioIo::new)
        }
    });
    let mut connector = ConnectEventsLayer::connection().layer(slow);

    let asked = spans.start("asked");
    let current = asked.clone().attach();
    let connecting = connector.call(());
    drop(current);
    asked.span().end();
    release.send(()).unwrap();
    let later = spans.start("later");
    connecting.with_context(later.clone()).await.unwrap();
    later.span().end();

    assert_eq!(spans.events("asked"), ["http.connection.start"]);
    assert!(spans.events("later").is_empty());
}
