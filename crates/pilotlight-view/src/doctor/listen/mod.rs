//! `pilotlight doctor --listen`: opens the ports, answers like a collector, and says what is wrong with what comes.
//!
//! ```text
//!  ports      4317 and 4318, as they are configured, and ::1 beside 127.0.0.1
//!  receive/   decodes, refuses, and writes down what it refused
//!  watch      what came: by signal, by sender; names of headers, contexts of other formats
//!  store/     keeps it in memory for its findings, the same that the page shows
//!  progress   a line for each thing that is new
//!  ───────────────────────────────────────────────────────────────────────────────────────────
//!  diagnosis  at the end: the findings, or why nothing came
//! ```

mod contexts;
mod diagnosis;
mod ports;
mod progress;
mod tallies;
mod ties;
mod watch;

pub use ports::{Listening, Ports};
pub use ties::Loose;
pub use watch::Watch;

pub(super) use diagnosis::{came, checks, nothing, observations};

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use super::arguments::{Arguments, ListenArguments};
use super::report::{self, Report};
use crate::view::{GRPC_PORT, HTTP_PORT};

/// How long to listen unless it is said.
const FOR: Duration = Duration::from_secs(60);

/// What requests that were begun may take at the end.
pub(super) const FINISH: Duration = Duration::from_secs(2);

/// Listens for as long as the command line says, or until Ctrl-C, and reports.
pub fn main(listen: &ListenArguments, arguments: &Arguments) -> ExitCode {
    let report = super::runtime().and_then(|runtime| runtime.block_on(listen_for(listen)));
    match report {
        Ok(report) => report::print(&report, arguments.json),
        Err(error) => report::could_not_check(&error),
    }
}

async fn listen_for(listen: &ListenArguments) -> Result<Report, String> {
    let how_long = listen.how_long.unwrap_or(FOR);
    let told_to_end =
        crate::program::told_to_end().map_err(|error| format!("signals cannot be received: {error}"))?;
    let host = listen.host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let ports = Ports {
        grpc: SocketAddr::new(host, listen.grpc_port.unwrap_or(GRPC_PORT)),
        http: SocketAddr::new(host, listen.http_port.unwrap_or(HTTP_PORT)),
    };
    let listening = Listening::start(ports).await?;
    progress::greet(&listening, how_long);
    progress::show_until(&listening.watch, how_long, end(told_to_end, how_long)).await;
    Ok(listening.finish().await)
}

/// Ctrl-C, or the end of the time.
async fn end(told_to_end: impl Future<Output = ()>, how_long: Duration) {
    tokio::select! {
        () = told_to_end => {}
        () = tokio::time::sleep(how_long) => {}
    }
}
