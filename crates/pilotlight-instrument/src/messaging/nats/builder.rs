//! The options of a NATS client.

use super::client::{Client, Shared};
use super::errors;
use super::subjects::Subjects;
use crate::messaging::{self, ClientBuilder};
use async_nats::ServerInfo;
use std::fmt;
use std::net::IpAddr;

/// Options of a [`Client`].
///
/// ```
/// # fn wraps(connected: async_nats::Client) {
/// use pilotlight_instrument::messaging::nats::Client;
///
/// let client = Client::builder(connected)
///     .options(|options| options.server("nats.internal", Some(4222)).body_size(true))
///     .templates(["orders.*.created", "users.>"])
///     .build();
/// # }
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct NatsBuilder {
    inner: async_nats::Client,
    options: ClientBuilder,
    subjects: Subjects,
}

impl NatsBuilder {
    pub(super) fn new(inner: async_nats::Client) -> Self {
        let options = with_server(messaging::Client::builder("nats"), inner.try_server_info());
        let subjects = Subjects::new(&inner.new_inbox());
        Self { inner, options: errors::known(options), subjects }
    }

    /// Changes the options that every messaging system has.
    ///
    /// Without a word about the [server](ClientBuilder::server), it is the host that the server itself says it listens to, where
    /// it is connected and that is an address others can use. The credentials of a URL are never seen here.
    pub fn options(mut self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.options = change(self.options);
        self
    }

    /// Subjects that have variable parts, as a subscription to them would be written: `orders.*.created`, `users.>`. They are in
    /// span names and metrics in place of the subjects that match; the first that does counts.
    ///
    /// A subscription with wildcards is the template of what comes by it. Of subjects and such subscriptions that no template
    /// matches, and of streams, the first 64 are taken for names; all others are in spans' attributes only, and so are inboxes.
    /// Queue groups and durable consumers are all taken for names.
    pub fn templates<'a>(mut self, templates: impl IntoIterator<Item = &'a str>) -> Self {
        templates.into_iter().for_each(|template| self.subjects.add_template(template));
        self
    }

    /// The client.
    pub fn build(self) -> Client {
        let Self { inner, options, subjects } = self;
        Client::with(inner, Shared { client: options.build(), subjects })
    }
}

fn with_server(options: ClientBuilder, info: Option<ServerInfo>) -> ClientBuilder {
    match info {
        Some(info) if is_address(&info.host) => options.server(info.host, Some(info.port)),
        _ => options,
    }
}

/// A server that listens everywhere does not say where it was found.
fn is_address(host: &str) -> bool {
    !host.is_empty() && !host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified())
}

impl fmt::Debug for NatsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsBuilder").field("options", &self.options).finish_non_exhaustive()
    }
}
