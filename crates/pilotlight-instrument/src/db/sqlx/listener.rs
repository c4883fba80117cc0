//! PostgreSQL's notifications.

use super::PgPool;
use super::shared::Shared;
use crate::db::pool::Use;
use crate::db::{Command, Operation};
use futures_core::Stream;
use sqlx::postgres::{PgListener as Raw, PgNotification};
use sqlx::{Error, Postgres};
use std::fmt;
use std::pin::pin;
use std::sync::Arc;

/// Hears what is notified on channels, on a connection that it keeps: its methods are those of [`sqlx::postgres::PgListener`], with
/// the same meaning.
///
/// Waiting for that connection is seen as any other wait, and for as long as the listener lives the connection is in use. `LISTEN` and
/// `UNLISTEN` have spans, without the channels' names. Waiting for a notification has none: it is nobody's operation, and a
/// notification carries no trace but what its payload says. When the connection is lost, the new one is acquired unseen.
///
/// ```
/// # async fn run(pool: pilotlight_instrument::db::sqlx::PgPool) -> Result<(), sqlx::Error> {
/// use pilotlight_instrument::db::sqlx::PgListener;
///
/// let mut listener = PgListener::connect_with(&pool).await?;
/// listener.listen("orders").await?;
/// let order = listener.recv().await?.payload().to_owned();
/// # Ok(())
/// # }
/// ```
pub struct PgListener {
    raw: Raw,
    shared: Arc<Shared<Postgres>>,
    in_use: Option<Use>,
}

impl PgListener {
    /// Takes a connection of the pool's.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connect_with(pool: &PgPool) -> Result<Self, Error> {
        let shared = Arc::clone(&pool.shared);
        let (raw, in_use) = shared.waited_for(pin!(Raw::connect_with(pool.inner()))).await?;
        Ok(Self { raw, shared, in_use })
    }

    /// Whether to go on when the pool is closed. Default: no.
    pub fn ignore_pool_close_event(&mut self, ignore: bool) {
        self.raw.ignore_pool_close_event(ignore);
    }

    /// Whether a connection that was lost is replaced at once. Default: yes.
    pub fn eager_reconnect(&mut self, eager: bool) {
        self.raw.eager_reconnect(eager);
    }

    /// Hears this channel from now on.
    ///
    /// # Errors
    /// The database's.
    pub async fn listen(&mut self, channel: &str) -> Result<(), Error> {
        self.operation("LISTEN").around(self.raw.listen(channel)).await
    }

    /// Hears all of these.
    ///
    /// # Errors
    /// The database's.
    pub async fn listen_all(&mut self, channels: impl IntoIterator<Item = &str>) -> Result<(), Error> {
        self.operation("LISTEN").around(self.raw.listen_all(channels)).await
    }

    /// Does not hear this channel any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn unlisten(&mut self, channel: &str) -> Result<(), Error> {
        self.operation("UNLISTEN").around(self.raw.unlisten(channel)).await
    }

    /// Hears nothing any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn unlisten_all(&mut self) -> Result<(), Error> {
        self.operation("UNLISTEN").around(self.raw.unlisten_all()).await
    }

    /// The next notification. Dropped while it waits, nothing is lost.
    ///
    /// # Errors
    /// When the connection is lost and there is no other, or the pool is closed.
    pub async fn recv(&mut self) -> Result<PgNotification, Error> {
        self.raw.recv().await
    }

    /// The next notification, or `None` when the connection was lost, and perhaps notifications with it.
    ///
    /// # Errors
    /// When there is no other connection, or the pool is closed.
    pub async fn try_recv(&mut self) -> Result<Option<PgNotification>, Error> {
        self.raw.try_recv().await
    }

    /// A notification that has come already.
    pub fn next_buffered(&mut self) -> Option<PgNotification> {
        self.raw.next_buffered()
    }

    /// All notifications, one after the other. The connection is no longer measured as in use.
    pub fn into_stream(self) -> impl Stream<Item = Result<PgNotification, Error>> + Unpin {
        self.raw.into_stream()
    }

    /// sqlx's own listener. Statements that run on it have no spans.
    pub fn inner_mut(&mut self) -> &mut Raw {
        &mut self.raw
    }

    fn operation(&self, name: &'static str) -> Operation {
        self.shared.client.command(Command::new(name))
    }
}

impl fmt::Debug for PgListener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PgListener").field("in_use", &self.in_use).finish_non_exhaustive()
    }
}
