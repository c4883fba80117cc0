//! Messages that bring their sender's context along.

use super::bound::Bound;
use super::thread;
use super::work::in_context;
use opentelemetry::Context;
use opentelemetry::trace::{Link, SpanBuilder, SpanContext, TraceContextExt, Tracer};
use std::collections::HashSet;

/// A message with the context of who sent it.
///
/// Make it where you send, and say at the receiver what the sender's span is to the work: its *parent*, when the message is the
/// reason for the work and somebody may wait for it; a *link*, when the work has a trace of its own (an actor, a consumer
/// that runs on, a batch).
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::baggage::BaggageExt;
/// use pilotlight_instrument::context::{Carried, in_context};
/// use std::sync::mpsc;
///
/// let (sender, receiver) = mpsc::channel();
/// let request = Context::new().with_baggage([opentelemetry::KeyValue::new("tenant", "7")]);
/// in_context(&request, || sender.send(Carried::new("order 4711")))?;
///
/// let handled = receiver.recv()?.with_parent(|order| format!("{order}, {}", Context::current().baggage()));
/// assert_eq!(handled, "order 4711, tenant=7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// However long it waits in a queue, it does not keep its sender's span open: it carries the ids of that span, its sampling
/// decision, and the context's baggage and other values. So the receiver can be a child of that span but not change it. Making it
/// costs an allocation where there is a span (some 40 ns), and none without (10 ns); the value becomes three words larger.
#[derive(Clone, Debug)]
pub struct Carried<T> {
    value: T,
    sender: Context,
}

impl<T> Carried<T> {
    /// `value`, sent from the current context.
    pub fn new(value: T) -> Self {
        Self { value, sender: detached(thread::current()) }
    }

    /// The message itself.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The context it was sent from, with the span's ids in place of the span.
    pub fn sender(&self) -> &Context {
        &self.sender
    }

    /// The message and the context it was sent from.
    pub fn into_parts(self) -> (T, Context) {
        (self.value, self.sender)
    }

    /// The same sender's with another value, as for a queue between two queues.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Carried<U> {
        Carried { value: change(self.value), sender: self.sender }
    }

    /// Handles the message in its sender's context: spans started by `work` are children of the sender's span.
    ///
    /// `work` cannot await; for that there is [`with_parent_async`](Self::with_parent_async).
    pub fn with_parent<R>(self, work: impl FnOnce(T) -> R) -> R {
        in_context(&self.sender, || work(self.value))
    }

    /// As [`with_parent`](Self::with_parent), for a future: `work` itself, every poll and the drop run in the sender's context.
    ///
    /// ```
    /// # use pilotlight_instrument::context::Carried;
    /// # async fn store(order: u64) {}
    /// # async fn receive(mut orders: tokio::sync::mpsc::Receiver<Carried<u64>>) {
    /// while let Some(order) = orders.recv().await {
    ///     order.with_parent_async(store).await;
    /// }
    /// # }
    /// ```
    ///
    /// It can be spawned as it is.
    pub fn with_parent_async<F: Future>(self, work: impl FnOnce(T) -> F) -> Bound<F> {
        let Self { value, sender } = self;
        Bound::new(in_context(&sender, || work(value)), sender)
    }

    /// Handles the message in a new span that has a link to the sender's.
    ///
    /// The span is a child of the receiver's current span, or a root where there is none. It is current while `work` runs, with
    /// the sender's baggage and other values, and ends with the last clone of its context: usually when `work` returns.
    ///
    /// ```
    /// # use opentelemetry::trace::Tracer;
    /// # use pilotlight_instrument::context::Carried;
    /// # fn store(order: u64) {}
    /// # fn receive(orders: std::sync::mpsc::Receiver<Carried<u64>>) {
    /// let tracer = opentelemetry::global::tracer("orders");
    /// for order in orders {
    ///     order.with_link(&tracer, tracer.span_builder("process order"), store);
    /// }
    /// # }
    /// ```
    ///
    /// A sender without a span leaves no link. `work` cannot await; for that there is [`with_link_async`](Self::with_link_async).
    pub fn with_link<R, K>(self, tracer: &K, span: SpanBuilder, work: impl FnOnce(T) -> R) -> R
    where
        K: Tracer<Span: Send + Sync + 'static>,
    {
        in_context(&self.linked(tracer, span), || work(self.value))
    }

    /// As [`with_link`](Self::with_link), for a future: `work` itself, every poll and the drop run in the new span, which ends when
    /// the future is dropped. It can be spawned as it is.
    pub fn with_link_async<F, K>(self, tracer: &K, span: SpanBuilder, work: impl FnOnce(T) -> F) -> Bound<F>
    where
        F: Future,
        K: Tracer<Span: Send + Sync + 'static>,
    {
        let context = self.linked(tracer, span);
        Bound::new(in_context(&context, || work(self.value)), context)
    }

    /// A link to the sender's span; `None` where there was none.
    pub fn link(&self) -> Option<Link> {
        let span = self.sender.span().span_context().clone();
        span.is_valid().then(|| Link::with_context(span))
    }

    fn linked<K>(&self, tracer: &K, mut span: SpanBuilder) -> Context
    where
        K: Tracer<Span: Send + Sync + 'static>,
    {
        if let Some(link) = self.link() {
            span.links.get_or_insert_default().push(link);
        }
        self.sender.with_span(tracer.build_with_context(span, &thread::current()))
    }
}

/// Links to the spans that sent a batch, for a span that handles it as a whole.
///
/// ```
/// # use opentelemetry::trace::Tracer;
/// # use opentelemetry::Context;
/// # use pilotlight_instrument::context::{Carried, links};
/// # fn handle(batch: &[Carried<u64>]) {
/// let tracer = opentelemetry::global::tracer("orders");
/// let span = tracer.span_builder("process orders").with_links(links(batch));
/// # let _ = span;
/// # }
/// ```
///
/// One for each span, in the order of its first message; messages without a span leave none. However large the batch is, the SDK
/// keeps as many as its limit says (128 by default) and counts the others. Baggage is not taken along: it would be that of whom?
pub fn links<'a, T: 'a>(batch: impl IntoIterator<Item = &'a Carried<T>>) -> Vec<Link> {
    let mut seen = HashSet::new();
    let mut is_new = |span: &SpanContext| seen.insert((span.trace_id(), span.span_id()));
    batch.into_iter().filter_map(Carried::link).filter(|link| is_new(&link.span_context)).collect()
}

/// `context` with the ids of its span in place of the span, which can end.
fn detached(context: Context) -> Context {
    if !context.has_active_span() {
        return context;
    }
    context.with_remote_span_context(context.span().span_context().clone())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Tenant, tenant};
    use super::*;
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    fn span_context(id: u64) -> SpanContext {
        let trace = TraceId::from(u128::from(id) << 64);
        SpanContext::new(trace, SpanId::from(id), TraceFlags::SAMPLED, false, TraceState::NONE)
    }

    fn sent_by(id: u64) -> Carried<u64> {
        let sender = Context::new().with_value(Tenant(1)).with_remote_span_context(span_context(id));
        in_context(&sender, || Carried::new(id))
    }

    #[test]
    fn the_receiver_is_in_the_senders_context_and_in_its_own_afterwards() {
        let seen = sent_by(3).with_parent(|value| {
            (value, tenant(), Context::map_current(|context| context.span().span_context().clone()))
        });
        assert_eq!(seen, (3, Some(Tenant(1)), span_context(3)));
        assert_eq!(tenant(), None);
    }

    #[test]
    fn a_value_that_is_changed_keeps_its_sender() {
        let (value, sender) = sent_by(3).map(|value| value.to_string()).into_parts();
        assert_eq!((value.as_str(), sender.span().span_context()), ("3", &span_context(3)));
    }

    #[test]
    fn without_a_span_there_is_no_link() {
        assert!(Carried::new(()).link().is_none());
        assert!(!Carried::new(()).sender().has_active_span());
    }

    #[test]
    fn a_batch_has_one_link_for_each_sender_in_the_order_they_came() {
        let batch = [sent_by(2), Carried::new(0), sent_by(1), sent_by(2)];
        let linked: Vec<_> = links(&batch).into_iter().map(|link| link.span_context).collect();
        assert_eq!(linked, [span_context(2), span_context(1)]);
    }
}
