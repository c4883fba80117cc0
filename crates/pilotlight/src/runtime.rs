//! What the process and the tokio runtime tell about themselves, without a line written for it.

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::MeterProvider as _;
use pilotlight_instrument::runtime::process;
use pilotlight_instrument::runtime::tokio::RuntimeInstrumentation;
use pilotlight_sdk::record::MeterProvider;
use tokio::runtime::Handle;

/// Has them tell `provider`, of tokio as long as what is returned lives: of the runtime that this is called in. Allocators are not
/// among them, since what is linked need not be what is installed.
pub(crate) fn watch(provider: &MeterProvider) -> Option<RuntimeInstrumentation> {
    let scope =
        InstrumentationScope::builder("pilotlight.runtime").with_version(env!("CARGO_PKG_VERSION")).build();
    let meter = provider.meter_with_scope(scope);
    process::register(&meter);
    Handle::try_current().ok().map(|handle| RuntimeInstrumentation::builder(handle).register(&meter))
}
