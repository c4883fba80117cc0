//! What lies on the warehouse's shelves.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// The one article that is never there, so that a failing reservation can be seen.
const SOLD_OUT_ITEM: &str = "sold-out";

/// The one article that has no shelf: it is made when somebody orders it.
const MADE_TO_ORDER: &str = "yacht";

/// How many of an article a delivery brings.
const DELIVERY: u64 = 1000;

/// How much of an article's name is told back: a client can make up long ones.
const NAME_CHARS_MAX: usize = 64;

/// The articles of the warehouse. There are no others, so that a client cannot make up articles for the shop to count.
#[derive(Debug)]
pub(super) struct Stock {
    shelves: [Shelf; 4],
}

#[derive(Debug)]
struct Shelf {
    item: &'static str,
    // A count that guards no other data, hence the relaxed orderings.
    left: AtomicU64,
}

/// Why the warehouse does not hand out an article, or take it back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    SoldOut(String),
    Unknown(String),
}

impl Stock {
    /// Full shelves, but for the article that is never there.
    pub(super) fn delivered() -> Self {
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

    /// Takes one of each off its shelf: all of them, or none. When the last one goes, a delivery comes.
    pub(super) fn reserve(&self, items: &[String]) -> Result<(), Refusal> {
        for (index, item) in items.iter().enumerate() {
            if let Err(refusal) = self.take(item) {
                // All of them were there a moment ago.
                let _ = self.release(&items[..index]);
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// Puts one of each back on its shelf, as far as they are known.
    pub(super) fn release(&self, items: &[String]) -> Result<(), Refusal> {
        let mut unknown = None;
        for item in items {
            match self.shelf(item) {
                Some(shelf) => {
                    shelf.left.fetch_add(1, Ordering::Relaxed);
                }
                None if item == MADE_TO_ORDER => {}
                None => unknown = Some(Refusal::Unknown(item.clone())),
            }
        }
        unknown.map_or(Ok(()), Err)
    }

    /// Each article that has a shelf, and how many are left.
    pub(super) fn levels(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.shelves.iter().map(|shelf| (shelf.item, shelf.left.load(Ordering::Relaxed)))
    }

    fn take(&self, item: &str) -> Result<(), Refusal> {
        let Some(shelf) = self.shelf(item) else {
            return if item == MADE_TO_ORDER { Ok(()) } else { Err(Refusal::Unknown(item.to_owned())) };
        };
        let taken = |left| match left {
            0 => None,
            1 => Some(DELIVERY),
            more => Some(more - 1),
        };
        let outcome = shelf.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        outcome.map(drop).map_err(|_| Refusal::SoldOut(item.to_owned()))
    }

    fn shelf(&self, item: &str) -> Option<&Shelf> {
        self.shelves.iter().find(|shelf| shelf.item == item)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |item: &str| item.chars().take(NAME_CHARS_MAX).collect::<String>();
        match self {
            Refusal::SoldOut(item) => write!(out, "the item {:?} cannot be reserved: none left", name(item)),
            Refusal::Unknown(item) => {
                write!(out, "the item {:?} is not one that the warehouse knows", name(item))
            }
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_comes_when_the_last_one_goes() {
        let stock = Stock::delivered();

        for _ in 0..DELIVERY {
            stock.reserve(&items(["oil"])).unwrap();
        }

        assert!(stock.levels().any(|level| level == ("oil", DELIVERY)));
    }

    #[test]
    fn an_order_of_which_an_item_is_missing_takes_nothing() {
        let stock = Stock::delivered();

        let sold_out = stock.reserve(&items(["lamp", "yacht", SOLD_OUT_ITEM]));
        let unknown = stock.reserve(&items(["lamp", "lamp", "moon"]));

        assert_eq!(sold_out, Err(Refusal::SoldOut(SOLD_OUT_ITEM.into())));
        assert_eq!(unknown, Err(Refusal::Unknown("moon".into())));
        let left: Vec<_> = stock.levels().collect();
        assert_eq!(left, [("lamp", DELIVERY), ("oil", DELIVERY), ("wick", DELIVERY), (SOLD_OUT_ITEM, 0)]);
    }

    #[test]
    fn what_is_released_is_there_again() {
        let stock = Stock::delivered();
        let order = items(["lamp", "lamp", "yacht"]);

        stock.reserve(&order).unwrap();
        stock.release(&order).unwrap();

        assert!(stock.levels().any(|level| level == ("lamp", DELIVERY)));
    }

    #[test]
    fn a_long_name_is_told_back_in_part() {
        let told = Refusal::Unknown("moon".repeat(1000)).to_string();

        assert!(told.len() < 200, "{told}");
    }

    fn items<const N: usize>(names: [&str; N]) -> Vec<String> {
        names.map(str::to_owned).into()
    }
}
