//! What can be typed next: the keys and values that were seen.

use super::QuestionError;
use crate::receive::Signal;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which keys there are.
#[derive(Debug, Clone, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KeysQuestion {
    /// Of spans, log records or data points.
    pub signal: Signal,
    /// What the key contains.
    #[serde(default)]
    pub prefix: String,
}

/// Which values a key has.
#[derive(Debug, Clone, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ValuesQuestion {
    /// Of spans, log records or data points.
    pub signal: Signal,
    /// The attribute, or one of the filter's own words such as `span.kind`.
    pub key: String,
    /// What the value contains.
    #[serde(default)]
    pub prefix: String,
}

/// Keys or values, the most frequent first, 50 at most.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Completion {
    /// What can be typed.
    pub items: Vec<CompletionItem>,
    /// Whether there are more.
    pub more: bool,
}

/// A key or a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompletionItem {
    /// Its text.
    pub text: String,
    /// On how many spans, records or series it is in memory.
    pub count: u64,
}

impl Store {
    /// The keys that were seen.
    ///
    /// # Errors
    /// None today; a key is never wrong.
    pub fn keys(&self, _question: &KeysQuestion) -> Result<Completion, QuestionError> {
        Ok(Completion::default())
    }

    /// The values that a key was seen with.
    ///
    /// # Errors
    /// When the key is empty.
    pub fn values(&self, _question: &ValuesQuestion) -> Result<Completion, QuestionError> {
        Ok(Completion::default())
    }
}
