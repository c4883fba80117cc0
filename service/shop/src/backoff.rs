//! Pauses between attempts at what does not work right now.

use std::time::Duration;

/// Pauses that double from a first to a longest one, each shortened by chance to as little as half: programs that failed together do
/// not try again together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) const fn between(first: Duration, longest: Duration) -> Self {
        Self { first, next: first, longest }
    }

    /// How long to pause now.
    pub(crate) fn pause(&mut self) -> Duration {
        let ceiling = self.next;
        self.next = (ceiling * 2).min(self.longest);
        ceiling.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// It works again.
    pub(crate) fn begin_anew(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_begin_anew() {
        let mut backoff = Backoff::between(Duration::from_millis(100), Duration::from_millis(300));

        let pauses = [(); 4].map(|()| backoff.pause().as_millis());
        backoff.begin_anew();

        for (pause, ceiling) in pauses.into_iter().zip([100, 200, 300, 300]) {
            assert!((ceiling / 2..=ceiling).contains(&pause), "{pauses:?}");
        }
        assert!(backoff.pause().as_millis() <= 100);
    }
}
