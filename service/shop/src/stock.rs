//! What lies on the warehouse's shelves.

use std::sync::atomic::{AtomicU64, Ordering};

/// The one article that is never there, so that a failing reservation can be seen.
pub(crate) const SOLD_OUT_ITEM: &str = "sold-out";

/// How many of an article a delivery brings.
const DELIVERY: u64 = 1000;

/// The articles that are kept in stock. Whatever else is ordered is made to order, so that a client cannot make up
/// articles for the shop to count.
#[derive(Debug)]
pub(crate) struct Stock {
    shelves: [Shelf; 4],
}

#[derive(Debug)]
struct Shelf {
    item: &'static str,
    // A count that guards no other data, hence the relaxed orderings.
    left: AtomicU64,
}

impl Stock {
    /// Full shelves, but for [`SOLD_OUT_ITEM`].
    pub(crate) fn delivered() -> Self {
        let shelf = |item, left| Shelf { item, left: AtomicU64::new(left) };
        Self {
            shelves: [
                shelf("lamp", DELIVERY),
                shelf("oil", DELIVERY),
                shelf("wick", DELIVERY),
                shelf(SOLD_OUT_ITEM, 0),
            ],
        }
    }

    /// Takes one of an article off its shelf; false if there is none. When the last one goes, a delivery comes.
    pub(crate) fn take(&self, item: &str) -> bool {
        let Some(shelf) = self.shelves.iter().find(|shelf| shelf.item == item) else { return true };
        let taken = |left| match left {
            0 => None,
            1 => Some(DELIVERY),
            more => Some(more - 1),
        };
        shelf.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// Each article that is kept in stock, and how many are left.
    pub(crate) fn levels(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.shelves.iter().map(|shelf| (shelf.item, shelf.left.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_comes_when_the_last_one_goes() {
        let stock = Stock::delivered();

        let taken = (0..DELIVERY).filter(|_| stock.take("oil")).count();

        assert_eq!(taken as u64, DELIVERY);
        assert!(stock.levels().any(|level| level == ("oil", DELIVERY)));
    }

    #[test]
    fn what_is_sold_out_stays_sold_out_and_the_unknown_is_made_to_order() {
        let stock = Stock::delivered();

        assert!(!stock.take(SOLD_OUT_ITEM));
        assert!(stock.take("yacht"));
        let left: Vec<_> = stock.levels().collect();
        assert_eq!(left, [("lamp", DELIVERY), ("oil", DELIVERY), ("wick", DELIVERY), (SOLD_OUT_ITEM, 0)]);
    }
}
