//! `pilotlight run -- CMD`: a program, and its telemetry in a browser.
//!
//! The viewer is started, the program is told where to send (`run/environment.rs`), and when it ends so does the viewer, with the
//! program's own exit code. What is said here goes to standard error: the outputs are the program's.

pub(crate) mod child;
pub(crate) mod environment;
pub(crate) mod signals;
mod summary;

use crate::receive::PortRole;
use crate::view::{GRPC_PORT, HTTP_PORT, Options as ViewOptions, PAGE_PORT, View};
use environment::{Environment, Receivers};
use signals::Signals;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::process::ExitStatus;
use std::time::Duration;

/// How a program is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The viewer beside it. Ports that are the usual ones are exchanged for free ones when they are taken.
    pub view: ViewOptions,
    /// Keep the page after the program has ended, until Ctrl-C. Default: both end together.
    pub wait: bool,
    /// Open the page in the browser.
    pub open: bool,
    /// What requests and the file may take to finish at the end.
    pub finish: Duration,
}

/// Runs the program, and resolves to the exit code: the program's own, or 128 and the signal that ended it; 127 when there is no such
/// program, 126 when it cannot be run, 1 when the viewer cannot be started.
pub async fn run(options: Options) -> u8 {
    let Options { command, mut view, wait, open, finish } = options;
    let otlp_token = view.otlp_token.clone();
    free_ports(&mut view);
    let view = match View::start(view).await {
        Ok(view) => view,
        Err(error) => {
            say(&error.to_string());
            return 1;
        }
    };
    let counters = view.counters().clone();
    let journal = view.journal().clone();
    let code = beside(&view, &command, otlp_token, open, wait).await;
    // Only when the last request has been taken is the summary whole.
    view.stop(finish).await;
    match code {
        Ok(code) => {
            say(&summary::summary(&counters.snapshot(), &journal.counts()));
            code
        }
        Err((code, message)) => {
            say(&message);
            code
        }
    }
}

/// Runs the program beside the viewer. The error has the code to end with and what to say.
async fn beside(
    view: &View,
    command: &[OsString],
    otlp_token: Option<String>,
    open: bool,
    wait: bool,
) -> Result<u8, (u8, String)> {
    let receivers = Receivers {
        grpc: receiver(view, PortRole::Grpc),
        http: receiver(view, PortRole::Http),
        token: otlp_token,
    };
    let environment = Environment::new(command, &receivers, &|name| std::env::var_os(name));
    let signals = Signals::new().map_err(|error| (1, format!("signals cannot be received: {error}")))?;
    let mut child = child::start(command, &environment, child::Outputs::ours())?;
    say(&format!("the telemetry is at  {}", view.url()));
    environment.notes.iter().for_each(|note| say(note));
    if open && let Err(error) = crate::program::open(view.url()) {
        say(&format!("no browser could be started ({error}); open the address yourself"));
    }
    let status = signals.wait(&mut child).await;
    let status = status.map_err(|error| (1, format!("the program cannot be waited for: {error}")))?;
    if wait {
        stay(status).await;
    }
    Ok(child::code(status))
}

/// Keeps the page until Ctrl-C.
async fn stay(status: ExitStatus) {
    match crate::program::told_to_end() {
        Ok(told_to_end) => {
            say(&format!("the program has ended ({status}); the page stays until Ctrl-C"));
            told_to_end.await;
        }
        Err(error) => say(&format!("signals cannot be received, so the page ends with the program: {error}")),
    }
}

/// Where a sender on this machine finds the receiver.
fn receiver(view: &View, role: PortRole) -> SocketAddr {
    let addresses = view.otlp_addresses();
    let found = addresses.iter().find(|(_, own)| *own == role).or(addresses.first());
    // There are always two; if there were none, the usual port would be as good as any.
    let mut address =
        found.map_or(SocketAddr::from((Ipv4Addr::LOCALHOST, HTTP_PORT)), |(address, _)| *address);
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

/// Exchanges usual ports that are taken for free ones: the program is told where to send, so that any will do. Ports that the user
/// chose stay, and are complained about when they are taken.
fn free_ports(view: &mut ViewOptions) {
    let otlp = view.otlp_addresses.iter_mut().map(|(address, _)| address);
    for address in std::iter::once(&mut view.page_address).chain(otlp) {
        let usual = [PAGE_PORT, GRPC_PORT, HTTP_PORT].contains(&address.port());
        if usual && TcpListener::bind(*address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse) {
            say(&format!("port {} is taken by another program: a free one is used instead", address.port()));
            address.set_port(0);
        }
    }
}

fn say(message: &str) {
    crate::program::say(format_args!("pilotlight run: {message}"));
}
