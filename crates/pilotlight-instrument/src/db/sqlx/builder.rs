//! The options, one method each.

use super::Database;
use super::driver::ConnectOptions;
use super::pool::Pool;
use super::shared::{self, Shared};
use super::target::Target;
use crate::db::pool::{PoolMetrics, PoolMetricsBuilder};
use crate::db::{Client, ClientBuilder};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{KeyValue, StringValue};
use sqlx::Error;
use sqlx::pool::PoolOptions;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Options of a [`Pool`].
///
/// ```
/// # #[cfg(feature = "sqlx-sqlite")]
/// # async fn run() -> Result<(), sqlx::Error> {
/// use pilotlight_instrument::db::sqlx::SqlitePool;
/// use sqlx::sqlite::SqlitePoolOptions;
///
/// let pool = SqlitePool::builder()
///     .name("orders")
///     .client(|client| client.query_text(false).filter(|text| text != "SELECT 1"))
///     .connect_with(SqlitePoolOptions::new().max_connections(4), "sqlite:shop.db".parse()?)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until it connects or wraps a pool"]
pub struct PoolBuilder<DB: Database> {
    name: Option<String>,
    system: Option<StringValue>,
    client: Vec<Change<ClientBuilder>>,
    metrics: Vec<Change<PoolMetricsBuilder>>,
    wait_span_min: Duration,
    traceparent_comments: bool,
    database: PhantomData<fn() -> DB>,
}

type Change<T> = Box<dyn FnOnce(T) -> T + Send + Sync>;

impl<DB: Database> PoolBuilder<DB> {
    pub(super) fn new() -> Self {
        Self {
            name: None,
            system: None,
            client: Vec::new(),
            metrics: Vec::new(),
            wait_span_min: WAIT_SPAN_MIN,
            traceparent_comments: false,
            database: PhantomData,
        }
    }

    /// Records with this provider instead of the global one.
    pub fn with_tracer_provider<P>(self, provider: &P) -> Self
    where
        P: TracerProvider + Clone + Send + Sync + 'static,
        P::Tracer: Tracer<Span: Send + Sync + 'static> + Send + Sync + 'static,
    {
        let provider = provider.clone();
        self.client(move |client| client.with_tracer_provider(&provider))
    }

    /// Measures with this provider instead of the global one.
    pub fn with_meter_provider<P>(mut self, provider: &P) -> Self
    where
        P: MeterProvider + Clone + Send + Sync + 'static,
    {
        let (operations, pool) = (provider.clone(), provider.clone());
        self.metrics.push(Box::new(move |metrics| metrics.with_meter_provider(&pool)));
        self.client(move |client| client.with_meter_provider(&operations))
    }

    /// Measures nothing, neither statements nor the pool.
    pub fn without_metrics(mut self) -> Self {
        self.metrics.push(Box::new(PoolMetricsBuilder::without_metrics));
        self.client(ClientBuilder::without_metrics)
    }

    /// The pool's name in metrics and in the spans of waits: `db.client.connection.pool.name`. Default:
    /// `{server.address}:{server.port}/{db.namespace}`, as far as they are known. Give pools that lead to the same database names of
    /// their own.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// `db.system.name`, where it is not sqlx's database but one that speaks like it: `mariadb`, `cockroachdb`.
    pub fn system(mut self, system: impl Into<StringValue>) -> Self {
        self.system = Some(system.into());
        self
    }

    /// Options of the statements, those of a [`ClientBuilder`]. May be given several times.
    pub fn client(
        mut self,
        options: impl FnOnce(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.client.push(Box::new(options));
        self
    }

    /// How long a wait for a connection has to be to get a span. Default: 1 ms. Waits in vain, and those that were given up, always
    /// have one, and all are measured.
    pub fn wait_span_min(mut self, wait: Duration) -> Self {
        self.wait_span_min = wait;
        self
    }

    /// Whether statements carry their trace to the database, as a comment at their end:
    /// `SELECT 1 /*traceparent='00-…'*/`. Default: no.
    ///
    /// The text of each statement is then another one, so that neither sqlx nor the database can reuse what they have prepared: a
    /// round trip more for each, and entries of their own in the database's statistics. Only statements of sampled spans have the
    /// comment, and none that has a `--`, `/*` or `#` already. Those that begin and end transactions never have it.
    pub fn traceparent_comments(mut self, on: bool) -> Self {
        self.traceparent_comments = on;
        self
    }

    /// A pool with sqlx's default options and a first connection.
    ///
    /// # Errors
    /// When the URL is none, or there is no connection.
    pub async fn connect(self, url: &str) -> Result<Pool<DB>, Error> {
        self.connect_with(PoolOptions::new(), url.parse()?).await
    }

    /// A pool with a first connection, which is waited for as any other is.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn connect_with(
        self,
        pool: PoolOptions<DB>,
        connection: ConnectOptions<DB>,
    ) -> Result<Pool<DB>, Error> {
        let pool = self.connect_lazy_with(pool, connection);
        drop(pool.acquire().await?);
        Ok(pool)
    }

    /// A pool that connects when it has to.
    pub fn connect_lazy_with(self, pool: PoolOptions<DB>, connection: ConnectOptions<DB>) -> Pool<DB> {
        self.wrap(pool.connect_lazy_with(connection))
    }

    /// The pool that sqlx has made. What its connections have done until now was not seen.
    pub fn wrap(self, pool: sqlx::Pool<DB>) -> Pool<DB> {
        let mut target = DB::target(&pool.connect_options());
        if let Some(system) = &self.system {
            target.system = system.as_str().to_owned();
        }
        let name = self.name.unwrap_or_else(|| target.pool_name());
        let client = self.client.into_iter().fold(builder(&target), |client, change| change(client)).build();
        let mut wait_attributes = vec![KeyValue::new("db.client.connection.pool.name", name.clone())];
        wait_attributes.extend(client.options().common(None));
        let shared = Arc::new_cyclic(|weak: &Weak<Shared<DB>>| Shared {
            metrics: metrics(&name, weak.clone(), self.metrics),
            client,
            pool,
            wait_name: format!("acquire {name}"),
            wait_attributes,
            wait_span_min: self.wait_span_min,
            traceparent_comments: self.traceparent_comments,
        });
        Pool { shared }
    }
}

fn builder(target: &Target) -> ClientBuilder {
    let mut client = Client::builder(target.system.clone());
    if let Some(namespace) = &target.namespace {
        client = client.namespace(namespace.clone());
    }
    match &target.address {
        Some(address) => client.server(address.clone(), target.port),
        None => client,
    }
}

fn metrics<DB: Database>(
    name: &str,
    pool: Weak<Shared<DB>>,
    changes: Vec<Change<PoolMetricsBuilder>>,
) -> PoolMetrics {
    let metrics = PoolMetrics::builder(name).state(move || Some(shared::state(&pool.upgrade()?.pool)));
    changes.into_iter().fold(metrics, |metrics, change| change(metrics)).build()
}

/// A pool that has a connection to give does so in microseconds; one that has to ask the server takes longer than this.
const WAIT_SPAN_MIN: Duration = Duration::from_millis(1);

impl<DB: Database> fmt::Debug for PoolBuilder<DB> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PoolBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
