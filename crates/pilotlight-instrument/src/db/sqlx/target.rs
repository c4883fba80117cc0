//! Where a pool's connections lead to, as its options tell: never who connects, nor with what password.

/// A database and its server.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub(super) system: String,
    pub(super) namespace: Option<String>,
    /// A name, an address, or the path of a socket.
    pub(super) address: Option<String>,
    pub(super) port: Option<u16>,
}

impl Target {
    /// `{server.address}:{server.port}/{db.namespace}`, of which what is not known is left out.
    pub(super) fn pool_name(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        match (&self.address, &self.namespace) {
            (Some(address), Some(namespace)) => format!("{address}{port}/{namespace}"),
            (Some(address), None) => format!("{address}{port}"),
            (None, Some(namespace)) => namespace.clone(),
            (None, None) => self.system.clone(),
        }
    }
}

#[cfg(feature = "sqlx-postgres")]
pub(super) fn postgres(options: &sqlx::postgres::PgConnectOptions) -> Target {
    let host = options.get_host();
    let socket = options.get_socket().map(|path| path.display().to_string());
    // libpq's habit, which sqlx shares: a host that is a path is the folder of a socket.
    let socket = socket.or_else(|| host.starts_with('/').then(|| host.to_owned()));
    Target {
        system: "postgresql".into(),
        // Without one the server takes the user's name for it, which is not ours to tell.
        namespace: options.get_database().map(str::to_owned),
        port: socket.is_none().then(|| options.get_port()),
        address: Some(socket.unwrap_or_else(|| host.to_owned())),
    }
}

#[cfg(feature = "sqlx-mysql")]
pub(super) fn mysql(options: &sqlx::mysql::MySqlConnectOptions) -> Target {
    let socket = options.get_socket().map(|path| path.display().to_string());
    Target {
        system: "mysql".into(),
        namespace: options.get_database().map(str::to_owned),
        port: socket.is_none().then(|| options.get_port()),
        address: Some(socket.unwrap_or_else(|| options.get_host().to_owned())),
    }
}

#[cfg(feature = "sqlx-sqlite")]
pub(super) fn sqlite(options: &sqlx::sqlite::SqliteConnectOptions) -> Target {
    Target {
        system: "sqlite".into(),
        namespace: sqlite_file(&options.get_filename().to_string_lossy()),
        ..Target::default()
    }
}

/// The file's name without its folders, which say more of the machine than of the database.
#[cfg(any(feature = "sqlx-any", feature = "sqlx-sqlite"))]
fn sqlite_file(path: &str) -> Option<String> {
    // sqlx numbers the databases in memory.
    if path.is_empty() || path == ":memory:" || path.starts_with("file:sqlx-in-memory-") {
        return Some(":memory:".into());
    }
    // SQLite takes URIs, whose parameters may be keys.
    let path =
        path.strip_prefix("file:").map_or(path, |uri| uri.split(['?', '#']).next().unwrap_or_default());
    std::path::Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned())
}

#[cfg(feature = "sqlx-any")]
pub(super) fn any(options: &sqlx::any::AnyConnectOptions) -> Target {
    let url = &options.database_url;
    let system = match url.scheme() {
        "postgres" | "postgresql" => "postgresql",
        "mariadb" => "mariadb",
        "mysql" => "mysql",
        "sqlite" => {
            return Target {
                system: "sqlite".into(),
                namespace: sqlite_file(url.path()),
                ..Target::default()
            };
        }
        other => other,
    };
    Target {
        system: system.into(),
        namespace: Some(url.path().trim_start_matches('/').to_owned()).filter(|name| !name.is_empty()),
        address: url.host_str().filter(|host| !host.is_empty()).map(str::to_owned),
        port: url.port(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_named_by_what_is_known() {
        let target = |address: Option<&str>, port, namespace: Option<&str>| Target {
            system: "postgresql".into(),
            namespace: namespace.map(str::to_owned),
            address: address.map(str::to_owned),
            port,
        };
        assert_eq!(target(Some("db"), Some(5432), Some("shop")).pool_name(), "db:5432/shop");
        assert_eq!(target(Some("/run/postgresql"), None, Some("shop")).pool_name(), "/run/postgresql/shop");
        assert_eq!(target(Some("db"), Some(5432), None).pool_name(), "db:5432");
        assert_eq!(target(None, None, Some("shop.db")).pool_name(), "shop.db");
        assert_eq!(target(None, None, None).pool_name(), "postgresql");
    }

    #[cfg(feature = "sqlx-postgres")]
    #[test]
    fn postgres_tells_its_server_and_database_but_not_its_user() {
        let of = |url: &str| postgres(&url.parse().unwrap());
        let shop = of("postgres://ada:secret@db.example:5433/shop?sslmode=disable");
        assert_eq!(
            (shop.address.as_deref(), shop.port, shop.namespace.as_deref()),
            (Some("db.example"), Some(5433), Some("shop"))
        );
        assert!(!format!("{shop:?}").contains("ada") && !format!("{shop:?}").contains("secret"));
        let socket = of("postgres:///shop?host=/run/postgresql");
        assert_eq!((socket.address.as_deref(), socket.port), (Some("/run/postgresql"), None));
    }

    #[cfg(feature = "sqlx-mysql")]
    #[test]
    fn mysql_tells_its_server_and_database_but_not_its_user() {
        let shop = mysql(&"mysql://ada:secret@db.example:3307/shop".parse().unwrap());
        assert_eq!(
            (shop.address.as_deref(), shop.port, shop.namespace.as_deref()),
            (Some("db.example"), Some(3307), Some("shop"))
        );
        assert!(!format!("{shop:?}").contains("ada") && !format!("{shop:?}").contains("secret"));
    }

    #[cfg(feature = "sqlx-sqlite")]
    #[test]
    fn sqlite_tells_its_file_without_folders() {
        let of = |url: &str| sqlite(&url.parse().unwrap()).namespace;
        assert_eq!(of("sqlite:///home/ada/shop.db").as_deref(), Some("shop.db"));
        assert_eq!(of("sqlite:shop.db").as_deref(), Some("shop.db"));
        assert_eq!(of("sqlite::memory:").as_deref(), Some(":memory:"));
        let uri = sqlx::sqlite::SqliteConnectOptions::new().filename("file:shop.db?key=s3cret");
        assert_eq!(sqlite(&uri).namespace.as_deref(), Some("shop.db"));
    }

    #[cfg(feature = "sqlx-any")]
    #[test]
    fn any_database_tells_the_same_by_its_url() {
        let of = |url: &str| any(&url.parse().unwrap());
        let shop = of("postgres://ada:secret@db.example:5433/shop?sslmode=disable");
        assert_eq!((shop.system.as_str(), shop.pool_name().as_str()), ("postgresql", "db.example:5433/shop"));
        assert!(!format!("{shop:?}").contains("ada") && !format!("{shop:?}").contains("secret"));
        assert_eq!(of("mariadb://ada:secret@db.example/shop").system, "mariadb");
        assert_eq!(of("sqlite:///home/ada/shop.db").pool_name(), "shop.db");
        assert_eq!(of("sqlite::memory:").pool_name(), ":memory:");
    }
}
