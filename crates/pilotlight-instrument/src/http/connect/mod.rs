//! What it takes to get a connection, as events on the span of the attempt that needs one.
//!
//! ```text
//!  HttpClientLayer ─▶ pool ─┬─ an idle connection ──────────────────────────────▶ request ─▶ response head
//!   (the span)              └─ a new one ─▶ DNS ─▶ TCP ─▶ TLS ─────────────────▶            http.receive.start
//!                                TracedResolver  ConnectEventsLayer                        FirstByteEventLayer
//! ```
//!
//! Nothing of it is on unless it is added. An attempt that gets an idle connection of the pool has no event of DNS,
//! TCP or TLS: so they also tell which attempts had to wait for a new one.
//!
//! | event | when | attributes |
//! |---|---|---|
//! | `http.connection.start`, `.done` | all of a connection, its DNS, TCP and TLS ([`ConnectEventsLayer::connection`]) | `network.peer.address`, `network.peer.port`, `network.protocol.version` |
//! | `http.connect.start`, `.done` | DNS and TCP ([`ConnectEventsLayer::tcp`]) | `network.peer.address`, `network.peer.port` |
//! | `http.dns.start`, `.done` | a name is looked up ([`TracedResolver`]); addresses need no look-up and have no event | `dns.question.name`; `dns.answers`, the first 16 |
//! | `http.tls.start`, `.done` | the handshake ([`ConnectEventsLayer::tls`]) | `network.protocol.version`, when ALPN chose HTTP/2 |
//! | `http.receive.start` | the response's head is there ([`FirstByteEventLayer`]) | |
//!
//! A `.done` with `error.type` is a step that failed. A start without its `.done` is a step that was given up while it
//! was under way: a time limit struck, or the request was dropped. How long a step took is the time between its two
//! events.
//!
//! **Whose span.** The one that is current when the connector is called, which is the attempt's when
//! [`HttpClientLayer`](crate::http::HttpClientLayer) is around the client. A pool may go on to connect for later use
//! after an idle connection has served the attempt: as long as the attempt's span has not ended, it still gets those
//! events, and none of them once it has: an ended span takes no events. They never go to the span of another attempt.
//!
//! **Cost.** When the span does not record, or there is none, one look at the current context for each new connection.

mod failure;
mod first_byte;
mod future;
mod layer;
mod resolver;
mod stage;
mod step;

#[cfg(feature = "reqwest")]
pub(crate) use first_byte::first_byte;
pub use first_byte::{FirstByteEventLayer, FirstByteEvents, FirstByteFuture};
pub use future::Connecting;
pub use layer::{ConnectEvents, ConnectEventsLayer};
#[cfg(feature = "reqwest")]
pub(crate) use resolver::Lookup;
pub use resolver::{Resolving, TracedResolver};

/// What connectors and resolvers fail with.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
