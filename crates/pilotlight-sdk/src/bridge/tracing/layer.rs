//! The layer: each function is one moment in the life of a span, or an event.

use std::sync::Arc;

use opentelemetry::Context as OtelContext;
use opentelemetry::trace::{Status, TraceContextExt};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::diagnostics;
use crate::record::{LogDraft, Shown, SpanReference, current_context, current_span};

use super::callsite::{EventCallsite, SpanCallsite};
use super::connection::BridgeInner;
use super::entered;
use super::event_fields::{EventFields, error_of};
use super::filter::Filters;
use super::open_span::Handle;
use super::open_spans::Entry;
use super::span_event::add_event_to;
use super::span_fields::{NewSpan, Preview, SharedSpan, SpanFields, set_error};
use super::thread::with_thread;

/// Makes spans of the engine from spans of `tracing`, and log records from its events.
///
/// See [`Bridge`](super::Bridge) for where they go, and the [module](super) for what becomes of what.
#[derive(Clone, Debug)]
pub struct TracingLayer {
    pub(super) bridge: Arc<BridgeInner>,
    filters: Filters,
    /// It filters for the whole subscriber, as its only layer. Otherwise it is wrapped, and the wrapper filters for it alone.
    is_only_layer: bool,
}

impl TracingLayer {
    pub(super) fn new(bridge: Arc<BridgeInner>, filters: Filters, is_only_layer: bool) -> Self {
        Self { bridge, filters, is_only_layer }
    }

    /// The filters, where they are the layer's own to ask.
    fn own_filters(&self) -> Option<&Filters> {
        self.is_only_layer.then_some(&self.filters)
    }

    /// The context that has the span of `id`, if it is open. Whoever has it may start children, so the span's identity is final
    /// from here on.
    pub(super) fn context_of(&self, id: &Id) -> Option<OtelContext> {
        let Entry { context, handle } = self.bridge.spans.get(id)?;
        handle.set_used();
        Some(context)
    }

    /// The context that a new span is a child of. A parent that the filter left out is replaced by its own parent.
    fn parent_of<S>(&self, attributes: &Attributes<'_>, id: &Id, ctx: &Context<'_, S>) -> OtelContext
    where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        if attributes.is_contextual() {
            return OtelContext::current();
        }
        let mut ancestors = ctx.span(id).into_iter().flat_map(|span| span.scope().skip(1));
        ancestors.find_map(|ancestor| self.context_of(&ancestor.id())).unwrap_or_default()
    }

    fn handle_of(&self, id: &Id) -> Option<Handle> {
        self.bridge.spans.get(id).map(|entry| entry.handle)
    }

    /// The span that an event belongs to: the current one, whoever made it, unless the event says otherwise.
    #[inline]
    fn span_of<S>(&self, event: &Event<'_>, ctx: &Context<'_, S>) -> Option<SpanReference>
    where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        if event.is_contextual() {
            return current_span();
        }
        let context = ctx.event_scope(event)?.find_map(|span| self.context_of(&span.id()))?;
        SpanReference::of(context.span().span_context())
    }

    /// The span of `tracing` that an event is in.
    fn handle_around<S>(&self, event: &Event<'_>, ctx: &Context<'_, S>) -> Option<Handle>
    where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        match event.is_contextual() {
            true => entered::innermost(self.bridge.id),
            false => ctx.event_scope(event)?.find_map(|span| self.handle_of(&span.id())),
        }
    }
}

impl TracingLayer {
    /// Emits the log record that an event becomes, if it is wanted.
    #[inline]
    fn emit<S>(&self, callsite: &EventCallsite, event: &Event<'_>, is_local: bool, ctx: &Context<'_, S>)
    where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        let EventCallsite { logger, severity, event_name, location, has_span_fields } = callsite;
        let span = self.span_of(event, ctx);
        if !logger.config.wants(severity.number, span.as_ref()) {
            return;
        }
        let limits = logger.core.limits();
        let mut draft = LogDraft::take();
        draft.begin(logger.core.clock.unix_nanos(), severity.number, severity.text, event_name, span);
        draft.add_shared(location, limits);
        let mut fields = EventFields::new(&mut draft, limits);
        event.record(&mut fields);
        let target = fields.log_target;
        if *has_span_fields {
            self.add_span_fields(&mut draft, limits, event, ctx);
        }
        logger.finish(&mut draft, target.map(Into::into), is_local);
        draft.give();
    }
}

impl<S> Layer<S> for TracingLayer
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let filters = self.own_filters();
        filters.map_or_else(Interest::always, |filters| Filter::<S>::callsite_enabled(filters, metadata))
    }

    fn enabled(&self, metadata: &Metadata<'_>, ctx: Context<'_, S>) -> bool {
        self.own_filters().is_none_or(|filters| filters.enabled(metadata, &ctx))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.own_filters().and_then(Filter::<S>::max_level_hint)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if let Some(filters) = self.own_filters() {
            filters.on_new_span(attributes, id, ctx.clone());
        }
        // Directives about spans' fields make spans known that the span filter leaves out.
        if current_context::is_suppressed() || !self.filters.records_span(attributes.metadata()) {
            return;
        }
        let Some(callsite) = self.bridge.span_callsite(attributes.metadata()) else { return };
        let parent = self.parent_of(attributes, id, &ctx);
        let handle = start(&callsite, attributes, &parent);
        let context = parent.with_span(handle.clone());
        self.bridge.spans.insert(id, Entry { context, handle });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        if let Some(filters) = self.own_filters() {
            filters.on_record(id, values, ctx);
        }
        if let Some(handle) = self.handle_of(id) {
            values.record(&mut SpanFields(SharedSpan(&handle)));
        }
    }

    /// A span that follows from another links to it.
    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        let Some(handle) = self.handle_of(id) else { return };
        if let Some(followed) = self.context_of(follows) {
            handle.with(|span| span.keep_link(followed.span().span_context().clone(), Vec::new()));
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        if let Some(filters) = self.own_filters() {
            filters.on_enter(id, ctx);
        }
        if let Some(mut entry) = self.bridge.spans.get(id) {
            if current_context::is_suppressed() {
                // The span's own context is from elsewhere, and would lift that.
                entry.context = entry.context.with_telemetry_suppressed();
            }
            entered::enter(self.bridge.id, id, entry);
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        if let Some(filters) = self.own_filters() {
            filters.on_exit(id, ctx);
        }
        entered::leave(self.bridge.id, id);
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        if let Some(entry) = self.bridge.spans.remove(&id) {
            entry.handle.end_as_left();
        }
        if let Some(filters) = self.own_filters() {
            filters.on_close(id, ctx);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let is_local = current_context::is_suppressed();
        // What exporting has to say stays on this machine; what it uses says nothing.
        if is_local && !diagnostics::is_own(event.metadata()) {
            return;
        }
        if let Some(callsite) = self.bridge.event_callsite(event.metadata()) {
            self.emit(&callsite, event, is_local, &ctx);
        }
        if is_local {
            return;
        }
        // Trouble of ours is none of the application's.
        if *event.metadata().level() == Level::ERROR
            && !diagnostics::is_own(event.metadata())
            && let Some(handle) = self.handle_around(event, &ctx)
        {
            mark_failed(&handle, || error_of(event));
        }
        if self.bridge.has_events_on_spans()
            && let Some(handle) = self.handle_around(event, &ctx)
        {
            add_event_to(&handle, event);
        }
    }
}

/// Starts the span that a span of `tracing` becomes.
#[inline]
fn start(callsite: &SpanCallsite, attributes: &Attributes<'_>, parent: &OtelContext) -> Handle {
    let SpanCallsite { tracer, name, location, has_thread } = callsite;
    let mut preview = Preview::default();
    if tracer.sampler_reads_the_span() {
        attributes.record(&mut SpanFields(&mut preview));
    }
    let shown = Shown {
        name: preview.name.as_deref().unwrap_or(name),
        kind: preview.kind.unwrap_or(opentelemetry::trace::SpanKind::Internal),
        attributes: &preview.attributes,
    };
    let span = tracer.start(name, &shown, parent, |record, limits| {
        record.add_shared(location, limits);
        if *has_thread {
            with_thread(|thread| record.add_shared(thread, limits));
        }
        attributes.record(&mut SpanFields(NewSpan { record, limits }));
    });
    Handle::new(span, tracer)
}

/// An error that is logged in a span is the span's, unless its status says otherwise.
#[cold]
pub(in crate::bridge) fn mark_failed(handle: &Handle, error: impl FnOnce() -> Option<String>) {
    let is_unset = |span: &mut crate::record::Span| {
        span.fields().is_some_and(|(record, _)| *record.status() == Status::Unset)
    };
    if handle.with(is_unset) != Some(true) {
        return;
    }
    // Users' code, which is not called under the span's lock.
    let error = error();
    handle.with(|span| {
        if let Some((record, _)) = span.fields().filter(|(record, _)| *record.status() == Status::Unset) {
            set_error(record, error.as_deref());
        }
    });
}
