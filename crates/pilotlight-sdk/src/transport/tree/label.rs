//! A span's kind and status in a word.

use opentelemetry::trace::{SpanKind, Status};

/// ` [server]`; nothing for the usual kind.
pub(crate) fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => " [server]",
        SpanKind::Client => " [client]",
        SpanKind::Producer => " [producer]",
        SpanKind::Consumer => " [consumer]",
        SpanKind::Internal => "",
    }
}

/// ` ✗` or ` ✓`; nothing while nobody has said how it went.
pub(crate) fn status(status: &Status) -> &'static str {
    match status {
        Status::Error { .. } => " ✗",
        Status::Ok => " ✓",
        Status::Unset => "",
    }
}

/// `3 attributes, 1 event`, of what was refused at a limit; `None` when nothing was.
pub(crate) fn dropped(counts: &[(u32, &str)]) -> Option<String> {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
