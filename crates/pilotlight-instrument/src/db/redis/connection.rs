//! A connection whose commands are recorded.

use super::answer::ByAnswer;
use super::command::{Atomic, Told};
use super::packed::PackedCommands;
use crate::db::{Around, Client, Judge, Operation};
use redis::aio::ConnectionLike as AsyncConnectionLike;
use redis::{Arg, Cmd, ConnectionLike, Pipeline, RedisFuture, RedisResult, Value};
use std::fmt;

/// Any connection of redis, with a span and a measurement for each command and each pipeline.
///
/// It is a connection itself: `AsyncCommands`, `Commands`, `cmd(…).query_async(…)`, pipelines, scripts and iterators work as
/// on the one inside. Cloned as that one is.
///
/// | attribute | what it says |
/// |---|---|
/// | `db.operation.name` | the command as the program spells it: `GET`, `CONFIG GET`; `PIPELINE` and `MULTI` for several, with the command that all of them are: `PIPELINE GET`. The span's name |
/// | `db.query.text` | `SET ? ?`: no argument is shown, unless [keys are](Self::with_keys) |
/// | `db.stored_procedure.name` | what `EVALSHA` and `FCALL` call |
/// | `db.operation.batch.size` | of pipelines and transactions of two commands and more |
/// | `db.response.status_code`, `error.type` | `WRONGTYPE`, `NOAUTH`, …; of several commands, the first that failed |
/// | `db.namespace`, `server.address`, `server.port` | of the [`Client`] that was given, which [`database`](super::database) begins |
///
/// At most 512 names of commands, scripts and functions are told apart in a process, of words of at most 40 bytes; commands beyond
/// that are `_OTHER`.
///
/// **What lasts.** An operation lasts from the call to the answer. So a blocking command, like `BLPOP`, lasts as long as it
/// waits, and a call on a `ConnectionManager` or in a cluster includes new connections, redirections and retries: their
/// `MOVED` and `ASK` are only seen when redis gives up.
///
/// **What is not seen.** Messages that are pushed (pub/sub, `MONITOR`, invalidations), what a connection sends when it is
/// established, and what is called on the [inner](Self::inner) connection. Pub/sub of redis has types of its own, which are
/// no connections.
///
/// **When the caller leaves**, dropping the future, the span ends with an event `cancelled`. The command may be carried out
/// all the same.
///
/// ```no_run
/// use pilotlight_instrument::db::redis::{Connection, database};
/// use redis::AsyncCommands;
///
/// # async fn visits() -> redis::RedisResult<()> {
/// let client = redis::Client::open("redis://cache.example/")?;
/// let database = database(client.get_connection_info()).build();
/// let mut cache = Connection::new(client.get_multiplexed_async_connection().await?, &database);
///
/// let visits: u64 = cache.incr("visits", 1).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connection<C> {
    inner: C,
    told: Told,
}

impl<C> Connection<C> {
    /// Records the commands of a connection as operations of this database.
    pub fn new(inner: C, database: &Client) -> Self {
        Self { inner, told: Told { database: database.clone(), keys: false } }
    }

    /// Whether texts show the first key of the commands that are known to have one: `SET user:7 ?`. Default: no, since keys
    /// are often names, addresses or sessions of people. Other arguments are never shown.
    pub fn with_keys(mut self, shown: bool) -> Self {
        self.told.keys = shown;
        self
    }

    /// The connection inside. What is called on it is not recorded.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The same, to change it.
    pub fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    /// The connection alone.
    pub fn into_inner(self) -> C {
        self.inner
    }
}

impl<C: AsyncConnectionLike> AsyncConnectionLike for Connection<C> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let operation = self.told.command(arguments(cmd));
        Box::pin(Around::new(self.inner.req_packed_command(cmd), operation, ByAnswer))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let atomic = if pipeline.is_transaction() { Atomic::Yes } else { Atomic::No };
        let operation = self.told.commands(pipeline.cmd_iter().map(arguments), atomic);
        Box::pin(Around::new(self.inner.req_packed_commands(pipeline, offset, count), operation, ByAnswer))
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}

impl<C: ConnectionLike> ConnectionLike for Connection<C> {
    fn req_packed_command(&mut self, cmd: &[u8]) -> RedisResult<Value> {
        // It is of one command, as all that redis packs so.
        let operation = self.told.commands(PackedCommands::new(cmd), Atomic::No);
        answered(operation, || self.inner.req_packed_command(cmd))
    }

    fn req_packed_commands(&mut self, cmd: &[u8], offset: usize, count: usize) -> RedisResult<Vec<Value>> {
        let commands = PackedCommands::new(cmd);
        let operation = match offset {
            0 => self.told.commands(commands, Atomic::No),
            // Those between `MULTI` and `EXEC`: their answers, and the first's, come before the one that counts.
            _ => self.told.commands(commands.skip(1).take(offset - 1), Atomic::Yes),
        };
        answered(operation, || self.inner.req_packed_commands(cmd, offset, count))
    }

    fn req_command(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        answered(self.told.command(arguments(cmd)), || self.inner.req_command(cmd))
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }

    fn supports_pipelining(&self) -> bool {
        self.inner.supports_pipelining()
    }

    /// Not recorded: pools ask it, for nobody in particular.
    fn check_connection(&mut self) -> bool {
        self.inner.check_connection()
    }

    fn is_open(&self) -> bool {
        self.inner.is_open()
    }
}

/// The arguments of a command, the name first. A cursor counts, though it has no bytes yet.
fn arguments(cmd: &Cmd) -> impl Iterator<Item = &[u8]> + Clone {
    cmd.args_iter().map(|argument| match argument {
        Arg::Simple(bytes) => bytes,
        _ => b"0",
    })
}

fn answered<T>(mut operation: Operation, ask: impl FnOnce() -> RedisResult<T>) -> RedisResult<T>
where
    ByAnswer: Judge<RedisResult<T>>,
{
    let answer = operation.run(ask);
    ByAnswer.judge(operation, &answer);
    answer
}

impl<C> fmt::Debug for Connection<C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Connection").field("database", &self.told.database).finish_non_exhaustive()
    }
}
