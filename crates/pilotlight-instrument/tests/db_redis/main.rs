//! Connections of redis, to a real server, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commands;
mod failures;
mod leaving;
mod pipelines;
#[path = "../recorded/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the tests of other drivers and brokers, which need other parts of it"
)]
mod recorded;
mod secrets;

use pilotlight_instrument::db::Client;
use pilotlight_instrument::db::redis::{Connection, database};
use recorded::Recorded;
use redis::aio::MultiplexedConnection;

/// A server, and what its clients record.
struct Cache {
    server: servers::Redis,
    client: redis::Client,
    database: Client,
    recorded: Recorded,
}

impl Cache {
    fn start() -> Self {
        let (server, recorded) = (servers::Redis::start(), Recorded::new());
        let client = redis::Client::open(server.url()).unwrap();
        let database = database(client.get_connection_info())
            .with_tracer_provider(&recorded.tracer_provider)
            .with_meter_provider(&recorded.meter_provider)
            .build();
        Self { server, client, database, recorded }
    }

    async fn connect(&self) -> Connection<MultiplexedConnection> {
        Connection::new(self.client.get_multiplexed_async_connection().await.unwrap(), &self.database)
    }

    fn connect_blocking(&self) -> Connection<redis::Connection> {
        Connection::new(self.client.get_connection().unwrap(), &self.database)
    }

    /// Names, texts and outcomes, of what has been recorded since this was last asked.
    fn seen(&self) -> String {
        let tree =
            self.recorded.tree_of(&["db.operation.batch", "db.query", "db.response", "db.stored", "error"]);
        self.recorded.forget_spans();
        tree
    }
}
