//! Clients that log in with what the URL says, and store and find one thing.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use servers::{Jetstream, KeysAndValues, Kind, Mariadbd, PostgreSql};
use sqlx::{Connection, Executor, MySqlConnection, PgConnection};

pub(crate) trait Client: Kind {
    fn store(url: &str);
    /// Whether there is what was stored.
    fn has_stored(url: &str) -> bool;
}

const STORE: [&str; 2] = ["CREATE TABLE lamps (colour VARCHAR(9))", "INSERT INTO lamps VALUES ('red')"];
const COUNT: &str = "SELECT COUNT(*) FROM lamps WHERE colour = 'red'";

impl Client for PostgreSql {
    fn store(url: &str) {
        block_on(async {
            let mut connection = PgConnection::connect(url).await.unwrap();
            for statement in STORE {
                connection.execute(statement).await.unwrap();
            }
        });
    }

    fn has_stored(url: &str) -> bool {
        block_on(async {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let counted = sqlx::query_scalar::<_, i64>(COUNT).fetch_one(&mut connection).await;
            is_one(counted)
        })
    }
}

impl Client for Mariadbd {
    fn store(url: &str) {
        block_on(async {
            let mut connection = MySqlConnection::connect(url).await.unwrap();
            for statement in STORE {
                connection.execute(statement).await.unwrap();
            }
        });
    }

    fn has_stored(url: &str) -> bool {
        block_on(async {
            let mut connection = MySqlConnection::connect(url).await.unwrap();
            let counted = sqlx::query_scalar::<_, i64>(COUNT).fetch_one(&mut connection).await;
            is_one(counted)
        })
    }
}

/// An error of the database is its way to say that there is no such table.
fn is_one(counted: sqlx::Result<i64>) -> bool {
    match counted {
        Ok(count) => count == 1,
        Err(sqlx::Error::Database(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

impl Client for KeysAndValues {
    fn store(url: &str) {
        let mut redis = Lines::redis(url);
        assert_eq!(redis.ask("SET lamp red"), "+OK");
    }

    fn has_stored(url: &str) -> bool {
        let mut redis = Lines::redis(url);
        redis.ask("GET lamp") == "$3" && redis.next() == "red"
    }
}

impl Client for Jetstream {
    fn store(url: &str) {
        let mut nats = Lines::nats(url);
        let stream = r#"{"name":"lamps","subjects":["lamps.>"],"storage":"file"}"#;
        assert!(!nats.request("$JS.API.STREAM.CREATE.lamps", stream).contains("error"));
        assert!(nats.request("lamps.red", "one").contains(r#""seq":1"#));
    }

    fn has_stored(url: &str) -> bool {
        Lines::nats(url).request("$JS.API.STREAM.INFO.lamps", "").contains(r#""messages":1"#)
    }
}

/// A connection that speaks in lines, as NATS and Redis do.
struct Lines(BufReader<TcpStream>);

impl Lines {
    fn redis(url: &str) -> Self {
        let (mut redis, user, password) = Self::connect(url);
        assert_eq!(redis.ask(&format!("AUTH {user} {password}")), "+OK");
        redis
    }

    fn nats(url: &str) -> Self {
        let (mut nats, user, password) = Self::connect(url);
        assert!(nats.next().starts_with("INFO "));
        let options = format!(r#"{{"verbose":false,"user":"{user}","pass":"{password}"}}"#);
        assert_eq!(nats.ask(&format!("CONNECT {options}\r\nSUB answers 1\r\nPING")), "PONG");
        nats
    }

    /// With the user and the password of the URL.
    fn connect(url: &str) -> (Self, &str, &str) {
        let (_, rest) = url.split_once("://").unwrap();
        let (user, address) = rest.split_once('@').unwrap();
        let (user, password) = user.split_once(':').unwrap();
        let stream = TcpStream::connect(address.split('/').next().unwrap()).unwrap();
        (Self(BufReader::new(stream)), user, password)
    }

    fn ask(&mut self, line: &str) -> String {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.next()
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// A message of NATS, and what the answer to it says.
    fn request(&mut self, subject: &str, message: &str) -> String {
        let head = self.ask(&format!("PUB {subject} answers {}\r\n{message}", message.len()));
        assert!(head.starts_with("MSG answers "), "{head}");
        self.next()
    }
}
