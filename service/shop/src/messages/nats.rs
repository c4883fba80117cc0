//! NATS with JetStream: messages are kept in files, until the worker says that they are done with.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::context::{ContextBuilder, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{AckKind, Context, Message};
use async_nats::{ConnectOptions, Event, HeaderMap, ServerAddr};
use pilotlight_instrument::messaging::{self, Client};
use tracing::{info, warn};

use super::{Headers, ORDER_CREATED, Settings, Settlement, destination};
use crate::failure::Failure;

/// What keeps the messages.
const STREAM: &str = "ORDERS";

/// Who reads them: however many workers there are, they share them.
const CONSUMER: &str = "shipping";

/// How much is kept for a worker that does not come. When it is full, NATS takes no more, and the gateways keep the rest.
const STREAM_BYTES_MAX: i64 = 1024 * 1024 * 1024;

/// How long NATS remembers which messages it has: longer than a gateway that got no answer waits before it sends one again.
const DUPLICATES_KNOWN: Duration = Duration::from_secs(600);

/// How long NATS has for its answer to a message. It is given in milliseconds; whoever waits longer is better off trying again.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// How many messages the workers have in hand at most, all of them together.
const MESSAGES_IN_HAND: i64 = 64;

/// How many a worker fetches ahead: few, as the time that they have runs while they lie there.
const FETCHED_AHEAD: usize = 8;

/// How long a worker may hear nothing, not even that there is nothing: then the connection is taken for lost.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// A connection to NATS, which is opened again whenever it is lost. Publishing fails meanwhile, and at once.
#[derive(Clone, Debug)]
pub(crate) struct Nats {
    jetstream: Context,
    ack_wait: Duration,
    client: Client,
}

/// What went wrong with NATS. Without its own words, which may tell what is not for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NatsError {
    NotConnected,
    NoAnswer,
    StreamMissing,
    StreamUnusable,
    ConsumerUnusable,
    NothingHeard,
    Unsettled,
    Refused,
}

impl Nats {
    /// Connects, now or later: a NATS that is away does not keep a program from starting. None where no URL is set.
    pub(crate) async fn connect(settings: &Settings) -> Result<Option<Self>, Failure> {
        let Some(address) = &settings.nats_url else { return Ok(None) };
        let wrong = || {
            Failure::new(format!(
                "NATS cannot be reached at {address:?}; check NATS_URL, which is like nats://host:4222"
            ))
        };
        let server: ServerAddr = address.secret().parse().map_err(|_| wrong())?;
        let (host, port) = (server.host().to_owned(), server.port());
        let options = ConnectOptions::new()
            .name(env!("CARGO_PKG_NAME"))
            .retry_on_initial_connect()
            .event_callback(async |event| tell(&event));
        let connection = options.connect(server).await.map_err(|_| wrong())?;
        let client =
            Client::builder("nats").server(host, Some(port)).error_type(|error: &NatsError| error.as_str());
        Ok(Some(Self {
            jetstream: ContextBuilder::new().timeout(ANSWER_TIME).build(connection),
            ack_wait: settings.nats_ack_wait,
            client: client.build(),
        }))
    }

    /// What makes spans of what is done with messages.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Publishes a message and waits until NATS has it in its files. One that is published again under the same id within ten minutes
    /// is there once.
    pub(crate) async fn publish(&self, id: &str, body: &str, mut headers: Headers) -> Result<(), NatsError> {
        let message = messaging::Message::new().operation("publish").id(id.to_owned()).body_bytes(body.len());
        let operation = self.client.send(&destination(), message, &mut headers);
        let message =
            PublishMessage::build().payload(body.to_owned().into()).headers(as_map(&headers)).message_id(id);
        operation.around(self.publish_to_stream(message)).await
    }

    async fn publish_to_stream(&self, message: PublishMessage) -> Result<(), NatsError> {
        // A message that is not sent would wait in the client, and be sent once more than it was asked for.
        if self.jetstream.client().connection_state() != State::Connected {
            return Err(NatsError::NotConnected);
        }
        match self.answer(message.clone()).await {
            Err(NatsError::StreamMissing) => {
                self.stream().await?;
                self.answer(message).await
            }
            outcome => outcome,
        }
    }

    async fn answer(&self, message: PublishMessage) -> Result<(), NatsError> {
        let failed = |kind| match kind {
            PublishErrorKind::StreamNotFound => NatsError::StreamMissing,
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => NatsError::NoAnswer,
            _ => NatsError::Refused,
        };
        let answer = self
            .jetstream
            .send_publish(ORDER_CREATED, message)
            .await
            .map_err(|error| failed(error.kind()))?;
        answer.await.map(drop).map_err(|error| failed(error.kind()))
    }

    /// The stream, which is made when it is not there.
    async fn stream(&self) -> Result<Stream, NatsError> {
        let config = Config {
            name: STREAM.to_owned(),
            subjects: vec![ORDER_CREATED.to_owned()],
            storage: StorageType::File,
            retention: RetentionPolicy::WorkQueue,
            max_bytes: STREAM_BYTES_MAX,
            discard: DiscardPolicy::New,
            duplicate_window: DUPLICATES_KNOWN,
            ..Config::default()
        };
        self.jetstream.get_or_create_stream(config).await.map_err(|_| NatsError::StreamUnusable)
    }

    /// The messages for a worker, until the connection is lost.
    pub(crate) async fn messages(&self) -> Result<pull::Stream, NatsError> {
        let config = pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_ack_pending: MESSAGES_IN_HAND,
            ..pull::Config::default()
        };
        let stream = self.stream().await?;
        let consumer = stream.create_consumer(config).await.map_err(|_| NatsError::ConsumerUnusable)?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(FETCHED_AHEAD)
            .expires(SILENCE_MAX * 4)
            .heartbeat(SILENCE_MAX)
            .messages();
        messages.await.map_err(|_| NatsError::ConsumerUnusable)
    }

    /// Tells NATS what became of a message, and waits until it knows.
    pub(crate) async fn settle(
        &self,
        message: &Message,
        settlement: Settlement,
        headers: &Headers,
    ) -> Result<(), NatsError> {
        let kind = match settlement {
            Settlement::Ack => AckKind::Ack,
            Settlement::Nak(pause) => AckKind::Nak(Some(pause)),
            Settlement::Term => AckKind::Term,
        };
        let told = messaging::Message::new();
        let operation = self.client.settle(settlement.as_str(), &destination(), told, headers);
        let settling = async { message.double_ack_with(kind).await.map_err(|_| NatsError::Unsettled) };
        operation.around(settling).await
    }

    /// Sends what is on its way to the connection.
    pub(crate) async fn close(&self) {
        // A connection that is lost has nothing on its way.
        let _ = tokio::time::timeout(ANSWER_TIME, self.jetstream.client().flush()).await;
    }
}

fn as_map(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        map.insert(name, value);
    }
    map
}

/// Which message this is: the id that it was published with, the context that came with it, and how often it was handed out.
pub(crate) fn describe(message: &Message) -> (String, Headers, u64) {
    let mut headers = Headers::default();
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        if let Some(value) = values.first() {
            opentelemetry::propagation::Injector::set(&mut headers, name.as_ref(), value.to_string());
        }
    }
    let id =
        opentelemetry::propagation::Extractor::get(&headers, "Nats-Msg-Id").unwrap_or_default().to_owned();
    let deliveries = message.info().map_or(1, |info| u64::try_from(info.delivered).unwrap_or(1));
    (id, headers, deliveries)
}

/// Only what kind of event: the words of a server may repeat what it was sent.
fn tell(event: &Event) {
    match event {
        Event::Connected => info!("Connected to NATS"),
        Event::Disconnected => warn!("Disconnected from NATS; trying again"),
        Event::ServerError(_) => warn!("NATS refuses something; see its log"),
        Event::ClientError(_) => warn!("The connection to NATS failed; trying again"),
        _ => {}
    }
}

impl NatsError {
    /// The value of `error.type`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::NoAnswer => "no_answer",
            Self::StreamMissing => "stream_missing",
            Self::StreamUnusable => "stream_unusable",
            Self::ConsumerUnusable => "consumer_unusable",
            Self::NothingHeard => "nothing_heard",
            Self::Unsettled => "unsettled",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for NatsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotConnected => "NATS is not connected",
            Self::NoAnswer => "NATS did not answer in time",
            Self::StreamMissing => "NATS has no stream for the message",
            Self::StreamUnusable => "the stream cannot be made; is JetStream on?",
            Self::ConsumerUnusable => "the stream cannot be read",
            Self::NothingHeard => "NATS is not heard any more",
            Self::Unsettled => "NATS did not hear what became of a message",
            Self::Refused => "NATS does not take the message; is its stream full?",
        })
    }
}

impl Error for NatsError {}
