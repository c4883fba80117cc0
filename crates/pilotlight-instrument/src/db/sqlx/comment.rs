//! Statements that carry their trace to the database, in a comment as sqlcommenter writes it.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// The statement with `traceparent` of the context's span at its end, or `None` where it is to go as it is: when the span is not
/// sampled, and nobody will look for it, and when the statement has a comment, which may be a hint to the database, or whose end is
/// the statement's.
pub(super) fn commented(sql: &str, context: &Context) -> Option<SqlStr> {
    let span = context.span();
    let span = span.span_context();
    if !span.is_sampled() || sql.contains("--") || sql.contains("/*") || sql.contains('#') {
        return None;
    }
    Some(AssertSqlSafe(append(sql, span)).into_sql_str())
}

/// Before a semicolon at the end: what follows it would be a statement of its own.
fn append(sql: &str, span: &SpanContext) -> String {
    let end = sql.trim_end_matches(|end: char| end == ';' || end.is_whitespace()).len();
    let (statement, rest) = sql.split_at(end);
    // Hexadecimal digits and hyphens alone: nothing that would have to be encoded.
    format!(
        "{statement} /*traceparent='00-{}-{}-{:02x}'*/{rest}",
        span.trace_id(),
        span.span_id(),
        span.trace_flags()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    const COMMENT: &str = "/*traceparent='00-0000000000000000000000000000000b-0000000000000016-01'*/";

    fn context(flags: TraceFlags) -> Context {
        let (trace, span) = (TraceId::from(11), SpanId::from(22));
        let span = SpanContext::new(trace, span, flags, false, TraceState::default());
        Context::new().with_remote_span_context(span)
    }

    fn sent(sql: &str) -> Option<String> {
        commented(sql, &context(TraceFlags::SAMPLED)).map(|sql| sql.as_str().to_owned())
    }

    #[test]
    fn the_trace_goes_to_the_end_of_the_statement() {
        assert_eq!(sent("SELECT 1"), Some(format!("SELECT 1 {COMMENT}")));
        assert_eq!(sent("SELECT 1;\n"), Some(format!("SELECT 1 {COMMENT};\n")));
    }

    #[test]
    fn a_statement_with_a_comment_is_left_alone() {
        for sql in ["SELECT /*+ hint */ 1", "SELECT 1 -- one", "SELECT 1 # one", "SELECT '--'"] {
            assert_eq!(sent(sql), None, "{sql}");
        }
    }

    #[test]
    fn a_trace_that_nobody_keeps_is_not_told() {
        assert!(commented("SELECT 1", &context(TraceFlags::default())).is_none());
        assert!(commented("SELECT 1", &Context::new()).is_none());
    }
}
