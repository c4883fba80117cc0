//! What the errors of async-nats are called: by their kinds, never by their texts.

use crate::messaging::ClientBuilder;
use async_nats::jetstream::consumer::{StreamError, pull, push};
use async_nats::jetstream::context;
use async_nats::{PublishError, RequestError, SubscribeError};
use std::error::Error;
use std::fmt::Debug;
use std::io;

/// Teaches a client the types of errors that its operations here have.
pub(super) fn known(builder: ClientBuilder) -> ClientBuilder {
    builder
        .error_type(|error: &PublishError| word(error.kind()))
        .error_type(|error: &RequestError| word(error.kind()))
        .error_type(|error: &SubscribeError| word(error.kind()))
        .error_type(|error: &context::PublishError| word(error.kind()))
        .error_type(|error: &StreamError| word(error.kind()))
        .error_type(|error: &pull::BatchError| word(error.kind()))
        .error_type(|error: &pull::MessagesError| word(error.kind()))
        .error_type(|error: &pull::OrderedError| word(error.kind()))
        .error_type(|error: &push::MessagesError| word(error.kind()))
        .error_type(|error: &push::OrderedError| word(error.kind()))
        .error_type(|error: &async_nats::Error| boxed(&**error))
}

/// The boxes that settling and fetching have for errors.
fn boxed(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let kinds: [&dyn Fn() -> Option<String>; 5] = [
        &|| error.downcast_ref::<PublishError>().map(|error| word(error.kind())),
        &|| error.downcast_ref::<SubscribeError>().map(|error| word(error.kind())),
        &|| error.downcast_ref::<pull::BatchError>().map(|error| word(error.kind())),
        &|| error.downcast_ref::<RequestError>().map(|error| word(error.kind())),
        &|| error.downcast_ref::<io::Error>().map(|error| word(error.kind())),
    ];
    kinds.iter().find_map(|kind| kind()).unwrap_or_else(|| "_OTHER".to_owned())
}

/// `TimedOut` as `timed_out`. What a kind holds besides its name is left out.
fn word(kind: impl Debug) -> String {
    let name = format!("{kind:?}");
    let mut word = String::with_capacity(name.len() + 4);
    for letter in name.chars().take_while(|letter| letter.is_ascii_alphanumeric()) {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_nats::{PublishErrorKind, RequestErrorKind};

    #[test]
    fn kinds_are_words_without_what_they_hold() {
        assert_eq!(word(RequestErrorKind::NoResponders), "no_responders");
        assert_eq!(word(Some("secret")), "some");
    }

    #[test]
    fn boxes_are_looked_into() {
        let error: async_nats::Error = PublishError::new(PublishErrorKind::MaxPayloadExceeded).into();
        assert_eq!(boxed(&*error), "max_payload_exceeded");
        let error: async_nats::Error = io::Error::new(io::ErrorKind::TimedOut, "secret").into();
        assert_eq!(boxed(&*error), "timed_out");
        let error: async_nats::Error = "secret".into();
        assert_eq!(boxed(&*error), "_OTHER");
    }
}
