//! What a connection's URL tells of its database.

use super::url::Place;
use crate::db::{Client, ClientBuilder};
use opentelemetry::StringValue;

/// Begins a [`Client`] for `system` (`postgresql`, `mysql`, `mariadb` or `sqlite`) with what the URL of its connections
/// tells: the server and the database's name, or the name of SQLite's file without its folders.
///
/// Nothing else of the URL is kept, and nothing at all of one that is not written as it should be. Where several servers are named,
/// none of them is told: it could be any.
///
/// ```
/// use pilotlight_instrument::db::diesel::database;
///
/// let shop = database("postgresql", "postgres://ada:s3cret@db.example/shop").build();
/// # assert_eq!(format!("{shop:?}").matches("s3cret").count(), 0);
/// ```
pub fn database(system: impl Into<StringValue>, url: &str) -> ClientBuilder {
    let system = system.into();
    let place = match system.as_str() {
        "sqlite" => Place::of_file(url),
        _ => Place::of_server(url),
    };
    let mut database = Client::builder(system);
    if let Some(namespace) = place.namespace {
        database = database.namespace(namespace);
    }
    if let Some(address) = place.address {
        database = database.server(address, place.port);
    }
    database
}
