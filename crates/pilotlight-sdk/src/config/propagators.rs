//! Which formats carry trace context and baggage between services.

use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::choice::{self, Choice};

pub use crate::propagation::PropagatorKind;

impl Choice for PropagatorKind {
    const NAMES: &'static [(&'static str, Self)] =
        &[("tracecontext", Self::TraceContext), ("baggage", Self::Baggage)];
}

impl SettingsBuilder {
    /// The formats in which context is read from requests and written to them; none at all when empty.
    ///
    /// Default trace context and baggage. `OTEL_PROPAGATORS`: `tracecontext`, `baggage` or `none`, several between
    /// commas. Repeated names count once. Unknown ones (`b3`, `jaeger`, …) are warned about and left out; when
    /// nothing remains the variable counts as unset. `none` overrules the others. In force even when the SDK is
    /// [disabled](SettingsBuilder::disabled), so that a service without telemetry does not break its neighbours'
    /// traces.
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = PropagatorKind>) -> Self {
        self.propagators = Some(deduplicated(propagators));
        self
    }
}

pub(super) fn resolve(chain: &mut Chain<'_>, code: Option<Vec<PropagatorKind>>) -> Vec<PropagatorKind> {
    chain
        .setting()
        .code(code)
        .variable("OTEL_PROPAGATORS", choice::list)
        .or(vec![PropagatorKind::TraceContext, PropagatorKind::Baggage])
}

/// The first of each, in order.
pub(super) fn deduplicated<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for item in items {
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    unique
}
