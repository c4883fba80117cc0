//! How the values of flags and variables are read, where clap's own way would let something wrong pass.

use std::num::ParseIntError;
use std::time::Duration;

use reqwest::Url;

pub(crate) fn milliseconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_millis)
}

pub(crate) fn seconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_secs)
}

pub(crate) fn amount(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(amount) if amount >= 0.0 => Ok(amount),
        _ => Err("not an amount of money; give a number from zero up".into()),
    }
}

/// Where another program listens. Only the plain protocol: the shop's programs talk to each other in a network of their own.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|cause| format!("{cause}; give a URL like http://127.0.0.1:8080"))?;
    match (url.scheme(), url.path(), url.query()) {
        ("http", "/", None) if url.has_host() => Ok(url),
        _ => Err("not the address of a server; give a URL like http://127.0.0.1:8080".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_that_of_a_server_and_of_the_plain_protocol() {
        assert_eq!(http_url("http://payments:8081").unwrap().as_str(), "http://payments:8081/");
        for wrong in [
            "",
            "payments:8081",
            "https://payments",
            "http://payments/api",
            "http://payments/?a=b",
            "http://",
        ] {
            assert!(http_url(wrong).unwrap_err().contains("http://127.0.0.1:8080"), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for wrong in ["NaN", "-1", "much"] {
            assert!(amount(wrong).is_err(), "{wrong}");
        }
    }
}
