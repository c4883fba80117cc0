//! The page as a whole, and the server over real sockets.

mod golden;
mod hostile;
pub(super) mod metrics;
#[cfg(feature = "gzip")]
mod sockets;

use crate::config::PrometheusConfig;

/// What is in force when nothing is set, on a port that the system chooses.
pub(super) fn config() -> PrometheusConfig {
    PrometheusConfig {
        host: "127.0.0.1".into(),
        port: 0,
        unit_suffixes: true,
        counter_suffixes: true,
        scope_labels: true,
        target_info: true,
    }
}
