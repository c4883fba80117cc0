//! Metrics: measurements on the caller's thread.

// Used by the recording of metrics, which stands beside these.
#[allow(dead_code)]
mod exponential;
#[allow(dead_code)]
mod version;
