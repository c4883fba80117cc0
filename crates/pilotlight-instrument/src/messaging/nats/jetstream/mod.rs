//! JetStream: streams that keep messages, and consumers that settle them.
//!
//! ```text
//!  Context::publish ─▶ PublishAckFuture ── sequence, duplicate
//!
//!  PullConsumer::fetch, batch ─▶ a list of messages     CLIENT span with links, from the request to the last message
//!  PullConsumer::messages  ─┐
//!  PushConsumer::messages  ─┴──▶ Messages               pushed: no span, but for errors
//!                                   └─▶ Message::process ─▶ ack, nak, progress, term, double_ack
//!                                        CONSUMER            CLIENT, each with a link to the sender
//! ```
//!
//! A message that is processed and neither settled nor handed on leaves an event `unsettled` on the span that processed it: the
//! server will deliver it again when its time to be settled has passed. The next delivery says which one it is.

mod consumer;
mod context;
mod delivery;
mod message;
mod messages;
mod publish;

pub use consumer::{PullConsumer, PushConsumer};
pub use context::Context;
pub use message::Message;
pub use messages::Messages;
pub use publish::PublishAckFuture;
