//! Takes messages in, some at a time, from either way that they come on.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use pilotlight_instrument::messaging::nats::jetstream;
use pilotlight_instrument::messaging::{Client, Message};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::desk::Desk;
use crate::backoff::Backoff;
use crate::messages::{Delivery, Nats, NatsError, destination, settle};

/// How many messages are dealt with at once.
const AT_ONCE: usize = 8;

/// What lies between two attempts at a stream that cannot be read.
const PAUSES: Backoff = Backoff::between(Duration::from_millis(100), Duration::from_secs(5));

/// Deals with what comes out of the gateway's own queue, until nobody puts anything in any more.
pub(crate) async fn work_through_queue(desk: Desk, messages: mpsc::Receiver<Delivery>, client: Client) {
    let messages = stream::unfold(messages, async |mut messages| Some((messages.recv().await?, messages)));
    messages.for_each_concurrent(AT_ONCE, |delivery| deal_with_delivery(&desk, delivery, &client)).await;
}

async fn deal_with_delivery(desk: &Desk, mut delivery: Delivery, client: &Client) {
    delivery.begin();
    let Delivery { id, body, headers, deliveries, .. } = &delivery;
    let told = Message::new().id(id.clone()).body_bytes(body.len()).deliveries(*deliveries);
    let operation = client.process(&destination(), told, headers);
    let mut verdict = None;
    desk.deal_with(body.as_bytes(), *deliveries, operation, async |settlement| verdict = Some(settlement))
        .await;
    if let Some(settlement) = verdict {
        delivery.settle(settlement);
    }
}

/// Deals with what NATS hands out, until it is told to stop; then with what it has in hand. Connections that are lost are made again.
pub(super) async fn work_through_nats(desk: Desk, nats: Nats, stopping: CancellationToken) {
    let mut pauses = PAUSES;
    while !stopping.is_cancelled() {
        let Err(error) = take_in(&desk, &nats, &stopping, &mut pauses).await else { continue };
        warn!(error = &error as &dyn std::error::Error, "Messages cannot be taken in; trying again");
        tokio::select! {
            () = sleep(pauses.pause()) => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// Until there is an error, or no more to come.
async fn take_in(
    desk: &Desk,
    nats: &Nats,
    stopping: &CancellationToken,
    pauses: &mut Backoff,
) -> Result<(), NatsError> {
    let messages = tokio::select! {
        messages = nats.messages() => messages?,
        () = stopping.cancelled() => return Ok(()),
    };
    pauses.begin_anew();
    let mut outcome = Ok(());
    let lost = CancellationToken::new();
    let messages = messages.filter_map(async |message| message.inspect_err(|_| lost.cancel()).ok());
    let until = async {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = lost.cancelled() => {}
        }
    };
    // What is in hand is finished: a stream that ends takes no message away.
    messages.take_until(until).for_each_concurrent(AT_ONCE, |message| deal_with_message(desk, message)).await;
    if lost.is_cancelled() {
        outcome = Err(NatsError::NothingHeard);
    }
    outcome
}

async fn deal_with_message(desk: &Desk, message: jetstream::Message) {
    let deliveries = message.info().map_or(1, |info| u64::try_from(info.delivered).unwrap_or(1));
    let settle = async |settlement| {
        if let Err(error) = settle(&message, settlement).await {
            // It is handed out again when its time is over, and found to be shipped.
            tell_unsettled(error);
        }
    };
    desk.deal_with(&message.payload, deliveries, message.start(), settle).await;
}

fn tell_unsettled(error: NatsError) {
    warn!(error = &error as &dyn std::error::Error, "Failed to settle the message");
}
