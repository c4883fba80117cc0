//! What all questions have in common: a range of time, and a filter.
//!
//! # The filter
//!
//! One line of words, separated by spaces; all of them must hold. It is what the page's search box holds and its address bar shows.
//!
//! | word | holds when |
//! |---|---|
//! | `http.route=/api/orders` | an attribute of the span or record, of its resource or its scope has this value |
//! | `http.route!=/health` | it has another value, or there is none |
//! | `url.path~order` | it contains this, in any case of letters; `!~`: it does not |
//! | `http.response.status_code>=500` | as numbers: `>`, `>=`, `<`, `<=` |
//! | `user.id?` | there is such an attribute; `!user.id?`: there is none |
//! | `payment declined`, `"card expired"` | each word, or the quoted words as one: somewhere in the name, the body or any value, in any case |
//!
//! Values with spaces or quotes are quoted: `db.query.text~"select *"`, with `\"` and `\\` inside. Beside the attributes there are
//! `service` (`service.name`), `span.name`, `span.kind`, `span.status` (`unset`, `ok`, `error`), `span.duration` (`250ms`, `1.5s`, `80us`),
//! `span.id`, `trace.id`, `scope.name`, `log.severity` (a name or a number: `log.severity>=warn`), `log.body`.
//! An attribute of a resource alone is `resource.` and its key. A span's first exception is among its attributes as `exception.type` and
//! `exception.message`. Values are searched in their first 1,024 bytes, and of one span or record the first 256 attributes.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which spans are meant.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SpanQuestion {
    /// From here on, milliseconds since 1970; without it, from the oldest on.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970; without it, until now.
    pub to_ms: Option<f64>,
    /// Which ones: see the module's table.
    pub filter: String,
}

/// A question that cannot be answered as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, ToSchema)]
pub struct QuestionError {
    /// What is wrong with it, and what to try.
    pub message: String,
    /// Where in the filter, as a byte's position, when the filter is what is wrong.
    pub position: Option<usize>,
}

impl std::fmt::Display for QuestionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QuestionError {}
