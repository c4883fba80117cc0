//! Who spans and metrics say made them.

use opentelemetry::InstrumentationScope;

/// The version of the semantic conventions that the attributes here follow.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.45.0";

pub(crate) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(SCHEMA_URL)
        .build()
}
