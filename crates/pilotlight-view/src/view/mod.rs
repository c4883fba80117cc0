//! `pilotlight view`: the receiver, the store and the page as one running thing.

pub(crate) mod bind;
mod page_server;

use crate::api::{About, Context};
use crate::page::{Access, Token};
use crate::query::{Listening, UnixNano};
use crate::receive::{Counters, Journal, Limits, PortRole, Receiver};
use crate::store::{self, Store};
use bind::{Purpose, bind};
use page_server::PageServer;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

/// How a viewer is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where the page and its API are. Default: 127.0.0.1:4316.
    pub page_address: SocketAddr,
    /// Where OTLP is received, and what others have there. Every address speaks everything. Default: 127.0.0.1:4317 for gRPC and
    /// 127.0.0.1:4318 for HTTP.
    pub otlp_addresses: Vec<(SocketAddr, PortRole)>,
    /// Names besides those of the address by which the page may be opened.
    pub allowed_hosts: Vec<String>,
    /// What whoever opens the page has to have. None: nothing on loopback; beyond it one is made.
    pub token: Option<Token>,
    /// Who may send.
    pub senders: Senders,
    /// How much is kept, and where.
    pub store: store::Options,
    /// How much is received at a time.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            page_address: loopback(PAGE_PORT),
            otlp_addresses: vec![
                (loopback(GRPC_PORT), PortRole::Grpc),
                (loopback(HTTP_PORT), PortRole::Http),
            ],
            allowed_hosts: Vec::new(),
            token: None,
            senders: Senders::default(),
            store: store::Options::default(),
            limits: Limits::default(),
        }
    }
}

/// Who may send to a viewer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Senders {
    /// Whoever is on this machine. Where others reach a port of OTLP, who has a token, which is made.
    #[default]
    Trusted,
    /// Whoever reaches a port.
    Anyone,
    /// Who has this token: `Authorization: Bearer …`.
    With(Token),
}

impl Senders {
    /// What they have to have, when OTLP is received there.
    fn token(self, otlp: &[(SocketAddr, PortRole)]) -> Result<Option<Token>, String> {
        match self {
            Self::Trusted if others_reach(otlp).next().is_some() => Token::random().map(Some),
            Self::Trusted | Self::Anyone => Ok(None),
            Self::With(token) => Ok(Some(token)),
        }
    }
}

/// The port of the page: beside those of OTLP, which the specification sets.
pub const PAGE_PORT: u16 = 4316;
/// The port of OTLP over gRPC.
pub const GRPC_PORT: u16 = 4317;
/// The port of OTLP over HTTP.
pub const HTTP_PORT: u16 = 4318;

/// Why a viewer could not be started.
#[derive(Debug)]
pub struct Error {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// A running viewer. Dropping it closes everything at once; [`View::stop`] lets requests finish and closes the file.
#[derive(Debug)]
pub struct View {
    store: Store,
    journal: Journal,
    counters: Counters,
    receiver: Receiver<Store>,
    page: PageServer,
    context: Context,
    otlp: Vec<(SocketAddr, PortRole)>,
    url: String,
    otlp_token: Option<Token>,
    warnings: Vec<String>,
}

impl View {
    /// Takes the ports, opens the store and starts to receive and to answer. Needs a tokio runtime.
    ///
    /// # Errors
    /// When a port is taken or the file cannot be opened: it says which, and what to try.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let page = bind(options.page_address, Purpose::Page).await?;
        let (mut listeners, mut warnings) = (Vec::new(), Vec::new());
        for (address, role) in options.otlp_addresses {
            listeners.push((bind(address, Purpose::Otlp(role)).await?, role));
            match bind::other_loopback(address).await {
                Ok(other) => listeners.extend(other.map(|listener| (listener, role))),
                Err(warning) => warnings.push(warning),
            }
        }
        let store =
            Store::open(options.store).map_err(|error| Error { message: error.to_string(), source: None })?;
        let journal = Journal::default();
        let request_bytes_max = options.limits.grpc_bytes_max.max(options.limits.http_bytes_max) as u64;
        let refused = |message| Error { message, source: None };
        let otlp_token = options.senders.token(&addresses_of(&listeners)?).map_err(refused)?;
        let of_senders = otlp_token.as_ref().map(|token| token.text().to_owned());
        let receiver = Receiver::new(store.clone(), journal.clone(), options.limits, of_senders);
        let otlp = listen(&receiver, listeners)?;
        warnings.extend(anyone_may_send(&otlp).filter(|_| otlp_token.is_none()));
        let page_address = page.local_addr().map_err(|error| lost_address(&error))?;
        let access = Access::new(page_address, &options.allowed_hosts, options.token, journal.clone())
            .map_err(refused)?;
        let about = About {
            started: started(),
            listening: listening(page_address, &otlp),
            senders_need_token: otlp_token.is_some(),
            request_bytes_max,
            ..About::default()
        };
        let counters = receiver.counters();
        let context = Context::new(store.clone(), journal.clone(), counters.clone(), about);
        let url = access.link();
        let page = PageServer::start(page, crate::page::router(context.clone(), access));
        Ok(Self { store, journal, counters, receiver, page, context, otlp, url, otlp_token, warnings })
    }

    /// What to open in a browser; with the token in it when there is one.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where OTLP is received, and what others have there.
    pub fn otlp_addresses(&self) -> &[(SocketAddr, PortRole)] {
        &self.otlp
    }

    /// What senders have to have, as the header `authorization: Bearer …`.
    pub fn otlp_token(&self) -> Option<&Token> {
        self.otlp_token.as_ref()
    }

    /// What may surprise whoever started it, in whole sentences.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What was received and is kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What was refused.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What came.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Stops receiving and answering, lets what was begun finish within this time, and closes the file.
    pub async fn stop(self, within: Duration) {
        self.context.close();
        tokio::join!(self.receiver.stop(within), self.page.stop(within));
        self.store.close().await;
    }
}

fn addresses_of(
    listeners: &[(tokio::net::TcpListener, PortRole)],
) -> Result<Vec<(SocketAddr, PortRole)>, Error> {
    let address =
        |(listener, role): &(tokio::net::TcpListener, PortRole)| Ok((listener.local_addr()?, *role));
    listeners.iter().map(address).collect::<Result<_, _>>().map_err(|error| lost_address(&error))
}

fn listen(
    receiver: &Receiver<Store>,
    listeners: Vec<(tokio::net::TcpListener, PortRole)>,
) -> Result<Vec<(SocketAddr, PortRole)>, Error> {
    let listen = |(listener, role)| {
        let address = receiver.listen(listener, role).map_err(|error| lost_address(&error))?;
        Ok((address, role))
    };
    listeners.into_iter().map(listen).collect()
}

/// The addresses that others than the programs of this machine reach.
fn others_reach(otlp: &[(SocketAddr, PortRole)]) -> impl Iterator<Item = &SocketAddr> {
    otlp.iter().map(|(address, _)| address).filter(|address| !address.ip().to_canonical().is_loopback())
}

/// A warning, when senders without a token can be others than programs on this machine.
fn anyone_may_send(otlp: &[(SocketAddr, PortRole)]) -> Option<String> {
    let reached: Vec<_> = others_reach(otlp).map(ToString::to_string).collect();
    (!reached.is_empty()).then(|| {
        format!(
            "anyone who reaches {} may send; without --otlp-open (PILOTLIGHT_VIEW_OTLP_OPEN) senders need a token",
            reached.join(" or ")
        )
    })
}

fn lost_address(error: &std::io::Error) -> Error {
    Error { message: format!("the address that was bound cannot be told: {error}; try again"), source: None }
}

fn listening(page: SocketAddr, otlp: &[(SocketAddr, PortRole)]) -> Vec<Listening> {
    let entry = |address: SocketAddr, purpose: &str| Listening {
        address: address.to_string(),
        purpose: purpose.to_owned(),
    };
    let otlp = otlp.iter().map(|(address, _)| entry(*address, "otlp"));
    std::iter::once(entry(page, "page")).chain(otlp).collect()
}

fn started() -> UnixNano {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    UnixNano(since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}
