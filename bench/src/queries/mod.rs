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

/// What is asked, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Through sqlx.
    Sqlx(Ask, Database),
    /// Of nobody: a future that is ready at once with one row, as any driver's may be. What goes around it is all there is, and
    /// nothing disturbs it.
    AtOnce,
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
}

impl Work for Query {
    const ALL: &'static [Self] = &[
        Self::AtOnce,
        Self::Sqlx(Ask::OneRow, Database::Sqlite),
        Self::Sqlx(Ask::HundredRows, Database::Sqlite),
        Self::Sqlx(Ask::Insert, Database::Sqlite),
        Self::Sqlx(Ask::OneRow, Database::Postgres),
        Self::Sqlx(Ask::HundredRows, Database::Postgres),
        Self::Sqlx(Ask::Insert, Database::Postgres),
    ];

    fn at_a_time(self) -> u64 {
        match self {
            Self::AtOnce | Self::Sqlx(Ask::OneRow, _) => 1_800,
            Self::Sqlx(Ask::HundredRows, _) => 200,
            Self::Sqlx(Ask::Insert, _) => 600,
        }
    }

    fn surroundings(self) -> Result<Surroundings> {
        if !matches!(self, Self::Sqlx(_, Database::Postgres)) {
            return Ok(Surroundings::default());
        }
        let server = servers::Postgres::start();
        Ok(Surroundings { variables: vec![(asking::URL, server.url())], kept: Some(Box::new(server)) })
    }
}

impl Query {
    fn is_through_sqlx(self) -> bool {
        self != Self::AtOnce
    }
}

impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlx(ask, database) => write!(out, "{database}, {ask}"),
            Self::AtOnce => out.write_str("any driver, answer at once"),
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::OneRow => "one row by key",
            Self::HundredRows => "100 rows",
            Self::Insert => "insert in a transaction",
        })
    }
}

impl fmt::Display for Database {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
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
