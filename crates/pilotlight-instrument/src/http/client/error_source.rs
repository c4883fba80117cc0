//! From a service's or a body's own type of error to something that tells its causes.
//!
//! Services answer with an error type that implements [`Error`], or with tower's `Box<dyn Error + Send + Sync>`,
//! which does not; no bound admits both. So there is none: an error is any type, and those that are known, or were
//! named by the user, are recognized by their identity.

use std::any::Any;
use std::error::Error;
use std::io;

type Seen = fn(&dyn Any) -> Option<&(dyn Error + 'static)>;

/// The types of errors that can be looked into.
pub(super) struct ErrorSources(Vec<Seen>);

impl ErrorSources {
    /// Adds a type.
    pub(super) fn add<E: Error + 'static>(&mut self) {
        self.0.push(plain::<E>);
    }

    /// `None` for an error of a type that nobody named.
    pub(super) fn look_into<'a, E: 'static>(&self, error: &'a E) -> Option<&'a (dyn Error + 'static)> {
        self.0.iter().find_map(|seen| seen(error))
    }
}

impl Default for ErrorSources {
    fn default() -> Self {
        let mut known = Self(vec![boxed_send_sync, boxed_send, boxed]);
        known.add::<io::Error>();
        #[cfg(feature = "hyper-util")]
        known.add::<hyper_util::client::legacy::Error>();
        #[cfg(feature = "hyper-util")]
        known.add::<hyper::Error>();
        #[cfg(feature = "reqwest")]
        known.add::<reqwest::Error>();
        #[cfg(feature = "reqwest")]
        known.add::<reqwest_middleware::Error>();
        #[cfg(feature = "axum")]
        known.add::<axum::Error>();
        known
    }
}

fn plain<E: Error + 'static>(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    error.downcast_ref::<E>().map(|error| error as _)
}

fn boxed_send_sync(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    error.downcast_ref::<Box<dyn Error + Send + Sync>>().map(|error| &**error as _)
}

fn boxed_send(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    error.downcast_ref::<Box<dyn Error + Send>>().map(|error| &**error as _)
}

fn boxed(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    error.downcast_ref::<Box<dyn Error>>().map(|error| &**error as _)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Own;

    impl fmt::Display for Own {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("own")
        }
    }

    impl Error for Own {}

    #[test]
    fn boxes_and_known_types_can_be_looked_into() {
        let sources = ErrorSources::default();
        let boxed: Box<dyn Error + Send + Sync> = Box::new(Own);
        assert!(sources.look_into(&boxed).unwrap().is::<Own>());
        let boxed: Box<dyn Error> = Box::new(Own);
        assert!(sources.look_into(&boxed).unwrap().is::<Own>());
        assert!(sources.look_into(&io::Error::other(Own)).unwrap().is::<io::Error>());
    }

    #[test]
    fn other_types_have_to_be_named() {
        let mut sources = ErrorSources::default();
        assert!(sources.look_into(&Own).is_none());
        sources.add::<Own>();
        assert!(sources.look_into(&Own).unwrap().is::<Own>());
    }
}
