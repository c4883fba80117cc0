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
    unused_imports,
    reason = "shared with the tests of other drivers and brokers, which need other parts of it"
)]
mod recorded;
mod secrets;
mod streams;
mod transactions;

use pilotlight_instrument::db;
use pilotlight_instrument::db::tokio_postgres::{Client, database};
use recorded::Recorded;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use tokio_postgres::{Config, NoTls};

/// A schema with three users, and what its clients record.
struct Shop {
    server: Arc<servers::Postgres>,
    config: Config,
    database: db::Client,
    recorded: Recorded,
}

impl Shop {
    /// On a server that other tests use as well.
    async fn start() -> (Self, Client) {
        static SHARED: Mutex<Weak<servers::Postgres>> = Mutex::new(Weak::new());
        let server = {
            let mut shared = SHARED.lock().unwrap();
            let server = shared.upgrade().unwrap_or_else(|| Arc::new(servers::Postgres::start()));
            *shared = Arc::downgrade(&server);
            server
        };
        Self::on(server).await
    }

    /// On a server that may be killed.
    async fn start_alone() -> (Self, Client) {
        Self::on(Arc::new(servers::Postgres::start())).await
    }

    async fn on(server: Arc<servers::Postgres>) -> (Self, Client) {
        static SHOPS: AtomicUsize = AtomicUsize::new(0);
        let name = format!("shop_{}", SHOPS.fetch_add(1, Ordering::Relaxed));
        let (mut config, recorded) = (server.url().parse::<Config>().unwrap(), Recorded::new());
        config.options(format!("-c search_path={name}")).application_name(&name);
        let database = database(&config)
            .with_tracer_provider(&recorded.tracer_provider)
            .with_meter_provider(&recorded.meter_provider)
            .build();
        let shop = Self { server, config, database, recorded };
        let client = shop.connect().await;
        let users = "CREATE TABLE users (id INT PRIMARY KEY, name TEXT NOT NULL);
                     INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger')";
        client.inner().batch_execute(&format!("CREATE SCHEMA {name}; {users}")).await.unwrap();
        (shop, client)
    }

    fn kill(&mut self) {
        Arc::get_mut(&mut self.server).expect("a server that is killed is nobody else's").kill();
    }

    async fn connect(&self) -> Client {
        let (client, connection) = self.config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        Client::new(client, &self.database)
    }

    /// Waits until another client sleeps in the database.
    async fn until_somebody_sleeps(&self, awake: &Client) {
        let sleeping = "SELECT 1 FROM pg_stat_activity
                        WHERE wait_event = 'PgSleep' AND application_name = current_setting('application_name')";
        while awake.inner().query(sleeping, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
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
