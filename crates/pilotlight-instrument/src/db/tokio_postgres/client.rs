//! The wrapper of a client.

use super::transaction_builder::TransactionBuilder;
use super::{Statement, Transaction};
use crate::db::{self, Around, Command, Judge, Operation};
use std::borrow::{Borrow, BorrowMut};
use std::fmt;
use std::pin::pin;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::Type;
use tokio_postgres::{CancelToken, Config, Connection, Error, Socket};

/// A client of tokio-postgres, with a span and a measurement for each statement.
///
/// It has the methods of [the one inside](tokio_postgres::Client), with the same names, arguments and results, but for types of its
/// own: [`Statement`]s that know their text, [`Transaction`]s, and streams whose end is that of the span.
///
/// `C` is what has the client: the client itself, or a reference, a box or an `Arc` of one. So connections of a pool can be
/// wrapped where they are used: `Client::new(&mut **pooled, &database)`.
///
/// **Spans** and measurements are as of any [`db::Client`], which [`database`](super::database) makes from a `Config`:
///
/// | what is called | what is recorded |
/// |---|---|
/// | `query`, `query_one`, `execute`, … | the statement, with its rows, until the future is ready |
/// | `query_raw`, `query_typed_raw`, `query_portal_raw`, `simple_query_raw`, `copy_out` | the same, until the stream ends; dropped before, the statement was cancelled |
/// | `copy_in` | the same, until the sink is finished |
/// | `simple_query`, `batch_execute` | one operation for all statements of the text |
/// | `prepare`, `bind` | `PREPARE SELECT users`, `BIND SELECT users` |
/// | transactions, savepoints | `START TRANSACTION`, `COMMIT`, …; `ROLLBACK` also when a transaction is dropped, which sends it and does not wait for it |
/// | [`connect`](Self::connect) | `CONNECT` |
///
/// A statement that is given as text is prepared, run and closed in one span. `db.response.status_code` and `error.type` are the
/// SQLSTATE. `check_connection`, the `Connection`'s own work, notices and notifications are not recorded.
///
/// **When the caller leaves**, dropping a future, the span ends with an event `cancelled`. PostgreSQL may carry the statement out all
/// the same, unless a [`CancelToken`] stops it, which is `57014` for whoever still waits.
///
/// ```no_run
/// use pilotlight_instrument::db::tokio_postgres::{Client, database};
/// use tokio_postgres::{Config, Error, NoTls};
///
/// # async fn rename() -> Result<(), Error> {
/// let config: Config = "postgres://ada:s3cret@db.example/shop".parse()?;
/// let shop = database(&config).build();
/// let (mut client, connection) = Client::connect(&config, NoTls, &shop).await?;
/// tokio::spawn(connection);
///
/// let transaction = client.transaction().await?;
/// transaction.execute("UPDATE users SET name = $1 WHERE id = $2", &[&"Ada", &7]).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client<C = tokio_postgres::Client> {
    pub(super) inner: C,
    pub(super) database: db::Client,
}

impl Client {
    /// Connects as `config` says, which is recorded as an operation `CONNECT`, and wraps the client. The connection has to be
    /// polled, as a task of its own.
    ///
    /// # Errors
    /// When there is no connection: nobody answers, or not as expected, or the password is wrong.
    pub async fn connect<T>(
        config: &Config,
        tls: T,
        database: &db::Client,
    ) -> Result<(Self, Connection<Socket, T::Stream>), Error>
    where
        T: MakeTlsConnect<Socket>,
    {
        let connect = database.command(Command::new("CONNECT"));
        let (client, connection) = connect.around(config.connect(tls)).await?;
        Ok((Self::new(client, database), connection))
    }
}

impl<C> Client<C> {
    /// Records the statements of a client as operations of this database.
    pub fn new(inner: C, database: &db::Client) -> Self {
        Self { inner, database: database.clone() }
    }

    /// What has the client. What is called on that is not recorded.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The same, to change it.
    pub fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    /// What has the client, alone.
    pub fn into_inner(self) -> C {
        self.inner
    }
}

impl<C: Borrow<tokio_postgres::Client>> Client<C> {
    pub(super) fn client(&self) -> &tokio_postgres::Client {
        self.inner.borrow()
    }

    /// Prepares a statement, which may then be run many times, on this connection.
    ///
    /// # Errors
    /// When PostgreSQL does not understand it, or there is no connection.
    pub async fn prepare(&self, query: &str) -> Result<Statement, Error> {
        self.prepare_typed(query, &[]).await
    }

    /// The same with some types of its parameters; the others are inferred.
    ///
    /// # Errors
    /// As of [`prepare`](Self::prepare).
    pub async fn prepare_typed(&self, query: &str, parameter_types: &[Type]) -> Result<Statement, Error> {
        let operation = self.database.query_prefixed("PREPARE", query);
        let statement = operation.around(self.client().prepare_typed(query, parameter_types)).await?;
        Ok(Statement::new(statement, query))
    }

    /// What can cancel the statement that runs on this connection.
    pub fn cancel_token(&self) -> CancelToken {
        self.client().cancel_token()
    }

    /// Whether the connection is closed, and every statement fails from now on.
    pub fn is_closed(&self) -> bool {
        self.client().is_closed()
    }

    /// Asks the server whether it is there. Not recorded: pools ask it, for nobody in particular.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn check_connection(&self) -> Result<(), Error> {
        self.client().check_connection().await
    }

    /// Forgets the types that were looked up in the database.
    pub fn clear_type_cache(&self) {
        self.client().clear_type_cache();
    }
}

impl<C: BorrowMut<tokio_postgres::Client>> Client<C> {
    /// Begins a transaction. Dropped without a commit, it is rolled back.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        self.build_transaction().start().await
    }

    /// The same with its options.
    pub fn build_transaction(&mut self) -> TransactionBuilder<'_> {
        TransactionBuilder::new(self.inner.borrow_mut().build_transaction(), &self.database)
    }
}

/// Runs `work` as `operation`, which goes on when it has succeeded.
pub(super) async fn begun<T>(
    mut operation: Operation,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<(T, Operation), Error> {
    let mut work = pin!(work);
    let result = std::future::poll_fn(|cx| operation.run(|| work.as_mut().poll(cx))).await;
    match result {
        Ok(value) => Ok((value, operation)),
        Err(error) => {
            operation.failed(&error);
            operation.end();
            Err(error)
        }
    }
}

/// Counts the rows of a result.
pub(super) struct Rows<F>(pub(super) F);

impl<T, F: FnOnce(&T) -> usize> Judge<Result<T, Error>> for Rows<F> {
    fn judge(self, mut operation: Operation, output: &Result<T, Error>) {
        match output {
            Ok(rows) => operation.returned_rows((self.0)(rows) as u64),
            Err(error) => operation.failed(error),
        }
        operation.end();
    }
}

impl<F> Rows<F> {
    pub(super) fn around<W>(self, operation: Operation, work: W) -> Around<W, Self> {
        Around::new(work, operation, self)
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client").field("database", &self.database).finish_non_exhaustive()
    }
}
