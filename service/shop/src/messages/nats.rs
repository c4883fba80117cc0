//! NATS with JetStream: messages are kept in files, until the worker says that they are done with.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::context::{ContextBuilder, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, AckKind};
use async_nats::{ConnectOptions, Event, ServerAddr};
use percent_encoding::percent_decode_str;
use pilotlight_instrument::messaging::nats::Client;
use pilotlight_instrument::messaging::nats::jetstream::{Context, Message, Messages};
use tracing::{info, warn};

use super::{ORDER_CREATED, Settings, Settlement, with_error_types};
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

/// A connection to NATS, which is opened again whenever it is lost. What is done with messages has spans and metrics.
#[derive(Clone, Debug)]
pub(crate) struct Nats {
    /// Streams and consumers are made without spans.
    plain: jetstream::Context,
    instrumented: Context,
    ack_wait: Duration,
}

/// What went wrong with NATS. Without its own words, which may tell what is not for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NatsError {
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
            let message = format!(
                "NATS cannot be reached at {address:?}; check NATS_URL, which is like nats://host:4222"
            );
            Failure::new(message)
        };
        let server: ServerAddr = address.secret().parse().map_err(|_| wrong())?;
        let (host, port) = (server.host().to_owned(), server.port());
        let connection = options(&server).connect(server).await.map_err(|_| wrong())?;
        let plain = ContextBuilder::new().timeout(ANSWER_TIME).build(connection.clone());
        let client = Client::builder(connection)
            .options(|options| with_error_types(options).server(host, Some(port)))
            .build();
        let instrumented = client.jetstream_with(plain.clone());
        Ok(Some(Self { plain, instrumented, ack_wait: settings.nats_ack_wait }))
    }

    /// Publishes a message and waits until NATS has it in its files. One that is published again under the same id within ten minutes
    /// is there once: also one that was given up, and that the client sends after all when it is connected again.
    pub(crate) async fn publish(&self, id: &str, body: &str) -> Result<(), NatsError> {
        let message = PublishMessage::build().payload(body.to_owned().into()).message_id(id);
        match self.publish_to_stream(message.clone()).await {
            Err(NatsError::StreamMissing) => {
                self.stream().await?;
                self.publish_to_stream(message).await
            }
            outcome => outcome,
        }
    }

    async fn publish_to_stream(&self, message: PublishMessage) -> Result<(), NatsError> {
        let failed = |kind| match kind {
            PublishErrorKind::StreamNotFound => NatsError::StreamMissing,
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => NatsError::NoAnswer,
            _ => NatsError::Refused,
        };
        let sent = self.instrumented.send_publish(ORDER_CREATED, message).await;
        let answer = sent.map_err(|error| failed(error.kind()))?;
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
        self.plain.get_or_create_stream(config).await.map_err(|_| NatsError::StreamUnusable)
    }

    /// The messages for a worker, until the connection is lost.
    pub(crate) async fn messages(&self) -> Result<Messages<pull::Stream>, NatsError> {
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
            .messages()
            .await
            .map_err(|_| NatsError::ConsumerUnusable)?;
        Ok(self.instrumented.messages(&consumer, messages))
    }

    /// Sends what is on its way to the connection.
    pub(crate) async fn close(&self) {
        // A connection that is lost has nothing on its way.
        let _ = tokio::time::timeout(ANSWER_TIME, self.plain.client().flush()).await;
    }
}

/// The client takes no credentials out of a URL by itself.
fn options(server: &ServerAddr) -> ConnectOptions {
    let options = ConnectOptions::new()
        .name(env!("CARGO_PKG_NAME"))
        .retry_on_initial_connect()
        .event_callback(async |event| tell(&event));
    let text = |encoded: &str| percent_decode_str(encoded).decode_utf8_lossy().into_owned();
    match (server.username(), server.password()) {
        (Some(user), Some(password)) => options.user_and_password(text(user), text(password)),
        (Some(token), None) => options.token(text(token)),
        (None, _) => options,
    }
}

/// Tells NATS what became of a message. When it does not hear of it, the message is handed out again.
pub(crate) async fn settle(message: &Message, settlement: Settlement) -> Result<(), NatsError> {
    let kind = match settlement {
        Settlement::Ack => AckKind::Ack,
        Settlement::Nak(pause) => AckKind::Nak(Some(pause)),
        Settlement::Term => AckKind::Term,
    };
    message.ack_with(kind).await.map_err(|_| NatsError::Unsettled)
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
            Self::NoAnswer => "NATS did not answer in time",
            Self::StreamMissing => "NATS has no stream for the message",
            Self::StreamUnusable => "the stream cannot be made: NATS is away, or has no JetStream",
            Self::ConsumerUnusable => "the stream cannot be read",
            Self::NothingHeard => "NATS is not heard any more",
            Self::Unsettled => "NATS did not hear what became of a message",
            Self::Refused => "NATS does not take the message; its stream may be full",
        })
    }
}

impl Error for NatsError {}
