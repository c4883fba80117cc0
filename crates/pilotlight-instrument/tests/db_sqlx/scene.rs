//! A database of its own for each test, and what its pool records.

use crate::recorded::{Recorded, dedented};
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use pilotlight_instrument::db::sqlx::{Database, Pool, PoolBuilder};
use servers::{Kind, MariaDb, Postgres, Server};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySql, Sqlite};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

/// A pool, and what it has recorded.
pub(crate) struct Scene<DB: Database> {
    pub(crate) recorded: Recorded,
    pub(crate) pool: Pool<DB>,
}

impl<DB: Database> Scene<DB> {
    pub(crate) fn new(options: Options<DB>, build: impl FnOnce(PoolBuilder<DB>) -> PoolBuilder<DB>) -> Self {
        let recorded = Recorded::new();
        let builder = build(builder(&recorded));
        Self { pool: builder.connect_lazy_with(options.0, options.1), recorded }
    }

    /// What `work` records, in a span `request`.
    pub(crate) async fn request<T>(&self, work: impl Future<Output = T>) -> T {
        self.recorded.forget_spans();
        let span = self.recorded.tracer_provider.tracer("test").start("request");
        let context = opentelemetry::Context::new().with_span(span);
        let done = work.with_context(context.clone()).await;
        context.span().end();
        done
    }

    /// What was recorded, but for what differs between the databases.
    pub(crate) fn tree(&self) -> String {
        self.recorded.tree_of(KEYS)
    }

    pub(crate) fn assert_tree(&self, expected: &str) {
        assert_eq!(self.tree(), dedented(expected));
    }
}

/// What statements say of themselves that is the same on all databases.
const KEYS: &[&str] = &["db.operation.batch.size", "db.response.", "error.type"];

/// Records there. Only waits in vain have a span: how long others take, nobody knows.
pub(crate) fn builder<DB: Database>(recorded: &Recorded) -> PoolBuilder<DB> {
    Pool::builder()
        .with_tracer_provider(&recorded.tracer_provider)
        .with_meter_provider(&recorded.meter_provider)
        .name("test")
        .wait_span_min(std::time::Duration::MAX)
}

/// How a pool is made, and how it connects.
pub(crate) struct Options<DB: Database>(
    pub(crate) PoolOptions<DB>,
    pub(crate) <DB::Connection as Connection>::Options,
);

impl<DB: Database> Options<DB> {
    /// The same for a pool that is made in another way.
    pub(crate) fn pool(self, change: impl FnOnce(PoolOptions<DB>) -> PoolOptions<DB>) -> Self {
        Self(change(self.0), self.1)
    }
}

/// A database in memory, gone with its last connection.
pub(crate) async fn sqlite() -> Options<Sqlite> {
    Options(PoolOptions::new(), "sqlite::memory:".parse().unwrap())
}

static POSTGRES: LazyLock<Postgres> = LazyLock::new(Server::start);
static MARIADB: LazyLock<MariaDb> = LazyLock::new(Server::start);

/// An empty database on the server that the tests share.
pub(crate) async fn postgres() -> Options<sqlx::Postgres> {
    let options: PgConnectOptions = POSTGRES.url().parse().unwrap();
    let name = create(&mut options.connect().await.unwrap()).await;
    Options(PoolOptions::new(), options.database(&name))
}

pub(crate) async fn mariadb() -> Options<MySql> {
    let options: MySqlConnectOptions = MARIADB.url().parse().unwrap();
    let name = create(&mut options.connect().await.unwrap()).await;
    Options(PoolOptions::new(), options.database(&name))
}

async fn create<C>(connection: &mut C) -> String
where
    for<'c> &'c mut C: sqlx::Executor<'c>,
{
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(connection).await.unwrap();
    name
}

/// What a server of one's own, which may be killed, is reached by.
pub(crate) fn options_of<DB: Database, K: Kind>(server: &Server<K>) -> Options<DB> {
    Options(PoolOptions::new(), server.url().parse().unwrap())
}

/// Polls the future once, which must not be enough.
pub(crate) async fn begin_to_wait<F: Future + ?Sized>(work: &mut Pin<Box<F>>) {
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(_) => panic!("it did not have to wait"),
        Poll::Pending => Poll::Ready(()),
    })
    .await
}

/// The same test on each database, in a module of its name.
macro_rules! on_each_database {
    ($($(#[$attribute:meta])* async fn $name:ident($scene:ident) $body:block)*) => {
        crate::scene::on_each_database!(@on sqlite: $($name, $scene, $body)*);
        crate::scene::on_each_database!(@on postgres: $($name, $scene, $body)*);
        crate::scene::on_each_database!(@on mariadb: $($name, $scene, $body)*);
    };
    (@on $database:ident: $($name:ident, $scene:ident, $body:block)*) => {
        mod $database {
            #[allow(unused_imports, reason = "not every test needs all of it")]
            use super::*;

            $(
                #[tokio::test]
                async fn $name() {
                    let $scene = crate::scene::Scene::new(crate::scene::$database().await, |builder| builder);
                    $body
                }
            )*
        }
    };
}

pub(crate) use on_each_database;
