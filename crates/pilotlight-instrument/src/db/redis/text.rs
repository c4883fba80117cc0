//! Commands as a person would type them, with a `?` for each argument.

use crate::telemetry::text::cut;

/// What more arguments would add to a text is length.
const PLACEHOLDERS_MAX: usize = 16;

/// Keys are short; one that is longer is cut.
const KEY_BYTES_MAX: usize = 256;

/// Commands whose first argument is a key, by name: of all others no argument is ever shown, for it may be a password,
/// a script or a message.
const KEYED: [&str; 122] = [
    "APPEND",
    "BITCOUNT",
    "BITFIELD",
    "BITFIELD_RO",
    "BITPOS",
    "BLMOVE",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZPOPMAX",
    "BZPOPMIN",
    "COPY",
    "DECR",
    "DECRBY",
    "DEL",
    "DUMP",
    "EXISTS",
    "EXPIRE",
    "EXPIREAT",
    "EXPIRETIME",
    "GEOADD",
    "GEODIST",
    "GEOHASH",
    "GEOPOS",
    "GEORADIUS",
    "GEORADIUSBYMEMBER",
    "GEOSEARCH",
    "GEOSEARCHSTORE",
    "GET",
    "GETBIT",
    "GETDEL",
    "GETEX",
    "GETRANGE",
    "GETSET",
    "HDEL",
    "HEXISTS",
    "HEXPIRE",
    "HGET",
    "HGETALL",
    "HGETDEL",
    "HGETEX",
    "HINCRBY",
    "HINCRBYFLOAT",
    "HKEYS",
    "HLEN",
    "HMGET",
    "HMSET",
    "HPERSIST",
    "HPEXPIRE",
    "HPTTL",
    "HRANDFIELD",
    "HSCAN",
    "HSET",
    "HSETEX",
    "HSETNX",
    "HSTRLEN",
    "HTTL",
    "HVALS",
    "INCR",
    "INCRBY",
    "INCRBYFLOAT",
    "LINDEX",
    "LINSERT",
    "LLEN",
    "LMOVE",
    "LPOP",
    "LPOS",
    "LPUSH",
    "LPUSHX",
    "LRANGE",
    "LREM",
    "LSET",
    "LTRIM",
    "MGET",
    "MSET",
    "MSETNX",
    "PERSIST",
    "PEXPIRE",
    "PEXPIREAT",
    "PFADD",
    "PFCOUNT",
    "PTTL",
    "RENAME",
    "RENAMENX",
    "RESTORE",
    "RPOP",
    "RPOPLPUSH",
    "RPUSH",
    "RPUSHX",
    "SADD",
    "SCARD",
    "SET",
    "SETBIT",
    "SETEX",
    "SETNX",
    "SETRANGE",
    "SISMEMBER",
    "SMEMBERS",
    "SMOVE",
    "SORT",
    "SPOP",
    "SRANDMEMBER",
    "SREM",
    "SSCAN",
    "STRLEN",
    "TOUCH",
    "TTL",
    "TYPE",
    "UNLINK",
    "XACK",
    "XADD",
    "XDEL",
    "XLEN",
    "XRANGE",
    "XREVRANGE",
    "XTRIM",
    "ZADD",
    "ZCARD",
    "ZINCRBY",
    "ZRANGE",
    "ZREM",
    "ZSCORE",
];

/// Appends a command to `text`: its name, what it calls, and placeholders for the `arguments` behind it, but for its first
/// key if `keys` says so.
pub(super) fn append<'a>(
    text: &mut String,
    name: &str,
    called: Option<&str>,
    keys: bool,
    mut arguments: impl Iterator<Item = &'a [u8]>,
) {
    text.push_str(name);
    if let Some(called) = called {
        text.push(' ');
        text.push_str(called);
    }
    if keys && KEYED.iter().any(|keyed| keyed.eq_ignore_ascii_case(name)) {
        arguments.by_ref().take(1).for_each(|key| append_key(text, key));
    }
    let placeholders = arguments.by_ref().take(PLACEHOLDERS_MAX).count();
    text.extend(std::iter::repeat_n(" ?", placeholders));
    if arguments.next().is_some() {
        text.push_str(" ...");
    }
}

/// A key that would not be one word is quoted, as it must be typed.
fn append_key(text: &mut String, key: &[u8]) {
    let key = String::from_utf8_lossy(&key[..key.len().min(KEY_BYTES_MAX)]);
    let key = cut(&key, KEY_BYTES_MAX);
    let special = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\' | '?');
    if key.is_empty() || key.contains(special) {
        text.push_str(&format!(" {key:?}"));
    } else {
        text.push(' ');
        text.push_str(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, arguments: &[&str], keys: bool) -> String {
        let mut text = String::new();
        append(&mut text, name, None, keys, arguments.iter().map(|argument| argument.as_bytes()));
        text
    }

    #[test]
    fn each_argument_is_a_placeholder() {
        assert_eq!(shown("PING", &[], false), "PING");
        assert_eq!(shown("SET", &["user:7", "s3cret"], false), "SET ? ?");
    }

    #[test]
    fn a_key_is_shown_to_who_asks_for_it_and_nothing_else_is() {
        assert_eq!(shown("SET", &["user:7", "s3cret"], true), "SET user:7 ?");
        assert_eq!(shown("hset", &["user:7", "name", "alice"], true), "hset user:7 ? ?");
        assert_eq!(shown("AUTH", &["s3cret"], true), "AUTH ?");
        assert_eq!(shown("EVAL", &["return 's3cret'", "0"], true), "EVAL ? ?");
        assert_eq!(shown("CONFIG SET", &["requirepass", "s3cret"], true), "CONFIG SET ? ?");
    }

    #[test]
    fn a_key_that_is_no_word_is_quoted() {
        assert_eq!(shown("GET", &["two words"], true), r#"GET "two words""#);
        assert_eq!(shown("GET", &[""], true), r#"GET """#);
        assert_eq!(shown("GET", &["?"], true), r#"GET "?""#);
        assert_eq!(shown("GET", &["a\nDEL b"], true), r#"GET "a\nDEL b""#);
    }

    #[test]
    fn texts_do_not_grow_with_the_arguments() {
        let many = vec!["x"; 100_000];
        assert_eq!(shown("SADD", &many, false), format!("SADD{} ...", " ?".repeat(PLACEHOLDERS_MAX)));
        let long = "é".repeat(KEY_BYTES_MAX);
        assert!(shown("GET", &[&long], true).len() <= "GET ".len() + KEY_BYTES_MAX);
    }
}
