//! Where a connection leads to, as its URL says: never who connects, nor with what password.
//!
//! ```text
//!  postgres://ada:s3cret@db.example:5433/shop?sslmode=require     a URL: host, port and path
//!  host=db.example port=5433 dbname=shop password='s3 cret'       libpq's words: these three
//!  folder/shop.db, file:shop.db?mode=ro, :memory:                 SQLite: the file
//! ```
//!
//! What is not written as it should be says nothing: a password with a `/` in it is not to be taken for a host.

/// A database and its server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) address: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) namespace: Option<String>,
}

impl Place {
    pub(super) fn of_server(url: &str) -> Self {
        let place = match url.split_once("://") {
            Some((_, rest)) => of_url(rest),
            None => of_words(url),
        };
        place.unwrap_or_default()
    }

    /// A file without its folders, which say more of the machine than of the database.
    pub(super) fn of_file(url: &str) -> Self {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.strip_prefix("sqlite://").or_else(|| path.strip_prefix("file:")).unwrap_or(path);
        let file = match path.rsplit('/').next() {
            None | Some("" | ":memory:") => ":memory:",
            Some(file) => file,
        };
        Self { namespace: Some(file.to_owned()), ..Self::default() }
    }
}

/// `user:password@host:port/database?…`
fn of_url(rest: &str) -> Option<Place> {
    let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A user or password that was not encoded.
    if behind.contains('@') {
        return None;
    }
    let host = authority.rsplit('@').next()?;
    let path = behind.split(['?', '#']).next()?.trim_start_matches('/');
    let (address, port) = host_and_port(host)?;
    Some(Place { address, port, namespace: some(path).filter(|name| !name.contains('/')) })
}

/// `db.example:5433`, `[::1]:5433`, neither, or several, of which nobody knows which one it will be.
fn host_and_port(host: &str) -> Option<(Option<String>, Option<u16>)> {
    if host.contains(',') {
        return Some((None, None));
    }
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, port) = rest.split_once(']')?;
            (name, port.strip_prefix(':'))
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(port.parse().ok()?),
    };
    Some((some(name), port))
}

/// `word = value`, with quotes around what has spaces in it.
fn of_words(text: &str) -> Option<Place> {
    let mut place = Place::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, behind) = rest.split_once('=')?;
        let (value, behind) = value(behind.trim_start())?;
        match word.trim_end() {
            "host" => place.address = some(&value).filter(|host| !host.contains(',')),
            "port" => place.port = value.parse().ok(),
            "dbname" => place.namespace = some(&value).filter(|name| !name.contains([':', '='])),
            // Two words are none: the text is something else.
            word if word.contains(char::is_whitespace) => return None,
            _ => {}
        }
        rest = behind.trim_start();
    }
    Some(place)
}

/// The value at the beginning of `text`, and what is behind it. A backslash takes the next character for what it is.
fn value(text: &str) -> Option<(String, &str)> {
    let quoted = text.strip_prefix('\'');
    let text = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            '\'' if quoted.is_some() => return Some((value, &text[at + 1..])),
            character if character.is_whitespace() && quoted.is_none() => return Some((value, &text[at..])),
            character => value.push(character),
        }
    }
    quoted.is_none().then_some((value, ""))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn server(url: &str) -> (Option<String>, Option<u16>, Option<String>) {
        let Place { address, port, namespace } = Place::of_server(url);
        (address, port, namespace)
    }

    fn shop(port: Option<u16>) -> (Option<String>, Option<u16>, Option<String>) {
        (Some("db.example".to_owned()), port, Some("shop".to_owned()))
    }

    #[test]
    fn a_url_tells_its_server_and_database_but_not_its_user() {
        assert_eq!(server("postgres://ada:s3cret@db.example:5433/shop?sslmode=require"), shop(Some(5433)));
        assert_eq!(server("mysql://db.example/shop"), shop(None));
        assert_eq!(server("postgres://ada:s3cret@db.example:/shop"), shop(None));
        assert_eq!(server("postgres://ada:s3:cr@t@db.example/shop"), shop(None));
        assert_eq!(server("postgres://[::1]:5433/").0.as_deref(), Some("::1"));
        assert_eq!(server("postgres:///shop?host=/run"), (None, None, Some("shop".to_owned())));
        assert_eq!(server("postgres://one,two:5433/shop"), (None, None, Some("shop".to_owned())));
    }

    #[test]
    fn words_tell_the_same() {
        assert_eq!(
            server("host=db.example port = 5433 dbname=shop user=ada password=s3cret"),
            shop(Some(5433))
        );
        assert_eq!(server(r"password='a host=s3cret \' b' host='db.example' dbname=shop"), shop(None));
    }

    #[test]
    fn what_is_not_written_as_it_should_be_says_nothing() {
        for url in [
            "postgres://ada:s3/cret@db.example/shop",
            "postgres://ada:s3?cret@db.example/shop",
            "postgres://ada:s3cret/shop",
            "postgres://ada:[s3cret/shop",
            "password='s3cret host=s3cret",
            "s3cret",
            "the s3cret host=s3cret dbname=s3cret",
        ] {
            assert_eq!(server(url), (None, None, None), "{url}");
        }
    }

    #[test]
    fn a_file_is_told_without_its_folders_and_parameters() {
        let file = |url: &str| Place::of_file(url).namespace.unwrap();
        assert_eq!(file("/srv/ada/shop.db"), "shop.db");
        assert_eq!(file("file:shop.db?key=s3cret"), "shop.db");
        assert_eq!(file("sqlite://shop.db"), "shop.db");
        assert_eq!(file(":memory:"), ":memory:");
        assert_eq!(file(""), ":memory:");
    }

    proptest! {
        #[test]
        fn no_password_that_is_encoded_is_told(password in "[a-zA-Z0-9%._~!$&'()*+,;=:-]{8,40}") {
            let place = Place::of_server(&format!("postgres://ada:{password}@db.example:5433/shop"));
            prop_assert_eq!((place.address, place.port, place.namespace), shop(Some(5433)));
        }

        #[test]
        fn no_text_is_too_strange(text: String) {
            Place::of_server(&text);
            Place::of_server(&format!("x://{text}"));
            Place::of_file(&text);
        }
    }
}
