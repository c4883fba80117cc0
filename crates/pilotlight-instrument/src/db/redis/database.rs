//! What the configuration of a connection tells of its database.

use crate::db::{self, ClientBuilder};
use redis::{ConnectionAddr, ConnectionInfo};

/// Begins a [`db::Client`] with what `info` tells: host and port, or the socket's path, and the index of the database.
/// Its user and password are not looked at.
///
/// The index is that of the time when a connection is established: a `SELECT` changes the connection, not what is said
/// of it.
///
/// ```
/// use pilotlight_instrument::db::redis::database;
///
/// let client = redis::Client::open("redis://:s3cret@cache.example/3")?;
/// let database = database(client.get_connection_info()).build();
/// # Ok::<_, redis::RedisError>(())
/// ```
pub fn database(info: &ConnectionInfo) -> ClientBuilder {
    let database = db::Client::builder("redis").namespace(info.redis_settings().db().to_string());
    match info.addr() {
        ConnectionAddr::Tcp(host, port) => database.server(host.clone(), Some(*port)),
        ConnectionAddr::TcpTls { host, port, .. } => database.server(host.clone(), Some(*port)),
        ConnectionAddr::Unix(path) => database.server(path.display().to_string(), None),
        _ => database,
    }
}
