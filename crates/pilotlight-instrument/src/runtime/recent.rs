//! A reading that is taken again only when it has aged.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How old a reading may get. One collection asks every instrument within microseconds, and collections are seconds
/// apart: anything in between makes the instruments of one collection share one reading.
pub(crate) const AGE_MAX: Duration = Duration::from_millis(100);

/// The last reading, for callbacks that are asked one after the other and want to answer from the same one.
///
/// A reading may build on the one before it and the time between them, which is how rates are made.
pub(crate) struct Recent<T> {
    age_max: Duration,
    /// Protects the reading and the time it belongs to from being torn apart. Held to copy, never to read.
    last: Mutex<(Instant, T)>,
}

impl<T: Clone> Recent<T> {
    pub(crate) fn new(first: T, age_max: Duration) -> Self {
        Self { age_max, last: Mutex::new((Instant::now(), first)) }
    }

    /// The last reading, or what `read` makes of it and its age when it is too old.
    ///
    /// Two threads that find it too old at once both read; the later reading stays.
    pub(crate) fn get(&self, now: Instant, read: impl FnOnce(&T, Duration) -> T) -> T {
        let (taken, previous) = self.lock().clone();
        let age = now.saturating_duration_since(taken);
        if age < self.age_max || age.is_zero() {
            return previous;
        }
        let reading = read(&previous, age);
        let mut last = self.lock();
        if last.0 < now {
            *last = (now, reading.clone());
        }
        reading
    }

    fn lock(&self) -> MutexGuard<'_, (Instant, T)> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_of_one_collection_share_a_reading() {
        let recent = Recent::new(0, AGE_MAX);
        let collection = Instant::now() + AGE_MAX;

        let first = recent.get(collection, |reading, _| reading + 1);
        let second = recent.get(collection + AGE_MAX / 2, |reading, _| reading + 1);
        let later = recent.get(collection + AGE_MAX, |reading, _| reading + 1);

        assert_eq!([first, second, later], [1, 1, 2]);
    }

    #[test]
    fn a_reading_knows_how_long_after_the_previous_one_it_is() {
        let recent = Recent::new(Duration::ZERO, AGE_MAX);
        let start = Instant::now() + AGE_MAX;
        recent.get(start, |_, age| age);

        assert_eq!(recent.get(start + Duration::from_secs(9), |_, age| age), Duration::from_secs(9));
    }

    #[test]
    fn a_clock_that_stands_still_makes_no_rate_over_nothing() {
        let recent = Recent::new("first", Duration::ZERO);
        let now = Instant::now() + AGE_MAX;
        recent.get(now, |_, _| "second");

        assert_eq!(recent.get(now, |_, _| "third"), "second");
    }
}
