//! Time that simulated work takes.

use std::time::Duration;

/// Takes as long as real work would. Zero does not even yield to the scheduler: benches measure the shop, not the timer.
pub(crate) async fn simulate(latency: Duration) {
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
}
