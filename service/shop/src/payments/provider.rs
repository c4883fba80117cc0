//! The provider behind the payments, simulated: what it says depends on the amount and on the card.

use std::time::Duration;

use super::payment::{Outcome, Payment};
use super::settings::Settings;
use crate::latency::simulate;

/// The card that is always declined.
const DECLINED: &str = "tok_declined";
/// The card that takes longer than others, and is approved.
const SLOW: &str = "tok_slow";
/// The card that takes longer than anybody waits; once.
const HANGING: &str = "tok_hang";

/// Approves payments up to a limit.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    settings: Settings,
}

impl Provider {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone() }
    }

    /// Charges a card. `first` says whether this payment has not been tried before.
    pub(super) async fn charge(&self, payment: &Payment, first: bool) -> Outcome {
        simulate(self.settings.payment_latency + self.extra(payment, first)).await;
        match self.objection(payment) {
            Some(reason) => Outcome::Declined { reason },
            None => Outcome::Approved { payment_id: format!("pay_{:032x}", fastrand::u128(..)) },
        }
    }

    fn extra(&self, payment: &Payment, first: bool) -> Duration {
        match payment.card.as_deref() {
            Some(SLOW) => self.settings.payment_slow,
            Some(HANGING) if first => self.settings.payment_hang,
            _ => Duration::ZERO,
        }
    }

    fn objection(&self, payment: &Payment) -> Option<String> {
        if payment.amount > self.settings.payment_limit {
            Some(format!("the limit is {}", self.settings.payment_limit))
        } else if payment.card.as_deref() == Some(DECLINED) {
            Some("the card was refused".into())
        } else {
            None
        }
    }
}
