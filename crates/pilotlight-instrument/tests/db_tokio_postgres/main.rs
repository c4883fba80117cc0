//! The client of tokio-postgres, to a real server, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod copies;
mod failures;
mod leaving;
mod queries;
#[path = "../recorded/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the tests of other drivers and brokers, which need other parts of it"
)]
mod recorded;
mod secrets;
mod streams;
mod transactions;

use pilotlight_instrument::db;
use pilotlight_instrument::db::tokio_postgres::{Client, database};
use recorded::Recorded;
use tokio_postgres::{Config, NoTls};

/// A server with three users, and what its clients record.
struct Shop {
    server: servers::Postgres,
    config: Config,
    database: db::Client,
    recorded: Recorded,
}

impl Shop {
    async fn start() -> (Self, Client) {
        let (server, recorded) = (servers::Postgres::start(), Recorded::new());
        let config: Config = server.url().parse().unwrap();
        let database = database(&config)
            .with_tracer_provider(&recorded.tracer_provider)
            .with_meter_provider(&recorded.meter_provider)
            .build();
        let shop = Self { server, config, database, recorded };
        let client = shop.connect().await;
        let users = "CREATE TABLE users (id INT PRIMARY KEY, name TEXT NOT NULL);
                     INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger')";
        client.inner().batch_execute(users).await.unwrap();
        (shop, client)
    }

    async fn connect(&self) -> Client {
        let (client, connection) = self.config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        Client::new(client, &self.database)
    }

    /// Names, texts and outcomes, of what has been recorded since this was last asked.
    fn seen(&self) -> String {
        let tree = self.recorded.tree_of(&["db.query.text", "db.response", "error"]);
        self.recorded.forget_spans();
        tree
    }

    /// The same without the texts.
    fn outcomes(&self) -> String {
        let tree = self.recorded.tree_of(&["db.response", "error"]);
        self.recorded.forget_spans();
        tree
    }
}
