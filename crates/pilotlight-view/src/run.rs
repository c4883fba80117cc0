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
use environment::{Destination, Environment};
use signals::Signals;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitStatus;
use std::time::Duration;

/// How a program is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The viewer beside it, which listens on one more port for the program. Of the usual ports, the page's is exchanged for a free
    /// one when it is taken, and those of OTLP are left to whom they belong.
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
    leave_taken_ports(&mut view);
    view.otlp_addresses.push(OF_THE_PROGRAM);
    let view = match View::start(view).await {
        Ok(view) => view,
        Err(error) => {
            say(&error.to_string());
            return 1;
        }
    };
    let counters = view.counters().clone();
    let journal = view.journal().clone();
    let code = beside(&view, &command, open, wait).await;
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
async fn beside(view: &View, command: &[OsString], open: bool, wait: bool) -> Result<u8, (u8, String)> {
    let token = view.otlp_token().map(|token| token.text().to_owned());
    let destination = Destination { address: of_the_program(view), token };
    let environment = Environment::new(command, &destination, &|name| std::env::var_os(name));
    let signals = Signals::new().map_err(|error| (1, format!("signals cannot be received: {error}")))?;
    let mut child = child::start(command, &environment, child::Outputs::ours())?;
    say(&format!("the telemetry is at  {}", view.url()));
    if let Some(token) = view.otlp_token() {
        let header = format!("OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20{}", token.text());
        say(&format!("other senders need  {header}"));
    }
    view.warnings().iter().chain(&environment.notes).for_each(|words| say(words));
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

/// Where the program is told to send: a free port that has no protocol, as the program's own code may choose another than we say.
const OF_THE_PROGRAM: (SocketAddr, PortRole) =
    (SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), PortRole::Any);

fn of_the_program(view: &View) -> SocketAddr {
    let found = view.otlp_addresses().iter().find(|(_, role)| *role == OF_THE_PROGRAM.1);
    found.map_or(OF_THE_PROGRAM.0, |(address, _)| *address)
}

/// Of the usual ports, those that are taken: the page gets a free one, and what is sent to a port of OTLP goes to whom it belongs.
/// Ports that the user chose stay, and are complained about when they are taken.
fn leave_taken_ports(view: &mut ViewOptions) {
    if is_taken(view.page_address, &[PAGE_PORT]) {
        say(&format!("port {PAGE_PORT} is taken by another program: the page has a free one instead"));
        view.page_address.set_port(0);
    }
    view.otlp_addresses.retain(|(address, _)| {
        let taken = is_taken(*address, &[GRPC_PORT, HTTP_PORT]);
        if taken {
            let port = address.port();
            say(&format!("port {port} is taken by another program, which receives what is sent there: the program is told another"));
        }
        !taken
    });
}

fn is_taken(address: SocketAddr, usual: &[u16]) -> bool {
    usual.contains(&address.port())
        && TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

fn say(message: &str) {
    crate::program::say(format_args!("pilotlight run: {message}"));
}
