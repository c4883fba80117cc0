//! `tracing` and `log`: what [`init`](crate::init) installs, and how to put it together otherwise.
//!
//! # With `init`
//!
//! Nothing to do: spans of `tracing` become spans, its events and records of the `log` crate become log records with the ids of their
//! span. `RUST_LOG` filters log records and no span; `PILOTLIGHT_SPAN_FILTER` filters spans.
//!
//! # In a registry of your own
//!
//! ```no_run
//! use tracing_subscriber::layer::SubscriberExt;
//! # #[derive(Clone, Copy)]
//! # struct MyLayer;
//! # impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for MyLayer {}
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let my_layer = MyLayer;
//!
//! let registry = tracing_subscriber::registry().with(pilotlight::tracing::layer()).with(my_layer);
//! tracing::subscriber::set_global_default(registry)?;
//! let telemetry = pilotlight::init()?;
//! # Ok(())
//! # }
//! ```
//!
//! The registry may be installed before `init`, which notices, or after
//! [`Builder::without_subscriber`](crate::Builder::without_subscriber)`().init()`. The layer leads nowhere until then. Where another layer
//! writes lines, turn those of Pilotlight off: `PILOTLIGHT_LOG_LINES=off`.
//!
//! Put a filter that is meant for another layer *on* that layer, with its `with_filter`. An `EnvFilter` that is itself a layer of the
//! registry filters for all of them: `RUST_LOG=warn` then takes spans away from Pilotlight too, and with them the traces.
//!
//! # From the shutdown on
//!
//! The subscriber and the logger stay installed. What is logged from the shutdown on goes to standard error: a short line each, written
//! at once, by the same filters. Where log record processors were given to the builder, only Pilotlight's own messages do: they have
//! ended, and what they hid must stay hidden. In a registry of your own where Pilotlight's lines are turned off, the other layers show
//! it. When the guard is gone, spans are no longer recorded.

use pilotlight_sdk::bridge::tracing::Bridge;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::subscriber::{BRIDGE, FILTERS};

pub use pilotlight_sdk::bridge::tracing::{
    Filter, FilterError, OpenTelemetrySpanExt, Problem, SetParentError,
};
pub use pilotlight_sdk::bridge::{Carry, carry, carry_context};

/// A layer for a registry of your own, behind the span filter and the log filter, which filter for it alone.
///
/// It leads to what [`init`](crate::init) turned on, also where that comes later or comes again, and nowhere while telemetry is off.
/// Its filters are those of `init`'s settings, and `info` before. One layer a subscriber: a second one would tell everything twice.
///
/// See the [module](self) for an example.
pub fn layer<S>() -> impl Layer<S> + Send + Sync + 'static
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    Bridge::layer(&BRIDGE, &FILTERS)
}

/// Makes Pilotlight's the logger of the `log` crate, for the rest of the process's life. [`init`](crate::init) does, unless it is told to
/// leave the [subscriber](crate::Builder::without_subscriber) to you. Needless where another logger forwards records to `tracing`, which
/// is what `init()` of `tracing-subscriber` installs by default, and where that function is called, calling this one before makes it fail.
/// While no guard is held, and the subscriber is not that of `init`, it says nothing.
///
/// A second call does nothing.
///
/// # Errors
///
/// When the process has another logger.
#[cfg(feature = "log")]
pub fn install_logger() -> Result<(), crate::Error> {
    crate::subscriber::install_logger()
}

/// Exchanges the filter of log records while the service runs: directives as in `RUST_LOG`, such as `"warn,shop=debug"`. When it
/// returns, every place in the program goes by it. It stays until it is exchanged again, or telemetry is turned on anew.
///
/// Says nothing about spans, nor about Pilotlight's own messages. Not to be called from within a layer or a filter.
///
/// # Errors
///
/// When the text is empty or any directive in it cannot be used. Then nothing changes.
///
/// ```
/// pilotlight::tracing::set_log_filter("warn,shop=debug")?;
/// # Ok::<(), pilotlight::tracing::FilterError>(())
/// ```
pub fn set_log_filter(directives: &str) -> Result<(), FilterError> {
    FILTERS.set_log_filter(directives)
}

/// Exchanges the filter of spans, as [`set_log_filter`] does the other one. Spans that are open stay recorded.
///
/// # Errors
///
/// When the text is empty or any directive in it cannot be used. Then nothing changes.
pub fn set_span_filter(directives: &str) -> Result<(), FilterError> {
    FILTERS.set_span_filter(directives)
}

/// The log filter in force: the directives that are used.
pub fn log_filter() -> String {
    FILTERS.log_filter()
}

/// The span filter in force: the directives that are used.
pub fn span_filter() -> String {
    FILTERS.span_filter()
}
