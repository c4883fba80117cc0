//! Who listens at the effective addresses, and what they answer.
//!
//! ```text
//!  name        DNS: a failure is told from a refusal, and that from silence
//!  address     127.0.0.1 and ::1 apart: what listens on one may not listen on the other
//!  greeting    three short probes on fresh connections: HTTP/2 preface, HTTP/1 POST, TLS hello
//!  request     the empty request of each signal, as the exporter would send it
//! ```
//!
//! An empty request is valid OTLP and changes nothing. Headers are sent as they are configured, only to the configured endpoint and,
//! over TLS, only to a server that proved who it is. Everything is bounded in time and bytes.

mod greeting;
mod kind;
mod name;
mod request;
mod tls;

pub use kind::Kind;
pub use name::{Address, Names, Reached};
pub use request::{Answer, Exchange};
pub(super) use tls::pem;
pub use tls::{Handshake, Session, Trust};

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;

use super::facts::Place;
use super::settings::{Settings, Signal, SignalSettings, Spoken, Url};

/// On loopback an answer takes microseconds; a busy machine may take longer.
const LOOPBACK_LIMIT: Duration = Duration::from_millis(300);

/// Elsewhere it takes a few round trips.
const REMOTE_LIMIT: Duration = Duration::from_millis(1_000);

/// What was found out on the network.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    /// Each server that telemetry goes to, once.
    pub servers: Vec<Server>,
    /// What each signal's empty request was answered, where it could be sent.
    pub exchanges: Vec<(Signal, Exchange)>,
}

/// One server that telemetry goes to.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where it is; the path is that of the first signal.
    pub url: Url,
    /// Which signals go there.
    pub signals: Vec<Signal>,
    /// What its name stands for.
    pub names: Names,
    /// Each address, and whether somebody listens.
    pub addresses: Vec<Address>,
    /// What it speaks, when somebody listens.
    pub kind: Option<Kind>,
    /// The other usual port of the same host and what it speaks, when nobody listens at this one.
    pub neighbour: Option<(u16, Kind)>,
    /// The longest that each probe took.
    pub limit: Duration,
}

impl Server {
    /// The first address that somebody listens at.
    pub fn connected(&self) -> Option<SocketAddr> {
        self.addresses.iter().find(|address| address.reached == Reached::Connected).map(|address| address.at)
    }
}

impl Probes {
    /// The server that `signal` goes to.
    pub fn server(&self, signal: Signal) -> Option<&Server> {
        self.servers.iter().find(|server| server.signals.contains(&signal))
    }

    /// What the empty request of `signal` was answered.
    pub fn exchange(&self, signal: Signal) -> Option<&Exchange> {
        self.exchanges.iter().find(|(of, _)| *of == signal).map(|(_, exchange)| exchange)
    }

    /// What each signal's receiver speaks, where it speaks one protocol alone.
    pub fn spoken(&self) -> Spoken {
        Signal::ALL.map(|signal| {
            let kind = self.server(signal)?.kind.as_ref()?;
            kind.spoken().or_else(|| self.exchange(signal)?.spoken())
        })
    }

    /// One line for each address.
    pub fn lines(&self) -> Vec<String> {
        let of = |server: &Server| match (server.connected(), &server.kind) {
            (Some(at), Some(kind)) => format!("{} ({at}): {kind}", server.url.authority()),
            _ => format!("{}: nobody to talk to", server.url.authority()),
        };
        self.servers.iter().map(of).collect()
    }
}

/// Asks everybody that telemetry goes to.
pub async fn all(settings: &Settings, place: &Place) -> Probes {
    let mut probes = Probes {
        servers: join_all(targets(settings).into_iter().map(|target| server(target, place, settings))).await,
        ..Probes::default()
    };
    let sent = settings.sent().filter_map(|signal| Some((signal, ready(&probes, signal)?)));
    let exchanges = sent.map(|(signal, (server, at))| async move {
        (signal.signal, request::send(signal, at, server.limit * 3).await)
    });
    probes.exchanges = join_all(exchanges).await;
    probes
}

/// The server that `signal` goes to, when it makes sense to send it something.
fn ready<'p>(probes: &'p Probes, signal: &SignalSettings) -> Option<(&'p Server, SocketAddr)> {
    let server = probes.server(signal.signal)?;
    let kind = server.kind.as_ref()?;
    kind.may_take(signal.protocol.value, server.url.is_secure).then_some(())?;
    Some((server, server.connected()?))
}

fn targets(settings: &Settings) -> Vec<(Url, Vec<Signal>)> {
    let mut targets: Vec<(Url, Vec<Signal>)> = Vec::new();
    for signal in settings.sent() {
        let Some(url) = signal.url() else { continue };
        let is_same =
            |known: &Url| (known.is_secure, &known.host, known.port) == (url.is_secure, &url.host, url.port);
        match targets.iter_mut().find(|(known, _)| is_same(known)) {
            Some((_, signals)) => signals.push(signal.signal),
            None => targets.push((url.clone(), vec![signal.signal])),
        }
    }
    targets
}

async fn server((url, signals): (Url, Vec<Signal>), place: &Place, settings: &Settings) -> Server {
    let limit = place.probe_timeout.unwrap_or(if url.is_loopback() { LOOPBACK_LIMIT } else { REMOTE_LIMIT });
    let (names, at) = name::resolve(&url.host, url.port, limit).await;
    let addresses = join_all(at.into_iter().map(|at| name::reach(at, limit))).await;
    let mut server = Server { url, signals, names, addresses, kind: None, neighbour: None, limit };
    let certificate = server
        .signals
        .iter()
        .find_map(|signal| settings.of(*signal).certificate.as_ref())
        .map(|file| file.value.clone());
    let asker = greeting::Asker {
        host: server.url.host.clone(),
        is_secure: server.url.is_secure,
        certificate,
        limit,
    };
    server.kind = match server.connected() {
        Some(at) => Some(asker.ask(at).await),
        None => None,
    };
    if server.kind.is_none() {
        server.neighbour = neighbour(&server, &asker).await;
    }
    for signal in &server.signals {
        let headers = &settings.of(*signal).headers.value;
        server.kind = server.kind.take().map(|kind| kind.scrubbed(headers));
        server.neighbour = server.neighbour.take().map(|(port, kind)| (port, kind.scrubbed(headers)));
    }
    server
}

/// Whoever mixes up protocols mixes up ports.
async fn neighbour(server: &Server, asker: &greeting::Asker) -> Option<(u16, Kind)> {
    let port = match server.url.port {
        4317 => 4318,
        4318 => 4317,
        _ => return None,
    };
    for address in &server.addresses {
        let at = SocketAddr::new(address.at.ip(), port);
        if name::reach(at, asker.limit).await.reached == Reached::Connected {
            return Some((port, asker.ask(at).await));
        }
    }
    None
}
