//! Queries through sqlx, and who competes in watching them.

#[macro_use]
mod asking;
mod at_once;
pub mod bare;
#[cfg(feature = "ours")]
pub mod ours;
pub mod rival_sqlx_otel;
pub mod rival_sqlx_tracing;
mod tables;

use std::fmt;

use anyhow::Result;

use crate::watching::{self, Side, Surroundings, Work};

/// What is asked, and of which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// What is asked.
    pub ask: Ask,
    /// Who answers.
    pub database: Database,
}

/// What services ask all day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// One row, by its key.
    OneRow,
    /// All of a hundred rows.
    HundredRows,
    /// `BEGIN`, an `INSERT`, `COMMIT`.
    Insert,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite in memory: one connection, which sqlx gives a thread of its own.
    Sqlite,
    /// PostgreSQL, over loopback.
    Postgres,
    /// Nobody: a future that is ready at once with one row, as any driver's may be. What goes around it is all there is, and nothing
    /// disturbs it.
    AtOnce,
}

impl Work for Query {
    const ALL: &'static [Self] = &[
        Self { ask: Ask::OneRow, database: Database::Sqlite },
        Self { ask: Ask::HundredRows, database: Database::Sqlite },
        Self { ask: Ask::Insert, database: Database::Sqlite },
        Self { ask: Ask::OneRow, database: Database::Postgres },
        Self { ask: Ask::HundredRows, database: Database::Postgres },
        Self { ask: Ask::Insert, database: Database::Postgres },
        Self { ask: Ask::OneRow, database: Database::AtOnce },
    ];

    fn at_a_time(self) -> u64 {
        match self.ask {
            Ask::OneRow => 1_800,
            Ask::HundredRows => 200,
            Ask::Insert => 600,
        }
    }

    fn surroundings(self) -> Result<Surroundings> {
        Ok(match self.database {
            Database::Sqlite | Database::AtOnce => Surroundings::default(),
            Database::Postgres => {
                let server = servers::Postgres::start();
                Surroundings { variables: vec![(tables::URL, server.url())], kept: Some(Box::new(server)) }
            }
        })
    }
}

impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ask = match self.ask {
            Ask::OneRow => "one row by key",
            Ask::HundredRows => "100 rows",
            Ask::Insert => "insert in a transaction",
        };
        let database = match self.database {
            Database::Sqlite => "SQLite",
            Database::Postgres => "PostgreSQL",
            Database::AtOnce => "any driver, answer at once",
        };
        write!(out, "{database}, {ask}")
    }
}

fn through_sqlx(query: Query) -> bool {
    query.database != Database::AtOnce
}

/// A way of watching queries: a wrapper around the pool.
pub type Contestant = watching::Contestant<Query>;

/// Everybody, for each sqlx there is. The first is the rival that others are compared with.
pub fn sides() -> [Side<Query>; 2] {
    let current = Side {
        bare: bare::CONTESTANT,
        watching: vec![
            rival_sqlx_otel::CONTESTANT,
            #[cfg(feature = "ours")]
            ours::CONTESTANT,
            #[cfg(feature = "ours")]
            ours::SPANS_ALONE,
            #[cfg(feature = "ours")]
            ours::ON_ANOTHER_SDK,
            #[cfg(feature = "ours")]
            ours::NOTHING_INSTALLED,
        ],
    };
    let before = Side { bare: bare::BEFORE, watching: vec![rival_sqlx_tracing::CONTESTANT] };
    [current, before]
}
