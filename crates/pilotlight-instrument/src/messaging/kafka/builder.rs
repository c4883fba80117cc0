//! The options, one method each, and what a configuration says by itself.

use super::error::error_type;
use super::settings::{Kafka, Settings};
use crate::messaging::{Client, ClientBuilder};
use crate::telemetry::names::SharedNames;
use opentelemetry::StringValue;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use std::fmt;
use std::sync::Arc;

/// Options of [`Kafka`].
///
/// ```
/// use pilotlight_instrument::messaging::kafka::{FutureProducer, Kafka};
/// use rdkafka::ClientConfig;
///
/// # fn main() -> Result<(), rdkafka::error::KafkaError> {
/// let mut config = ClientConfig::new();
/// config.set("bootstrap.servers", "kafka:9092").set("client.id", "gateway-1");
/// let kafka = Kafka::builder(&config).messaging(|client| client.body_size(true)).message_key(true).build();
/// let producer: FutureProducer = FutureProducer::new(config.create()?, kafka);
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct KafkaBuilder {
    client: ClientBuilder,
    group: Option<StringValue>,
    message_key: bool,
    poll_spans: bool,
    read_headers: bool,
}

impl KafkaBuilder {
    pub(super) fn new(config: &ClientConfig) -> Self {
        let group = config.get("group.id").map(|group| Arc::<str>::from(group).into());
        Self {
            client: client(config),
            group,
            message_key: false,
            poll_spans: true,
            read_headers: READ_HEADERS,
        }
    }

    /// The options that are not Kafka's own: providers, propagator, whether a message's trace goes on, and others.
    ///
    /// `error_type` for [`KafkaError`] can be given here as well, and is then asked instead of this module.
    pub fn messaging(mut self, options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.client = options(self.client);
        self
    }

    /// Records `kafka.message.key`, where it is UTF-8, and its first 4 KiB. `false` by default: keys are often those of customers.
    pub fn message_key(mut self, on: bool) -> Self {
        self.message_key = on;
        self
    }

    /// Records a `poll` span and its measurements for each message that [`recv`](super::StreamConsumer::recv) or the stream gives.
    /// `true` by default. It begins when the consumer starts to wait and ends when the message is there; without it, messages are
    /// counted when they are processed.
    pub fn poll_spans(mut self, on: bool) -> Self {
        self.poll_spans = on;
        self
    }

    /// Reads messages' headers, for links and baggage. `true` by default, but `false` in a program that is compiled with
    /// `panic = "abort"`: there, one message with a header whose name is [not UTF-8](super::HeaderExtractor#names-that-are-not-utf8) would
    /// end it. Say `true` where only producers that can be trusted may write to the topics.
    ///
    /// Unread, messages that are consumed have no links, and of headers that are passed on with a message none is taken away: the context
    /// that is written behind them counts all the same, but a field that it does not have stays what it was.
    pub fn read_headers(mut self, on: bool) -> Self {
        self.read_headers = on;
        self
    }

    /// `messaging.consumer.group.name`, instead of the configuration's `group.id`.
    pub fn consumer_group(mut self, name: impl Into<StringValue>) -> Self {
        self.group = Some(Arc::<str>::from(name.into().as_str()).into());
        self
    }

    /// How clients are recorded.
    pub fn build(self) -> Kafka {
        let Self { client, group, message_key, poll_spans, read_headers } = self;
        Kafka(Arc::new(Settings {
            client: client.build(),
            group,
            message_key,
            poll_spans,
            read_headers,
            topics: SharedNames::default(),
        }))
    }
}

impl fmt::Debug for KafkaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaBuilder")
            .field("client", &self.client)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

/// Where a panic can be caught.
const READ_HEADERS: bool = cfg!(panic = "unwind");

fn client(config: &ClientConfig) -> ClientBuilder {
    let client = Client::builder("kafka").error_type(|error: &KafkaError| error_type(error));
    let client = match config.get("client.id") {
        Some(id) => client.client_id(id.to_owned()),
        None => client,
    };
    // librdkafka has two names for it.
    let servers = config.get("bootstrap.servers").or_else(|| config.get("metadata.broker.list"));
    match servers.and_then(only_server) {
        Some((address, port)) => client.server(address.to_owned(), Some(port)),
        None => client,
    }
}

/// The port that librdkafka takes where none is said.
const PORT: u16 = 9092;

/// Host and port, where there is one server alone: of several, the first would be wrong for what the others did.
fn only_server(servers: &str) -> Option<(&str, u16)> {
    let server = servers.split_once("://").map_or(servers, |(_protocol, server)| server).trim();
    if server.is_empty() || server.contains(',') {
        return None;
    }
    let (host, port) = match server.rsplit_once(':') {
        // Within brackets it is part of an address.
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (server, PORT),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_is_told_by_host_and_port() {
        assert_eq!(only_server("kafka.example:9093"), Some(("kafka.example", 9093)));
        assert_eq!(only_server(" SASL_SSL://kafka.example "), Some(("kafka.example", 9092)));
        assert_eq!(only_server("[::1]:9093"), Some(("::1", 9093)));
        assert_eq!(only_server("[::1]"), Some(("::1", 9092)));
    }

    #[test]
    fn of_several_servers_or_none_nothing_is_told() {
        assert_eq!(only_server("a:9092,b:9092"), None);
        assert_eq!(only_server(""), None);
        assert_eq!(only_server("kafka:port"), None);
    }
}
