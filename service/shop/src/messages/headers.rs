//! What a message takes along beside its body: the context that it was sent in.

use std::collections::HashMap;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::{Context, global};

/// Headers by name, as the propagators write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers(HashMap<String, String>);

impl Headers {
    /// Those of the current context.
    pub(crate) fn of_current_context() -> Self {
        let mut headers = Self::default();
        global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
        headers
    }

    /// The context that they tell of.
    pub(crate) fn context(&self) -> Context {
        global::get_text_map_propagator(|propagator| propagator.extract_with_context(&Context::new(), self))
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    /// None for what is no JSON: a message without a context is better than no message.
    pub(crate) fn from_json(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_default())
    }
}

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
}

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back_and_what_is_spoilt_is_nothing() {
        let mut headers = Headers::default();
        headers.set("traceparent", "00-1-2-01".into());

        assert_eq!(Headers::from_json(&headers.to_json()), headers);
        assert_eq!(Headers::from_json("{\"traceparent\":"), Headers::default());
    }
}
