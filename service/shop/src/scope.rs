//! The instrumentation scope of what the shop tells by hand.

use opentelemetry::InstrumentationScope;
use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::metrics::Meter;

/// The tracer of the provider that is installed now.
pub(crate) fn tracer() -> BoxedTracer {
    global::tracer_with_scope(scope())
}

/// The meter of the provider that is installed now.
pub(crate) fn meter() -> Meter {
    global::meter_with_scope(scope())
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION")).build()
}
