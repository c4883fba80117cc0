//! Where a message came from: the context that it was sent in.

use super::options::Options;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Link, SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};

pub(super) struct Origin {
    /// The context at the receiver, with what came with the message on top: its baggage, its sender's span.
    pub(super) context: Context,
    /// The sender's span, if there was one.
    sender: Option<SpanContext>,
}

impl Origin {
    /// What `carrier` says, on top of what is current at the receiver.
    pub(super) fn extract(options: &Options, current: &Context, carrier: &dyn Extractor) -> Self {
        let context = options.propagator.with(|propagator| propagator.extract_with_context(current, carrier));
        // A carrier that says nothing leaves the receiver's own span where it was.
        let sender = span_context(&context).filter(|sender| span_context(current).as_ref() != Some(sender));
        Self { context, sender }
    }

    /// What came without a carrier, within the process.
    pub(super) fn of(current: &Context, sender: &Context) -> Self {
        let context = if current.is_telemetry_suppressed() {
            sender.with_telemetry_suppressed()
        } else {
            sender.clone()
        };
        Self { sender: span_context(sender), context }
    }

    pub(super) fn is_known(&self) -> bool {
        self.sender.is_some()
    }

    /// A link to the receiver's own span, if there is one that is not the sender's as well.
    pub(super) fn link_to(&self, current: &Context) -> Option<Link> {
        let own = span_context(current).filter(|own| self.sender.as_ref() != Some(own));
        own.map(|own| Link::new(own, Vec::new(), 0))
    }

    pub(super) fn link(&self, attributes: Vec<KeyValue>) -> Option<Link> {
        self.sender.clone().map(|sender| Link::new(sender, attributes, 0))
    }
}

fn span_context(context: &Context) -> Option<SpanContext> {
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}
