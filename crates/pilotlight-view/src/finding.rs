//! What is wrong with somebody's telemetry, in the words of the page and of the doctor alike.

use serde::Serialize;
use utoipa::ToSchema;

/// Something that was found, with what it was concluded from and what to do next.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Finding {
    /// What kind of trouble this is, the same word each time: `unknown-service`, `port-speaks-grpc`, `two-versions-of-the-api`.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// One line: what is wrong.
    pub title: String,
    /// What was seen: names, counts, addresses. Never the value of a header.
    pub evidence: Vec<String>,
    /// Why it is so, in one sentence.
    pub cause: String,
    /// The one thing to do next.
    pub next: String,
    /// Where in the page it can be seen: a path with a query, such as `/traces?filter=…`; none when there is no such place.
    pub link: Option<String>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know: nothing is lost or wrong.
    Note,
    /// Something is lost, wrong or about to be.
    Warning,
    /// Nothing arrives, or what arrives cannot be used.
    Error,
}
