//! What can be typed next: the keys and values that were seen.

mod keys;
mod series;
mod tally;
mod values;

use super::QuestionError;
use crate::receive::Signal;
use crate::store::Store;
use crate::store::window::entities::Entities;
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
    /// The keys that were seen in memory.
    ///
    /// # Errors
    /// None today; a key is never wrong.
    pub fn keys(&self, question: &KeysQuestion) -> Result<Completion, QuestionError> {
        if question.signal == Signal::Metrics {
            return Ok(series::keys(&self.aggregates().metrics(), &question.prefix));
        }
        Ok(keys::keys(&self.window().all(), question.signal, &question.prefix))
    }

    /// The values that a key was seen with in memory.
    ///
    /// # Errors
    /// When the key is empty.
    pub fn values(&self, question: &ValuesQuestion) -> Result<Completion, QuestionError> {
        if question.key.is_empty() {
            let message = "Of which key? Give `key`, as `/api/keys` lists them.".to_owned();
            return Err(QuestionError { message, position: None });
        }
        if question.signal == Signal::Metrics {
            return Ok(series::values(&self.aggregates().metrics(), &question.key, &question.prefix));
        }
        Ok(values::values(&self.window().all(), question.signal, &question.key, &question.prefix))
    }
}

/// How many rows each of the resources or scopes has.
fn rows_of_each(entities: &Entities, column: &[u32]) -> Vec<u64> {
    let mut rows = vec![0; entities.all().len()];
    for number in column {
        if let Some(count) = rows.get_mut(*number as usize) {
            *count += 1;
        }
    }
    rows
}
