//! What clients want, and how often.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

/// A kind of request, by what it is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    GoodOrder,
    SlowCard,
    DeclinedCard,
    HangingCard,
    SoldOut,
    UnknownUser,
    HangUp,
    ReadUser,
    ReadStock,
}

/// How many of a hundred are of each kind.
const SHARES: [(Kind, u32); 9] = [
    (Kind::GoodOrder, 60),
    (Kind::SlowCard, 5),
    (Kind::DeclinedCard, 5),
    (Kind::HangingCard, 1),
    (Kind::SoldOut, 5),
    (Kind::UnknownUser, 3),
    (Kind::HangUp, 3),
    (Kind::ReadUser, 12),
    (Kind::ReadStock, 6),
];

/// What is on the shelves.
const ITEMS: [&str; 3] = ["lamp", "oil", "wick"];

/// The users that there are, by their numbers.
const USERS: std::ops::RangeInclusive<u32> = 1..=100;

/// When the client hangs up: with a card that takes longer than this, half-way through the payment.
const PATIENCE: Duration = Duration::from_millis(250);

/// A request to send.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planned {
    pub(super) kind: Kind,
    pub(super) path: String,
    /// The path without what differs from one request to the next.
    pub(super) template: &'static str,
    /// What is ordered; none for what is only read.
    pub(super) order: Option<Value>,
    /// How long the client waits before it hangs up.
    pub(super) patience: Option<Duration>,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::GoodOrder => "good order",
            Kind::SlowCard => "slow card",
            Kind::DeclinedCard => "declined card",
            Kind::HangingCard => "hanging card",
            Kind::SoldOut => "sold out",
            Kind::UnknownUser => "unknown user",
            Kind::HangUp => "client hangs up",
            Kind::ReadUser => "read a user",
            Kind::ReadStock => "read the stock",
        }
    }
}

/// The next request.
pub(super) fn next(dice: &mut Rng) -> Planned {
    let kind = kind(dice.u32(..total()));
    let user = dice.u32(USERS);
    let template = match kind {
        Kind::ReadUser => "/api/users/{id}",
        Kind::ReadStock => "/api/stock",
        _ => "/api/orders",
    };
    let path = template.replace("{id}", &user.to_string());
    let order = (!matches!(kind, Kind::ReadUser | Kind::ReadStock)).then(|| order(kind, user, dice));
    Planned { kind, path, template, order, patience: (kind == Kind::HangUp).then_some(PATIENCE) }
}

fn total() -> u32 {
    SHARES.iter().map(|(_, share)| share).sum()
}

/// The one in whose share the number lies.
fn kind(mut number: u32) -> Kind {
    for (kind, share) in SHARES {
        match number.checked_sub(share) {
            None => return kind,
            Some(rest) => number = rest,
        }
    }
    Kind::GoodOrder
}

fn order(kind: Kind, user: u32, dice: &mut Rng) -> Value {
    let mut items: Vec<&str> = (0..dice.usize(1..=3)).map(|_| ITEMS[dice.usize(..ITEMS.len())]).collect();
    if kind == Kind::SoldOut {
        items.push("sold-out");
    }
    let user = if kind == Kind::UnknownUser { USERS.end() + user } else { user };
    let cents = dice.u32(500..50_000);
    let mut order = json!({ "user_id": user.to_string(), "items": items, "total": f64::from(cents) / 100.0 });
    if let Some(card) = card(kind) {
        order["card"] = card.into();
    }
    order
}

fn card(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::SlowCard => Some("tok_slow"),
        Kind::DeclinedCard => Some("tok_declined"),
        Kind::HangingCard | Kind::HangUp => Some("tok_hang"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_requests() {
        let (mut one, mut other) = (Rng::with_seed(7), Rng::with_seed(7));

        assert!((0..1000).all(|_| next(&mut one) == next(&mut other)));
    }

    #[test]
    fn each_kind_has_its_share_and_most_orders_are_good() {
        let mut dice = Rng::with_seed(7);
        let mut kinds: Vec<Kind> = (0..1000).map(|_| next(&mut dice).kind).collect();
        let good = kinds.iter().filter(|kind| **kind == Kind::GoodOrder).count();

        kinds.sort();
        kinds.dedup();

        assert_eq!(kinds.len(), SHARES.len(), "{kinds:?}");
        assert!(good > 500, "{good}");
    }

    #[test]
    fn a_share_ends_where_the_next_begins() {
        assert_eq!((kind(0), kind(59), kind(60)), (Kind::GoodOrder, Kind::GoodOrder, Kind::SlowCard));
        assert_eq!(kind(total() - 1), Kind::ReadStock);
    }
}
