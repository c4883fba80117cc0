//! OpenTelemetry for Rust services.
