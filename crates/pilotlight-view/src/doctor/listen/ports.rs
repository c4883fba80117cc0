//! The ports that are listened on, from their opening to the diagnosis.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use tokio::net::TcpListener;

use super::watch::Watch;
use super::{FINISH, diagnosis};
use crate::doctor::report::Report;
use crate::receive::{Limits, PortRole, Receiver};
use crate::store;
use crate::view::bind::other_loopback;

/// Where to listen. Each takes both protocols, and what a collector would refuse is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Where senders of gRPC look.
    pub grpc: SocketAddr,
    /// Where senders of OTLP over HTTP look.
    pub http: SocketAddr,
}

/// Ports that are open. Dropping it closes them.
#[derive(Debug)]
pub struct Listening {
    /// What came.
    pub watch: Watch,
    /// What was opened.
    pub ports: Ports,
    /// What may surprise, in whole sentences.
    pub warnings: Vec<String>,
    receiver: Receiver<Watch>,
    since: Instant,
}

impl Listening {
    /// Opens the ports. Needs a tokio runtime.
    ///
    /// # Errors
    /// When a port is taken: it says which, and what to try.
    pub async fn start(ports: Ports) -> Result<Self, String> {
        let mut listening = Self::nowhere(ports)?;
        listening.ports.grpc = listening.open(ports.grpc, PortRole::Grpc, "--grpc-port").await?;
        listening.ports.http = listening.open(ports.http, PortRole::Http, "--http-port").await?;
        Ok(listening)
    }

    /// Opens one free port of this machine, which is no protocol's: for a program that is told to send there.
    ///
    /// # Errors
    /// When the system has none.
    pub(in crate::doctor) async fn anywhere() -> Result<Self, String> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut listening = Self::nowhere(Ports { grpc: free, http: free })?;
        let address = listening.open(free, PortRole::Any, "--host").await?;
        listening.ports = Ports { grpc: address, http: address };
        Ok(listening)
    }

    fn nowhere(ports: Ports) -> Result<Self, String> {
        let watch = Watch::new(store_options())?;
        let receiver = Receiver::new(watch.clone(), watch.journal.clone(), Limits::default(), None);
        Ok(Self { watch, ports, warnings: Vec::new(), receiver, since: Instant::now() })
    }

    async fn open(&mut self, address: SocketAddr, role: PortRole, flag: &str) -> Result<SocketAddr, String> {
        let listener = bind(address, flag).await?;
        match other_loopback(address).await {
            Ok(Some(other)) => drop(accept(&self.receiver, other, role)?),
            Ok(None) => {}
            Err(warning) => self.warnings.push(warning),
        }
        accept(&self.receiver, listener, role)
    }

    /// Closes the ports and says what is wrong with what came, or why nothing did.
    pub async fn finish(self) -> Report {
        let (lasted, ports) = (self.since.elapsed(), self.ports);
        let watch = self.close().await;
        let report = diagnosis::report(&watch, ports, lasted);
        watch.store.close().await;
        report
    }

    /// Closes the ports.
    pub(in crate::doctor) async fn close(self) -> Watch {
        self.receiver.stop(FINISH).await;
        self.watch
    }
}

/// A minute of a program or a few: more would not be looked at.
fn store_options() -> store::Options {
    store::Options { memory_bytes_max: 64 << 20, disk_bytes_max: 256 << 20, ..store::Options::default() }
}

async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "{address} is taken by another program, perhaps a collector or a viewer: stop that, or choose another port with {flag}"
        ),
        _ => format!("{address} cannot be listened on ({error}): choose another with --host and {flag}"),
    })
}

fn accept(receiver: &Receiver<Watch>, listener: TcpListener, role: PortRole) -> Result<SocketAddr, String> {
    receiver
        .listen(listener, role)
        .map_err(|error| format!("the port that was opened is lost again: {error}"))
}
