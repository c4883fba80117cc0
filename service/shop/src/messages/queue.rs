//! A queue in memory, for a shop without a broker. What is in it is still in the outbox, too: a process that dies loses nothing that
//! its database keeps.

use std::error::Error;
use std::fmt;

use opentelemetry::metrics::UpDownCounter;
use pilotlight_instrument::messaging::{Client, Message};
use tokio::sync::{mpsc, oneshot};

use super::{Headers, Settlement, destination, with_error_types};

/// How many messages wait for the worker at most. Whoever has one more waits until there is room; what it waits with is in the outbox.
const MESSAGES_MAX: usize = 256;

/// The end where messages go in.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    messages: mpsc::Sender<Delivery>,
    depth: UpDownCounter<i64>,
    client: Client,
}

/// A message that somebody is handed. Dropped unsettled, it is to be handed out again.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) headers: Headers,
    /// How often it was handed out, this time included.
    pub(crate) deliveries: u64,
    settle: oneshot::Sender<Settlement>,
    /// None once somebody deals with it.
    waiting: Option<Waiting>,
}

/// One more in the queue, until this is dropped.
#[derive(Debug)]
struct Waiting(UpDownCounter<i64>);

/// The worker is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueClosed;

/// Both ends of a queue, and who makes spans for them. The meter is that of the provider that is installed now.
pub(crate) fn queue() -> (Queue, mpsc::Receiver<Delivery>, Client) {
    let (sender, receiver) = mpsc::channel(MESSAGES_MAX);
    let depth = crate::scope::meter()
        .i64_up_down_counter("shop.queue.depth")
        .with_unit("{message}")
        .with_description("Messages that wait in the gateway's own queue.")
        .build();
    let client = with_error_types(Client::builder("in_process")).build();
    (Queue { messages: sender, depth, client: client.clone() }, receiver, client)
}

impl Queue {
    /// Puts a message into the queue, once there is room for it, and waits for what becomes of it.
    pub(crate) async fn hand_over(
        &self,
        id: &str,
        body: &str,
        mut headers: Headers,
        deliveries: u64,
    ) -> Result<Settlement, QueueClosed> {
        let message = Message::new().id(id.to_owned()).body_bytes(body.len());
        let operation = self.client.send(&destination(), message, &mut headers);
        let (settle, settled) = oneshot::channel();
        let (id, body) = (id.to_owned(), body.to_owned());
        let sending = async {
            let room = self.messages.reserve().await.map_err(|_| QueueClosed)?;
            let waiting = Some(Waiting::of(&self.depth));
            room.send(Delivery { id, body, headers, deliveries, settle, waiting });
            Ok(())
        };
        operation.around(sending).await?;
        settled.await.map_err(|_| QueueClosed)
    }
}

impl Waiting {
    fn of(depth: &UpDownCounter<i64>) -> Self {
        depth.add(1, &[]);
        Self(depth.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}

impl Delivery {
    /// It is no longer waiting.
    pub(crate) fn begin(&mut self) {
        self.waiting = None;
    }

    /// Says what becomes of it. When nobody wants to know any more, it stays in the outbox.
    pub(crate) fn settle(self, settlement: Settlement) {
        let _ = self.settle.send(settlement);
    }
}

impl fmt::Display for QueueClosed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("nobody takes messages out of the queue any more")
    }
}

impl Error for QueueClosed {}
