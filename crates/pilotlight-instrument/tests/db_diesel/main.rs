//! diesel's hook, on a SQLite file, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connections;
mod failures;
mod queries;
#[path = "../recorded/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the tests of other drivers and brokers, which need other parts of it"
)]
mod recorded;
#[allow(missing_docs, unreachable_pub, reason = "diesel's macro makes it so")]
mod schema;
mod secrets;
mod transactions;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use pilotlight_instrument::db::Client;
use pilotlight_instrument::db::diesel::{Instrumentation, database};
use recorded::Recorded;
use schema::{orders, users};
use tempfile::TempDir;

/// A file with three users, and what its connections record.
struct Shop {
    _folder: TempDir,
    database: Client,
    recorded: Recorded,
}

impl Shop {
    fn open() -> (Self, SqliteConnection) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let recorded = Recorded::new();
        let database = database("sqlite", file.to_str().unwrap())
            .with_tracer_provider(&recorded.tracer_provider)
            .with_meter_provider(&recorded.meter_provider)
            .build();
        let shop = Self { _folder: folder, database, recorded };
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let tables = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                      CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users);
                      INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger');
                      PRAGMA foreign_keys = ON";
        connection.batch_execute(tables).unwrap();
        connection.set_instrumentation(Instrumentation::new(&shop.database));
        (shop, connection)
    }

    /// Names, texts and outcomes, of what has been recorded since this was last asked.
    fn seen(&self) -> String {
        let tree = self.recorded.tree_of(&["db.query.text", "db.response", "diesel", "error"]);
        self.recorded.forget_spans();
        tree.replace('`', "")
    }

    /// Names and outcomes, of what has been recorded since this was last asked. Diesel quotes all names.
    fn outcomes(&self) -> String {
        let tree = self.recorded.tree_of(&["diesel", "error"]).replace('`', "");
        self.recorded.forget_spans();
        let lines = tree.lines().filter(|line| !line.ends_with("* statement_cached"));
        lines.collect::<Vec<_>>().join("\n")
    }
}
