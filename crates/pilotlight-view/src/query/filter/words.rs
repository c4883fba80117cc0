//! The words that a filter consists of, as they are typed.

use std::fmt::{Display, Formatter, Result};

/// One word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// This text is somewhere.
    Text(String),
    /// There is such an attribute; or there is none.
    Exists {
        /// The attribute.
        field: Field,
        /// There is none.
        negated: bool,
    },
    /// A value compares like this.
    Compare {
        /// Whose value.
        field: Field,
        /// How it compares.
        operator: Operator,
        /// With what.
        value: String,
    },
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// An attribute of the span, record or series, of its resource or its scope.
    Attribute(String),
    /// An attribute of its resource.
    Resource(String),
    Service,
    ScopeName,
    SpanName,
    SpanKind,
    SpanStatus,
    SpanDuration,
    SpanId,
    TraceId,
    LogSeverity,
    LogBody,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
    Over,
    AtLeast,
    Under,
    AtMost,
}

impl Field {
    /// The field of a name.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "service" => Self::Service,
            "scope.name" => Self::ScopeName,
            "span.name" => Self::SpanName,
            "span.kind" => Self::SpanKind,
            "span.status" => Self::SpanStatus,
            "span.duration" => Self::SpanDuration,
            "span.id" => Self::SpanId,
            "trace.id" => Self::TraceId,
            "log.severity" => Self::LogSeverity,
            "log.body" => Self::LogBody,
            other => match other.strip_prefix("resource.") {
                Some(key) if !key.is_empty() => Self::Resource(key.to_owned()),
                _ => Self::Attribute(other.to_owned()),
            },
        }
    }
}

impl Operator {
    /// The operator that a text begins with, with its length.
    pub(super) fn at_start(text: &str) -> Option<(Self, usize)> {
        let all = [
            ("!=", Self::IsNot),
            ("!~", Self::ContainsNot),
            (">=", Self::AtLeast),
            ("<=", Self::AtMost),
            ("=", Self::Is),
            ("~", Self::Contains),
            (">", Self::Over),
            ("<", Self::Under),
        ];
        all.into_iter()
            .find(|(sign, _)| text.starts_with(sign))
            .map(|(sign, operator)| (operator, sign.len()))
    }

    /// Whether the word holds where the comparison does not.
    pub(super) fn is_negated(self) -> bool {
        matches!(self, Self::IsNot | Self::ContainsNot)
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Contains => "~",
            Self::ContainsNot => "!~",
            Self::Over => ">",
            Self::AtLeast => ">=",
            Self::Under => "<",
            Self::AtMost => "<=",
        })
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Attribute(key) => f.write_str(key),
            Self::Resource(key) => write!(f, "resource.{key}"),
            Self::Service => f.write_str("service"),
            Self::ScopeName => f.write_str("scope.name"),
            Self::SpanName => f.write_str("span.name"),
            Self::SpanKind => f.write_str("span.kind"),
            Self::SpanStatus => f.write_str("span.status"),
            Self::SpanDuration => f.write_str("span.duration"),
            Self::SpanId => f.write_str("span.id"),
            Self::TraceId => f.write_str("trace.id"),
            Self::LogSeverity => f.write_str("log.severity"),
            Self::LogBody => f.write_str("log.body"),
        }
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Text(text) => quoted_unless(text, f, is_plain_text(text)),
            Self::Exists { field, negated } => write!(f, "{}{field}?", if *negated { "!" } else { "" }),
            Self::Compare { field, operator, value } => {
                write!(f, "{field}{operator}")?;
                quoted_unless(value, f, !value.is_empty() && !value.contains(needs_quotes))
            }
        }
    }
}

fn is_plain_text(text: &str) -> bool {
    !text.is_empty() && !text.contains(|char: char| needs_quotes(char) || "=~<>!?".contains(char))
}

fn needs_quotes(char: char) -> bool {
    char.is_whitespace() || char == '"' || char == '\\'
}

fn quoted_unless(text: &str, f: &mut Formatter<'_>, plain: bool) -> Result {
    if plain {
        return f.write_str(text);
    }
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
