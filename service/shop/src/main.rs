//! The reference service of Pilotlight as a program: telemetry on, serve until told to stop, drain, telemetry off.

mod telemetry;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use shop::{Server, Settings, Shop};
use tokio::net::TcpListener;
use tracing::{error, info};

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    let guard = match telemetry::start() {
        Ok(guard) => guard,
        Err(error) => return failed("start telemetry", &error),
    };
    let outcome = serve(&settings).await;
    if let Err(error) = &outcome {
        error!(error = error.as_ref(), "shop could not serve");
    }
    // Last, so that the spans of the requests that were drained are still sent. The shop is kept until then: the last
    // collection looks at its shelves too.
    note(&guard.shutdown_async().await);
    match outcome {
        Ok(_shop) => ExitCode::SUCCESS,
        Err(error) => failed("serve", error.as_ref()),
    }
}

/// Serves until SIGINT or SIGTERM, then until the requests in flight are answered. Gives back the shop, closed.
async fn serve(settings: &Settings) -> Result<Arc<Shop>, Box<dyn Error>> {
    let shop = Shop::open(settings).await?;
    let listener = TcpListener::bind(settings.addr).await.map_err(|cause| {
        format!("cannot listen on {}: {cause}; choose another address with --addr", settings.addr)
    })?;
    // Before anybody hears where to send requests: none of them is lost to a signal.
    let shutdown = pilotlight::shutdown_signal();
    info!("shop listens on http://{}", listener.local_addr()?);
    let router = telemetry::traced(shop::router(shop.clone()));
    let server = Server::new(router, shop.readiness(), settings.timeouts);
    let drained = server.run(listener, shutdown).await;
    info!(connections.cut_off = drained.cut_off, "shop stops: {drained}");
    shop.close().await;
    Ok(shop)
}

/// Says what went wrong, down to its first cause: the last line, where it is not lost among what telemetry shows at its end.
fn failed(what: &str, error: &dyn Error) -> ExitCode {
    let mut story = format!("shop could not {what}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        story = format!("{story}: {error}");
        cause = error.source();
    }
    note(&story);
    ExitCode::FAILURE
}

/// Writes a line to standard error, for what no log can tell any more. Unlike `eprintln!`, it does not panic when nobody reads it,
/// which would end the program before its telemetry is sent.
fn note(line: &dyn Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
