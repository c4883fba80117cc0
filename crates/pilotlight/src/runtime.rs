//! What the process and the tokio runtime tell about themselves, without a line written for it.

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::MeterProvider as _;
use pilotlight_instrument::runtime::{Registration, register_all};
use pilotlight_sdk::record::MeterProvider;

/// Has them tell `provider`, as long as what is returned lives. Of tokio, the runtime that this is called in.
pub(crate) fn watch(provider: &MeterProvider) -> Registration {
    let scope =
        InstrumentationScope::builder("pilotlight.runtime").with_version(env!("CARGO_PKG_VERSION")).build();
    register_all(&provider.meter_with_scope(scope))
}
