//! Which payments were asked for, and what was answered: so that one which is asked for again is not made again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::payment::{Outcome, Payment};

/// How many payments are remembered. At 200 a second for more than half a minute, which is longer than anybody retries; in memory a few
/// megabytes at most. The oldest is forgotten first.
const PAYMENTS_MAX: usize = 8192;

/// The payments of late, by their key.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Protects the entries together with their order.
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    entries: HashMap<String, Entry>,
    /// The keys, oldest first: exactly those of the entries.
    order: VecDeque<String>,
}

#[derive(Debug)]
struct Entry {
    payment: Payment,
    /// None while nobody got an answer.
    outcome: Option<Outcome>,
}

/// What the ledger knows about a payment that is asked for.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    /// Nothing.
    New,
    /// It was tried, and nobody got an answer, or not yet.
    Tried,
    /// It was made, or declined.
    Answered(Outcome),
    /// The key was used for another payment.
    Different,
}

impl Ledger {
    /// Enters a payment, unless it is there.
    pub(super) fn begin(&self, key: &str, payment: &Payment) -> Known {
        self.with_book(|book| match book.entries.get(key) {
            None => {
                book.enter(key, payment);
                Known::New
            }
            Some(entry) if entry.payment != *payment => Known::Different,
            Some(entry) => entry.outcome.clone().map_or(Known::Tried, Known::Answered),
        })
    }

    /// Notes the outcome. `Err` with the one that counts, when another attempt ended meanwhile.
    pub(super) fn settle(&self, key: &str, outcome: &Outcome) -> Result<(), Outcome> {
        self.with_book(|book| match book.entries.get_mut(key) {
            Some(Entry { outcome: Some(earlier), .. }) => Err(earlier.clone()),
            Some(entry) => {
                entry.outcome = Some(outcome.clone());
                Ok(())
            }
            // Forgotten meanwhile: so many others came since.
            None => Ok(()),
        })
    }

    /// What is done with the book leaves it whole at every step, so a panic elsewhere does not matter.
    fn with_book<T>(&self, work: impl FnOnce(&mut Book) -> T) -> T {
        work(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Book {
    fn enter(&mut self, key: &str, payment: &Payment) {
        if self.order.len() == PAYMENTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
        self.order.push_back(key.to_owned());
        self.entries.insert(key.to_owned(), Entry { payment: payment.clone(), outcome: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_is_new_once_then_tried_and_answered_in_the_end() {
        let ledger = Ledger::default();

        assert_eq!(ledger.begin("key", &payment(5.0)), Known::New);
        assert_eq!(ledger.begin("key", &payment(5.0)), Known::Tried);
        assert_eq!(ledger.settle("key", &declined("no")), Ok(()));
        assert_eq!(ledger.begin("key", &payment(5.0)), Known::Answered(declined("no")));
        assert_eq!(ledger.begin("key", &payment(6.0)), Known::Different);
    }

    #[test]
    fn of_two_outcomes_the_first_counts() {
        let ledger = Ledger::default();
        ledger.begin("key", &payment(5.0));

        ledger.settle("key", &declined("first")).unwrap();

        assert_eq!(ledger.settle("key", &declined("second")), Err(declined("first")));
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let ledger = Ledger::default();

        for number in 0..=PAYMENTS_MAX {
            ledger.begin(&number.to_string(), &payment(5.0));
        }

        assert_eq!(ledger.begin("1", &payment(5.0)), Known::Tried);
        assert_eq!(ledger.begin("0", &payment(5.0)), Known::New);
    }

    fn payment(amount: f64) -> Payment {
        Payment { amount, currency: "USD".into(), card: None }
    }

    fn declined(reason: &str) -> Outcome {
        Outcome::Declined { reason: reason.into() }
    }
}
