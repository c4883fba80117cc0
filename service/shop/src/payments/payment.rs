//! A payment: as it is asked for, and as it is answered.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The one currency that is taken.
const CURRENCY: &str = "USD";

/// The longest token of a card: the real ones are shorter, and the ledger keeps them.
const CARD_BYTES_MAX: usize = 64;

/// What is asked for.
#[derive(Clone, Deserialize, PartialEq)]
pub(super) struct Payment {
    pub(super) amount: f64,
    pub(super) currency: String,
    /// The card's token; without it, the one that is on file.
    pub(super) card: Option<String>,
}

/// What the provider says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(super) enum Outcome {
    Approved { payment_id: String },
    Declined { reason: String },
}

impl Payment {
    /// What is wrong with it, by itself.
    pub(super) fn complaint(&self) -> Option<&'static str> {
        if !(self.amount.is_finite() && self.amount > 0.0) {
            Some("the amount is not one to pay; send one above zero")
        } else if self.currency != CURRENCY {
            Some("this currency is not taken; pay in USD")
        } else if self.card.as_ref().is_some_and(|card| card.len() > CARD_BYTES_MAX) {
            Some("this is no card's token: it is too long")
        } else {
            None
        }
    }
}

/// Without the card, whose token is worth money.
impl fmt::Debug for Payment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { amount, currency, card: _ } = self;
        out.debug_struct("Payment")
            .field("amount", amount)
            .field("currency", currency)
            .finish_non_exhaustive()
    }
}

impl Outcome {
    pub(super) fn status(&self) -> &'static str {
        match self {
            Outcome::Approved { .. } => "approved",
            Outcome::Declined { .. } => "declined",
        }
    }
}
