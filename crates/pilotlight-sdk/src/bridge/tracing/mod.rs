//! Spans and events of `tracing`.
//!
//! ```text
//!  your code              tracing::span!, #[instrument]            tracing::event!, info!, …
//!  ──────────────────────────────────────────────── subscriber: any registry
//!  connection.rs          Bridge: which providers; changes while the subscriber stays
//!  layer.rs               each function one moment:
//!   on_new_span           callsite.rs · span_fields.rs ─▶ record/: a span, written as OTLP bytes
//!                         open_span.rs, shared with contexts ─▶ open_spans.rs, by id
//!   on_enter, on_exit     entered.rs: attaches and detaches the span's context
//!   on_record             span_fields.rs
//!   on_close              the span ends
//!   on_event              callsite.rs · event_fields.rs · inherited.rs ─▶ record/logs/: a log record
//!  span_ext.rs            what tracing's spans cannot say: remote parents, links
//! ```
//!
//! **One context.** Entering a span attaches an `opentelemetry::Context` that has it, so that spans of `tracing`, spans of the API, log
//! records and exemplars agree on the current span in every nesting. A span's parent is the current context's span when it is
//! created, whoever made that. The context that is attached is the one the span was created in, with the span: baggage from then,
//! not from when it is entered.
//!
//! **Times.** A span starts when it is created and ends when it was last left; one that was never entered ends when it is closed.
//! That differs where a child outlives its parent: the registry closes the parent after the child then.
//!
//! **Values.** Integers, floats, booleans, strings and bytes keep their type; an integer beyond 64 signed bits becomes its digits.
//! Errors become their message, and `exception.type`, `exception.message` and `exception.stacktrace`, the chain of causes. Everything
//! else, slices and maps among it, is what its `Debug` shows (`?value`) or its `Display` (`%value`), up to 4 MiB.
//!
//! **Events** become log records with the ids of their span: `message` is the body, other fields are attributes, the target is the
//! scope. One of level `ERROR` gives the span that it is in the status error, unless it has a status; an error among its fields,
//! or a field called `error`, describes it.
//!
//! **Processors and samplers** may log and make spans. Two limits come from elsewhere: spans that they enter while a span of the API
//! starts are nobody's parents, since the API holds on to the current context meanwhile; and `tracing-subscriber` never gives up a
//! span that is made and closed while another one closes, nor its parents, so processors make none in `on_ending` and `on_end`.
//!
//! Cost beyond that of the registry: two allocations a span, both of the API's context; none an event.

mod callsite;
mod connection;
mod entered;
mod event_fields;
mod filter;
mod inherited;
mod layer;
mod open_span;
mod open_spans;
mod scalar_fields;
mod severity;
mod span_event;
mod span_ext;
mod span_fields;
mod text;
mod thread;

#[cfg(feature = "log")]
pub(super) use callsite::LogTarget;
pub use connection::Bridge;
#[cfg(feature = "log")]
pub(super) use connection::BridgeInner;
pub use filter::{Filter, FilterError, Filters, Problem, Texts};
pub use layer::TracingLayer;
pub use span_ext::{OpenTelemetrySpanExt, SetParentError};
#[cfg(feature = "log")]
pub(super) use {
    entered::{all, innermost},
    filter::level,
    inherited::inherit,
    layer::mark_failed,
    open_span::Handle,
    scalar_fields::with_number,
    severity::severity,
    text::with_text,
};
