//! How long the callbacks of one collection may take together.

use std::time::Instant;

use tokio::sync::watch;

use super::super::delivery::Urgency;

/// Half of the time that the collection has: callbacks that hang leave the other half to what was measured without them.
pub(super) struct CallbackTime {
    /// `None` is no limit.
    until: Option<Instant>,
    /// A shutdown that begins meanwhile has a time of its own.
    urgency: watch::Receiver<Urgency>,
}

impl CallbackTime {
    /// Of a collection that must be over at `deadline`.
    pub(super) fn until_half_of(deadline: Option<Instant>, urgency: watch::Receiver<Urgency>) -> Self {
        Self { until: deadline.map(halfway), urgency }
    }

    pub(super) fn is_up(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Completes when the time is up, and at once from then on.
    pub(super) async fn up(&mut self) {
        loop {
            let until = self.until;
            let elapsed = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = elapsed => return,
                Ok(()) = self.urgency.changed() => self.follow_shutdown(),
            }
        }
    }

    fn follow_shutdown(&mut self) {
        let of_shutdown = self.urgency.borrow_and_update().shutdown.map(halfway);
        self.until = [self.until, of_shutdown].into_iter().flatten().min();
    }
}

fn halfway(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}
