//! What lies on the warehouse's shelves, as the database has it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use pilotlight_instrument::db::sqlx::AnyTransaction;

use super::levels::Levels;
use crate::database::{Database, DatabaseError, Migrations};

/// The tables of the inventory.
pub(super) const MIGRATIONS: Migrations = Migrations {
    account: "inventory_migrations",
    versions: &[("stock", include_str!("../../migrations/inventory/1_stock.sql"))],
};

/// The one article that has no shelf: it is made when somebody orders it.
const MADE_TO_ORDER: &str = "yacht";

/// How many of an article a delivery brings.
const DELIVERY: i64 = 1000;

/// How much of an article's name is told back: a client can make up long ones.
const NAME_CHARS_MAX: usize = 64;

/// The last ones go, and a delivery comes: there is always one left, unless there never was.
const TAKE: &str = "UPDATE stock SET on_shelf = CASE WHEN on_shelf > $2 THEN on_shelf - $2 \
                    ELSE $3 - ($2 - on_shelf) % $3 END WHERE item = $1 AND on_shelf > 0 RETURNING on_shelf";
const PUT_BACK: &str = "UPDATE stock SET on_shelf = on_shelf + $2 WHERE item = $1 RETURNING on_shelf";
const EXISTS: &str = "SELECT item FROM stock WHERE item = $1";
const LEVELS: &str = "SELECT item, on_shelf FROM stock ORDER BY shelf";

/// The articles of the warehouse. There are no others, so that a client cannot make up articles for the shop to count.
#[derive(Clone, Debug)]
pub(super) struct Stock {
    database: Database,
    levels: Arc<Levels>,
}

/// Why the warehouse does not hand out an article, or take it back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    SoldOut(String),
    Unknown(String),
    Database(DatabaseError),
}

impl Stock {
    /// The shelves, and what is on them now.
    pub(super) async fn open(database: Database, levels: Arc<Levels>) -> Result<Self, DatabaseError> {
        let stock = Self { database, levels };
        stock.levels().await?;
        Ok(stock)
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Takes one of each off its shelf: all of them, or none. When the last one goes, a delivery comes.
    pub(super) async fn reserve(&self, items: &[String]) -> Result<(), Refusal> {
        self.change(items, take).await
    }

    /// Puts one of each back on its shelf: all of them, or none.
    pub(super) async fn release(&self, items: &[String]) -> Result<(), Refusal> {
        self.change(items, put_back).await
    }

    /// Each article that has a shelf, and how many are left.
    pub(super) async fn levels(&self) -> Result<Vec<(String, u64)>, DatabaseError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(LEVELS).fetch_all(self.database.pool()).await?;
        let levels: Vec<_> = rows.into_iter().map(|(item, left)| (item, level(left))).collect();
        self.levels.learn(&levels);
        Ok(levels)
    }

    /// One transaction for all articles.
    async fn change(
        &self,
        items: &[String],
        change: impl AsyncFn(&mut AnyTransaction<'_>, &str, i64) -> Result<i64, Refusal>,
    ) -> Result<(), Refusal> {
        let counts = counts(items);
        if counts.is_empty() {
            return Ok(());
        }
        let mut transaction = self.database.pool().begin().await?;
        let mut levels = Vec::with_capacity(counts.len());
        for (item, count) in counts {
            match change(&mut transaction, item, count).await {
                Ok(left) => levels.push((item.to_owned(), level(left))),
                Err(refusal) => {
                    // Dropped, it would be rolled back too, only later. That this fails as well says nothing new.
                    let _ = transaction.rollback().await;
                    return Err(refusal);
                }
            }
        }
        transaction.commit().await?;
        self.levels.learn(&levels);
        Ok(())
    }
}

async fn take(transaction: &mut AnyTransaction<'_>, item: &str, count: i64) -> Result<i64, Refusal> {
    let taken = sqlx::query_scalar(TAKE).bind(item).bind(count).bind(DELIVERY);
    if let Some(left) = taken.fetch_optional(&mut **transaction).await? {
        return Ok(left);
    }
    let known = sqlx::query(EXISTS).bind(item).fetch_optional(&mut **transaction).await?;
    Err(match known {
        Some(_) => Refusal::SoldOut(item.to_owned()),
        None => Refusal::Unknown(item.to_owned()),
    })
}

async fn put_back(transaction: &mut AnyTransaction<'_>, item: &str, count: i64) -> Result<i64, Refusal> {
    let put = sqlx::query_scalar(PUT_BACK).bind(item).bind(count).fetch_optional(&mut **transaction).await?;
    put.ok_or_else(|| Refusal::Unknown(item.to_owned()))
}

/// How many of each article that has a shelf. In their order: two orders that want the same shelves take them in the same order, and
/// neither waits for the other in a circle.
fn counts(items: &[String]) -> BTreeMap<&str, i64> {
    let mut counts = BTreeMap::new();
    for item in items.iter().filter(|item| *item != MADE_TO_ORDER) {
        *counts.entry(&**item).or_default() += 1;
    }
    counts
}

fn level(left: i64) -> u64 {
    u64::try_from(left).unwrap_or(0)
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
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
            Refusal::Database(_) => out.write_str("the warehouse cannot use its database"),
        }
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Refusal::Database(cause) => Some(cause),
            Refusal::SoldOut(_) | Refusal::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_told_back_in_part() {
        let told = Refusal::Unknown("moon".repeat(1000)).to_string();

        assert!(told.len() < 200, "{told}");
    }
}
