//! The token that a viewer beyond loopback asks for.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use std::fmt;

/// A token. Whoever has it may see and change everything. Its text is not in its `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A token that can be guessed is none.
const LENGTH_MIN: usize = 16;

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A token of the user's own: 16 to 200 letters, digits, `-`, `_`, `.` or `~`, which need no escaping in an address or a cookie.
    ///
    /// # Errors
    /// In words, when it is not that.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fits = (LENGTH_MIN..=200).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a token has 16 to 200 letters, digits, `-`, `_`, `.` or `~`: leave it out to have one made"
                .to_owned())
        }
    }

    /// A token that nobody can guess: 128 random bits.
    ///
    /// # Errors
    /// When the system has none.
    pub fn random() -> Result<Self, String> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            format!(
                "a token cannot be made, the system gives no random bytes: {error}; give one with --token"
            )
        })?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Its text, to be printed where the viewer was started and nowhere else.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it is this one. How long it takes does not tell how much of it is right.
    pub(super) fn is(&self, given: &str) -> bool {
        let (ours, given) = (self.0.as_bytes(), given.as_bytes());
        let differences = ours.iter().zip(given).fold(0_u8, |all, (ours, given)| all | (ours ^ given));
        ours.len() == given.len() && std::hint::black_box(differences) == 0
    }

    /// What a request shows, in its header or its cookie.
    pub(super) fn shown(&self, headers: &HeaderMap, port: u16) -> Shown {
        let bearer =
            headers.get_all(AUTHORIZATION).iter().filter_map(|value| value.to_str().ok()).filter_map(bearer);
        let name = cookie_name(port);
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut shown = Shown::Nothing;
        for given in bearer.chain(cookies.filter(|(key, _)| *key == name).map(|(_, value)| value)) {
            if self.is(given) {
                return Shown::Right;
            }
            shown = Shown::Wrong;
        }
        shown
    }

    /// What makes a browser show it from now on: to this host alone and never to a script. When another site asks, only for opening a
    /// page: a link in a chat or a ticket leads to what it shows. What another site's page itself asks for comes without it, and
    /// `origin::check` refuses it besides.
    pub(super) fn cookie(&self, port: u16) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Lax", cookie_name(port), self.0)
    }
}

/// What a request showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Right,
    Wrong,
    Nothing,
}

/// Cookies do not know of ports: two viewers on one host need two names.
fn cookie_name(port: u16) -> String {
    format!("pilotlight-{port}")
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use http::{HeaderName, HeaderValue};

    fn shown(name: HeaderName, value: &'static str) -> Shown {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        Token::parse("0123456789abcdef").unwrap().shown(&headers, 4316)
    }

    #[test]
    fn the_token_is_taken_from_the_header_and_from_the_cookie() {
        assert_eq!(shown(AUTHORIZATION, "Bearer 0123456789abcdef"), Shown::Right);
        assert_eq!(shown(AUTHORIZATION, "bearer 0123456789abcdef"), Shown::Right);
        assert_eq!(shown(COOKIE, "a=b; pilotlight-4316=0123456789abcdef; c=d"), Shown::Right);
    }

    #[test]
    fn others_are_not_taken() {
        assert_eq!(shown(AUTHORIZATION, "Bearer 0123456789abcdeF"), Shown::Wrong);
        assert_eq!(shown(AUTHORIZATION, "Bearer 0123456789abcdef0"), Shown::Wrong);
        assert_eq!(shown(AUTHORIZATION, "Bearer 0123456789abcde"), Shown::Wrong);
        assert_eq!(shown(AUTHORIZATION, "Bearer "), Shown::Wrong);
        assert_eq!(shown(AUTHORIZATION, "Basic 0123456789abcdef"), Shown::Nothing);
        assert_eq!(shown(COOKIE, "pilotlight-9999=0123456789abcdef"), Shown::Nothing);
    }

    #[test]
    fn tokens_that_are_made_differ_and_can_be_given_again() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(one.text(), other.text());
        assert_eq!(Token::parse(one.text()).unwrap(), one);
    }

    #[test]
    fn a_token_that_could_be_guessed_or_would_need_escaping_is_refused_and_none_is_printed() {
        assert!(Token::parse("short").is_err());
        assert!(Token::parse("0123456789abcdef; Path=/x").is_err());
        assert!(!format!("{:?}", Token::parse("0123456789abcdef").unwrap()).contains("0123"));
    }
}
