//! A driver that answers at once.

use std::future::{Ready, ready};
use std::hint::black_box;

#[cfg(feature = "ours")]
use pilotlight_instrument::db::{Client, Outcome};

#[cfg(feature = "ours")]
use super::tables;
use crate::calls::exchange::at_once;

/// Asks it without anybody around.
pub(super) fn alone(times: u64) {
    (0..times).for_each(|_| {
        black_box(at_once(answer()));
    });
}

/// Asks it as an operation of `client`.
#[cfg(feature = "ours")]
pub(super) fn around(client: Client) -> impl Fn(u64) {
    move |times| {
        (0..times).for_each(|_| {
            let operation = client.query(black_box(tables::ONE_ROW));
            let rows = operation.around_with(answer(), |&rows| Outcome::rows(rows));
            black_box(at_once(rows));
        });
    }
}

fn answer() -> Ready<u64> {
    ready(black_box(1))
}
