//! How much one span or log record may hold, resolved.

use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::parse;
use super::warning::Problems;
use crate::record::{LogLimits, SpanLimits};

/// What code says about limits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    attribute_value_length: Option<Option<usize>>,
    attributes: Option<usize>,
    span_attribute_value_length: Option<Option<usize>>,
    span_attributes: Option<usize>,
    span_events: Option<usize>,
    span_links: Option<usize>,
    event_attributes: Option<usize>,
    link_attributes: Option<usize>,
    log_attribute_value_length: Option<Option<usize>>,
    log_attributes: Option<usize>,
}

/// Limits: what is beyond is cut or dropped, and counted (see [`SpanLimits`] and [`LogLimits`]). Variables that are no whole number are
/// warned about and count as unset.
impl SettingsBuilder {
    /// Characters in a string value, for all signals but metrics, which the specification exempts; `None` is no limit,
    /// and the default. `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    pub fn attribute_value_length_limit(mut self, characters: impl Into<Option<usize>>) -> Self {
        self.limits.attribute_value_length = Some(characters.into());
        self
    }

    /// Attributes on anything that has them, for all signals but metrics, which the specification exempts. Default 128.
    /// `OTEL_ATTRIBUTE_COUNT_LIMIT`.
    pub fn attribute_count_limit(mut self, count: usize) -> Self {
        self.limits.attributes = Some(count);
        self
    }

    /// Characters in a string value on a span, its events and links; `None` is no limit. Default what
    /// [`attribute_value_length_limit`](Self::attribute_value_length_limit) says.
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    pub fn span_attribute_value_length_limit(mut self, characters: impl Into<Option<usize>>) -> Self {
        self.limits.span_attribute_value_length = Some(characters.into());
        self
    }

    /// Attributes on a span. Default what [`attribute_count_limit`](Self::attribute_count_limit) says.
    /// `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.
    pub fn span_attribute_count_limit(mut self, count: usize) -> Self {
        self.limits.span_attributes = Some(count);
        self
    }

    /// Events on a span. Default 128. `OTEL_SPAN_EVENT_COUNT_LIMIT`.
    pub fn span_event_count_limit(mut self, count: usize) -> Self {
        self.limits.span_events = Some(count);
        self
    }

    /// Links on a span. Default 128. `OTEL_SPAN_LINK_COUNT_LIMIT`.
    pub fn span_link_count_limit(mut self, count: usize) -> Self {
        self.limits.span_links = Some(count);
        self
    }

    /// Attributes on one event. Default 128. `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`.
    pub fn event_attribute_count_limit(mut self, count: usize) -> Self {
        self.limits.event_attributes = Some(count);
        self
    }

    /// Attributes on one link. Default 128. `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`.
    pub fn link_attribute_count_limit(mut self, count: usize) -> Self {
        self.limits.link_attributes = Some(count);
        self
    }

    /// Characters in a string value among a log record's attributes; `None` is no limit. Default what
    /// [`attribute_value_length_limit`](Self::attribute_value_length_limit) says.
    /// `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    pub fn logrecord_attribute_value_length_limit(mut self, characters: impl Into<Option<usize>>) -> Self {
        self.limits.log_attribute_value_length = Some(characters.into());
        self
    }

    /// Attributes on a log record. Default what [`attribute_count_limit`](Self::attribute_count_limit) says.
    /// `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`.
    pub fn logrecord_attribute_count_limit(mut self, count: usize) -> Self {
        self.limits.log_attributes = Some(count);
        self
    }
}

impl Limits {
    pub(super) fn resolve_spans(self, chain: &mut Chain<'_>) -> SpanLimits {
        let default = SpanLimits::default();
        SpanLimits {
            attributes: count(
                chain,
                self.span_attributes.or(self.attributes),
                &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
                default.attributes,
            ),
            events: count(chain, self.span_events, &["OTEL_SPAN_EVENT_COUNT_LIMIT"], default.events),
            links: count(chain, self.span_links, &["OTEL_SPAN_LINK_COUNT_LIMIT"], default.links),
            attributes_per_event: count(
                chain,
                self.event_attributes,
                &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"],
                default.attributes_per_event,
            ),
            attributes_per_link: count(
                chain,
                self.link_attributes,
                &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"],
                default.attributes_per_link,
            ),
            attribute_value_length: length(
                chain,
                self.span_attribute_value_length.or(self.attribute_value_length),
                &["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
                default.attribute_value_length,
            ),
        }
    }

    pub(super) fn resolve_logs(self, chain: &mut Chain<'_>) -> LogLimits {
        let default = LogLimits::default();
        LogLimits {
            attributes: count(
                chain,
                self.log_attributes.or(self.attributes),
                &["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
                default.attributes,
            ),
            attribute_value_length: length(
                chain,
                self.log_attribute_value_length.or(self.attribute_value_length),
                &["OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
                default.attribute_value_length,
            ),
        }
    }
}

fn count(chain: &mut Chain<'_>, code: Option<usize>, names: &[&str], default: usize) -> usize {
    chain.setting().code(code).variables(names, parse::count).or(default)
}

/// `None` is no limit.
fn length(
    chain: &mut Chain<'_>,
    code: Option<Option<usize>>,
    names: &[&str],
    default: Option<usize>,
) -> Option<usize> {
    let parse = |text: &str, problems: &mut Problems| parse::count(text, problems).map(Some);
    chain.setting().code(code).variables(names, parse).or(default)
}
