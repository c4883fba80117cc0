//! What a configuration tells of its database.

use crate::db::{self, ClientBuilder};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Begins a [`db::Client`] with what `config` tells: the database's name, and the server where there is but one. Where there are
/// several, none is told, for it could be any.
///
/// User and password are not looked at. A database that is not named is not told either: PostgreSQL takes the user's name for
/// it.
///
/// ```
/// use pilotlight_instrument::db::tokio_postgres::database;
///
/// let config: tokio_postgres::Config = "postgres://ada:s3cret@db.example/shop".parse()?;
/// let shop = database(&config).build();
/// # Ok::<_, tokio_postgres::Error>(())
/// ```
pub fn database(config: &Config) -> ClientBuilder {
    let mut database = db::Client::builder("postgresql");
    if let Some(name) = config.get_dbname() {
        database = database.namespace(name.to_owned());
    }
    let port = config.get_ports().first().copied();
    match (config.get_hosts(), config.get_hostaddrs()) {
        ([Host::Tcp(name)], _) => database.server(name.clone(), port),
        #[cfg(unix)]
        ([Host::Unix(folder)], _) => database.server(folder.display().to_string(), None),
        ([], [address]) => database.server(address.to_string(), port),
        _ => database,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(config: &str) -> String {
        format!("{:?}", database(&config.parse().unwrap()).build())
    }

    #[test]
    fn the_server_and_the_database_are_told_but_not_the_user() {
        let shop = told("postgres://ada:s3cret@db.example:5433/shop");
        assert!(shop.contains("db.example") && shop.contains("shop"), "{shop}");
        assert!(!shop.contains("ada") && !shop.contains("s3cret"), "{shop}");
        assert!(told("host=/run/postgresql dbname=shop").contains("/run/postgresql"));
        assert!(told("hostaddr=10.0.0.1 dbname=shop").contains("10.0.0.1"));
    }

    #[test]
    fn one_of_several_servers_is_not_told() {
        assert!(!told("host=first,second dbname=shop").contains("first"));
    }
}
