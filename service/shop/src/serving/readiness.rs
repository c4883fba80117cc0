//! Whether a server wants new work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by the server, which turns it off when shutdown begins, and `/health`, which tells the load balancer.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    // Publishes nothing but itself, hence the relaxed orderings.
    draining: Arc<AtomicBool>,
}

impl Readiness {
    /// Whether new work is welcome.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.draining.load(Ordering::Relaxed)
    }

    /// Says that new work is no longer welcome. There is no way back: the process is about to end.
    pub fn turn_off(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}
