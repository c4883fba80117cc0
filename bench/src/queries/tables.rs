//! The tables that are asked, and the statements that ask.

/// The rows that there are.
pub(super) const USERS: i64 = 100;

/// Makes the tables where there are none yet.
pub(super) const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS users (id BIGINT PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS orders (user_id BIGINT NOT NULL, item TEXT NOT NULL)",
];

/// Fills the table that is read.
pub(super) const USER: &str = "INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// One row, by its key.
pub(super) const ONE_ROW: &str = "SELECT name FROM users WHERE id = $1";

/// All rows there are.
pub(super) const ALL_ROWS: &str = "SELECT id, name FROM users WHERE id <= $1";

/// A row more, of the table that is not read.
pub(super) const INSERT: &str = "INSERT INTO orders (user_id, item) VALUES ($1, $2)";
