//! Where a database is: what was asked for, what the driver is given, and what may be told.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::failure::Failure;

/// A URL with what may be secret in it, which neither `Display` nor `Debug` tells.
///
/// It is looked at when it is used, not when the command line is read: what is wrong with a command line is told with the value.
#[derive(Clone)]
pub struct Address(String);

/// A database that the shop can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// SQLite, for as long as its one connection.
    Memory,
    /// A file of SQLite, as a URL for the driver.
    File(String),
    /// PostgreSQL, as a URL for the driver.
    Server(String),
}

impl Address {
    /// With everything that is in it.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// Which database it means.
    pub(super) fn target(&self) -> Result<Target, Failure> {
        let url = self.secret();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Target::Server(url.to_owned()));
        }
        let file = match url.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if url.contains("://") || url.is_empty() => {
                return Err(Failure::new(format!(
                    "the database {self:?} is none that the shop can use; DATABASE_URL takes postgres://…, sqlite://…, a path, or \
                     sqlite::memory:"
                )));
            }
            None => url,
        };
        Ok(if file.contains(":memory:") { Target::Memory } else { Target::File(of_file(file)) })
    }
}

/// Creates what is missing, unless the URL says otherwise. Blanks are no part of a URL.
fn of_file(path: &str) -> String {
    let (path, parameters) = path.split_once('?').unwrap_or((path, ""));
    let mode = if parameters.contains("mode=") { "" } else { "mode=rwc" };
    let separator = if parameters.is_empty() || mode.is_empty() { "" } else { "&" };
    format!("sqlite:{}?{parameters}{separator}{mode}", path.replace(' ', "%20"))
}

impl Target {
    /// What the driver is given.
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Memory => "sqlite::memory:",
            Self::File(url) | Self::Server(url) => url,
        }
    }
}

impl FromStr for Address {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&told(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", told(&self.0))
    }
}

/// A URL as it may be told: without parameters, and without credentials.
pub(crate) fn told(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    // The last one: a password may have any character.
    let (credentials, place) = rest.rsplit_once('@').map_or(("", rest), |(_, place)| ("REDACTED@", place));
    let place = place.split('?').next().unwrap_or_default();
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{credentials}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_without_what_is_secret_in_it() {
        assert_eq!(told("sqlite:///data/shop.db?mode=ro"), "sqlite:///data/shop.db");
        assert_eq!(told("shop.db"), "shop.db");
        assert_eq!(told("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(told("postgres://app:hun/t@r2?@db/shop?sslkey=abc"), "postgres://REDACTED@db/shop");
        assert_eq!(told("nats://app:hunter2@broker:4222"), "nats://REDACTED@broker:4222");
        assert_eq!(format!("{:?}", address("postgres://app:x@db/shop")), r#""postgres://REDACTED@db/shop""#);
    }

    #[test]
    fn each_way_to_write_a_database_is_understood() {
        let file = |url: &str| Target::File(url.to_owned());
        for (url, target) in [
            ("sqlite::memory:", Target::Memory),
            ("sqlite://:memory:", Target::Memory),
            ("shop.db", file("sqlite:shop.db?mode=rwc")),
            ("/data/my shop.db", file("sqlite:/data/my%20shop.db?mode=rwc")),
            ("sqlite:///data/shop.db", file("sqlite:/data/shop.db?mode=rwc")),
            ("sqlite://shop.db?mode=ro", file("sqlite:shop.db?mode=ro")),
            ("sqlite://shop.db?cache=private", file("sqlite:shop.db?cache=private&mode=rwc")),
            ("postgres://db/shop", Target::Server("postgres://db/shop".into())),
            ("postgresql://db/shop", Target::Server("postgresql://db/shop".into())),
        ] {
            assert_eq!(address(url).target().unwrap(), target, "{url}");
        }
    }

    #[test]
    fn another_kind_of_database_is_refused_without_its_credentials() {
        let refusal = address("mysql://clerk:secret@db/shop").target().unwrap_err().to_string();

        assert!(refusal.starts_with(r#"the database "mysql://REDACTED@db/shop" is none"#), "{refusal}");
    }

    fn address(url: &str) -> Address {
        url.parse().unwrap()
    }
}
