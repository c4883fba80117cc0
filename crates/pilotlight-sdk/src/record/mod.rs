//! The first stage: turns API calls into OTLP bytes, on the caller's thread.
//!
//! ```text
//!  tracer.rs       decides: suppressed? ended? sampled?
//!   ├ sampler/     which spans are recorded and exported
//!   ├ ids.rs       trace and span ids
//!   └ clock.rs     what time it is
//!  span.rs         the handle the application holds ── pool.rs lends it a record
//!   ├ span_counts.rs  how many there are, for the metrics about Pilotlight itself ── per_thread.rs
//!   └ span_record.rs  the OTLP bytes in the making ── attribute_index.rs finds keys again
//!  processor.rs    users' code looks at the bytes ── view.rs reads them, and metrics_view/ those of metrics
//!  provider.rs     owns all of it ── provider_core.rs is what spans need of it, and hands finished bytes to batch/
//! ```

mod attribute_index;
mod bridged_span;
mod clock;
pub(crate) mod current_context;
mod exception;
mod ids;
mod lifecycle;
mod limits;
mod logs;
mod metrics;
mod metrics_view;
mod per_thread;
mod pool;
mod processor;
mod provider;
mod provider_builder;
mod provider_core;
mod sampler;
mod scope;
mod span;
mod span_counts;
mod span_flags;
mod span_record;
mod temporality;
mod tracer;
mod traces_view;
mod view;

pub use clock::Clock;
pub use exception::RecordException;
pub use ids::{IdGenerator, RandomIds};
pub use limits::SpanLimits;
pub use logs::{
    LogLimits, LogMut, LogRecord, LogRecordProcessor, LogView, Logger, LoggerConfig, LoggerProvider,
    LoggerProviderBuilder, LogsView,
};
pub use metrics::{
    Aggregation, ExemplarReservoir, InstrumentKind, MeterProvider, MeterProviderBuilder, Observable,
    ObservableBuilder, Observables, Observer, Offer, Registration, View, ViewBuilder,
};
pub use metrics_view::{
    BucketsView, ExemplarView, ExponentialHistogramPointView, HistogramPointView, MetricData, MetricView,
    MetricsView, Number, NumberPointView, Points,
};
pub use processor::{FinishedSpan, SpanMut, SpanProcessor};
pub use provider::{DEFAULT_SHUTDOWN_TIMEOUT, TracerProvider};
pub use provider_builder::TracerProviderBuilder;
pub use sampler::{
    AlwaysOff, AlwaysOn, AlwaysRecord, Decision, ParentBased, Sampler, SamplingParameters, SamplingResult,
    TraceIdRatio,
};
pub use span::Span;
pub use temporality::Temporality;
pub use tracer::Tracer;
pub use traces_view::{ResourceView, ScopeView, TracesView};
pub use view::{ArrayView, EventView, LinkView, MapView, SpanView, ValueView};

pub(crate) use attribute_index::{AttributeLimits, SharedAttributes};
pub(crate) use bridged_span::Shown;
pub(crate) use clock::UnixNanos;
pub(crate) use exception::exception_attributes;
pub(crate) use ids::random_fraction;
pub(crate) use logs::{LogCounts, LogDraft, LoggerInner, SpanReference, current_span};
pub(crate) use metrics::{
    Callback, Cycle, Exemplar, MeterCore, Observed, Point, PointNumber, ReaderProfile, StreamEntry, Totals,
    Turn,
};
pub(crate) use provider::shutdown_on_a_thread;
pub(crate) use scope::{Scope, ScopeId, ScopeTable};
pub(crate) use span_counts::{ORIGINS, RESULTS, SpanCounts};
pub(crate) use span_record::SpanRecord;
pub(crate) use tracer::TracerInner;
pub(crate) use view::entry;
