//! Look-ups of names for reqwest.

use crate::http::connect::{BoxError, Lookup, TracedResolver};
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name as HyperName};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::str::FromStr;
use tower_service::Service;

/// What reqwest looks names up with unless it is told otherwise: the system's `getaddrinfo`, on a thread that may
/// block. Here to have something that a [`TracedResolver`] can go around.
///
/// ```no_run
/// use pilotlight_instrument::http::connect::{ConnectEventsLayer, TracedResolver};
/// use pilotlight_instrument::http::reqwest::SystemResolver;
///
/// let client = reqwest::Client::builder()
///     .dns_resolver(TracedResolver::new(SystemResolver::new()))
///     .connector_layer(ConnectEventsLayer::connection())
///     .build()?;
/// # Ok::<(), reqwest::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemResolver;

impl SystemResolver {
    /// The resolver; it has no options.
    pub const fn new() -> Self {
        Self
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = HyperName::from_str(name.as_str())?;
            let addresses = GaiResolver::new().call(name).await?;
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

impl<R: Resolve> Resolve for TracedResolver<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Lookup::begin(name.as_str());
        let answer = self.inner.resolve(name);
        let Some(lookup) = lookup else { return answer };
        Box::pin(async move {
            let answer: Result<Vec<SocketAddr>, BoxError> = answer.await.map(Iterator::collect);
            lookup.end(&answer);
            answer.map(|addresses| Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
