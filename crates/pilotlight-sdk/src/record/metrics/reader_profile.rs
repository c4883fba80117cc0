//! What a reader wants instruments to become.

use crate::diagnostics;
use crate::record::Temporality;

use super::kind::InstrumentKind;
use super::view::Aggregation;

/// What a reader wants of every instrument.
pub(crate) struct ReaderProfile {
    /// By the kind of instrument.
    wanted: [(Temporality, Aggregation); InstrumentKind::ALL.len()],
    pub(crate) cardinality_limit: usize,
}

impl ReaderProfile {
    /// Asks for each kind once. The answers of code that is not ours are not asked for later, under the registry's lock.
    pub(crate) fn new(
        temporality: impl Fn(InstrumentKind) -> Temporality,
        aggregation: impl Fn(InstrumentKind) -> Aggregation,
        cardinality_limit: usize,
    ) -> Self {
        let wanted = InstrumentKind::ALL.map(|kind| (temporality(kind), usable(aggregation(kind), kind)));
        Self { wanted, cardinality_limit }
    }

    pub(super) fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.wanted[kind as usize].0
    }

    pub(super) fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.wanted[kind as usize].1.clone()
    }
}

/// What a reader wants of a kind, or the default if that makes no sense. Views are checked when they are built.
fn usable(aggregation: Aggregation, kind: InstrumentKind) -> Aggregation {
    let Some(problem) = aggregation.problem() else { return aggregation };
    diagnostics::warn(format_args!(
        "a reader wants {aggregation:?} of each {}, but {problem}; the default is used",
        kind.label()
    ));
    Aggregation::Default
}
