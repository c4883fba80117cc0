//! How a question is answered: in its turn, on a thread that may block, as JSON, compressed for those who like that.

use super::context::Context;
use super::refusal::Refusal;
use crate::query::QuestionError;
use crate::store::Store;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use std::convert::Infallible;
use std::io::Write;

/// What a question is answered with.
pub(super) type Answer = Result<Response, Refusal>;

/// Who asks: the context, and whether an answer may be compressed.
pub(super) struct Asker {
    pub(super) context: Context,
    gzip: bool,
}

/// Answers below this are sent as they are: they fit a packet or two.
const COMPRESS_FROM: usize = 1024;

impl FromRequestParts<Context> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Infallible> {
        Ok(Self { context: context.clone(), gzip: takes_gzip(&parts.headers) })
    }
}

impl Asker {
    /// Answers with what the store says.
    pub(super) async fn ask<T, E, F>(self, question: F) -> Answer
    where
        T: Serialize,
        E: Into<Refusal>,
        F: FnOnce(&Store) -> Result<T, E> + Send + 'static,
    {
        let Self { context, gzip } = self;
        let Some(turn) = context.turn().await else {
            return Err(Refusal::busy("too many questions at once: ask again in a second"));
        };
        let answered = tokio::task::spawn_blocking(move || {
            // Held here and not outside: when the page goes away, the question still runs.
            let _turn = turn;
            let answer = question(&context.store).map_err(Into::into)?;
            json(&answer, gzip)
        });
        answered.await.unwrap_or_else(|_| {
            Err(failed("a question ended without an answer: what it met is in the program's output"))
        })
    }

    /// Answers with what the store knows and cannot refuse.
    pub(super) async fn tell<T: Serialize>(
        self,
        question: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Answer {
        self.ask(move |store| Ok::<_, Refusal>(question(store))).await
    }

    /// Answers with something that may not be here: `what` names it.
    pub(super) async fn find<T, F>(self, what: String, question: F) -> Answer
    where
        T: Serialize,
        F: FnOnce(&Store) -> Result<Option<T>, QuestionError> + Send + 'static,
    {
        self.ask(move |store| question(store)?.ok_or_else(|| missing(&what))).await
    }
}

fn missing(what: &str) -> Refusal {
    let what: String = what.chars().take(200).collect();
    Refusal::missing(format!("{what} is not here: it was never received, or let go of since"))
}

fn failed(message: &str) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, message)
}

fn json<T: Serialize>(answer: &T, gzip: bool) -> Answer {
    let plain = serde_json::to_vec(answer)
        .map_err(|error| failed(&format!("the answer cannot be written: {error}")))?;
    let compressed = if gzip && plain.len() >= COMPRESS_FROM { compress(&plain) } else { None };
    let encoding = compressed.as_ref().map(|_| HeaderValue::from_static("gzip"));
    let mut response = Response::new(Body::from(compressed.unwrap_or(plain)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, encoding);
    }
    Ok(response)
}

/// None when it cannot be compressed, which memory does not bring about: then it goes as it is.
fn compress(plain: &[u8]) -> Option<Vec<u8>> {
    // The quickest level: pages are near, and the thread is wanted for the next question.
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// Whether `Accept-Encoding` names gzip without refusing it by `q=0`.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            gzip && parts
                .filter_map(|part| part.strip_prefix("q="))
                .all(|q| q.parse::<f32>().is_ok_and(|q| q > 0.0))
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn gzip_is_used_only_for_those_who_take_it() {
        for (value, takes) in [
            ("gzip, deflate, br", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("identity", false),
            ("xgzip", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(takes_gzip(&headers), takes, "{value}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn small_answers_are_not_compressed() {
        let small = json(&"x", true).unwrap();
        assert!(!small.headers().contains_key(CONTENT_ENCODING));
        let large = json(&"x".repeat(COMPRESS_FROM), true).unwrap();
        assert_eq!(large.headers()[CONTENT_ENCODING], "gzip");
    }

    #[tokio::test]
    async fn beyond_the_places_a_question_is_refused_and_later_ones_are_not() {
        let context = Context::new(
            Store::open(crate::store::Options::default()).unwrap(),
            crate::receive::Journal::default(),
            crate::receive::Counters::default(),
            crate::api::About::default(),
        );
        let mut turns = Vec::new();
        let mut waiting = Vec::new();
        for _ in 0..4 {
            turns.push(context.turn().await.unwrap());
        }
        for _ in 0..32 {
            let mut turn = Box::pin({
                let context = context.clone();
                async move { context.turn().await }
            });
            assert!(futures_util::poll!(&mut turn).is_pending());
            waiting.push(turn);
        }
        let refused = Asker { context: context.clone(), gzip: false }.tell(|_| 1).await.unwrap_err();
        assert!(format!("{refused:?}").contains("503"), "{refused:?}");
        drop((turns, waiting));
        assert!(Asker { context, gzip: false }.tell(|_| 1).await.is_ok());
    }
}
