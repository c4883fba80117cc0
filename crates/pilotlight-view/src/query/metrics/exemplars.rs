//! Single measurements as dots.

use super::choice::Member;
use super::labels::Group;
use crate::query::{Attribute, Exemplar};
use crate::store::metrics::{self, canonical};
use std::collections::HashMap;

/// Dots of one picture.
const EXEMPLARS_MAX: usize = 500;

/// Exemplars in the range, the newest ones, by time.
pub(super) fn of(
    members: &[Member<'_>],
    lines: &[Group],
    (from, to): (u64, u64),
    known: &dyn Fn(&[u8; 16]) -> bool,
) -> Vec<Exemplar> {
    let line_of: HashMap<usize, u32> = lines
        .iter()
        .zip(0..)
        .flat_map(|(group, line)| group.members.iter().map(move |i| (*i, line)))
        .collect();
    let all = members
        .iter()
        .enumerate()
        .flat_map(|(i, member)| member.series.exemplars.iter().map(move |e| (i, e)));
    let mut all: Vec<(usize, &metrics::Exemplar)> =
        all.filter(|(_, e)| (from..=to).contains(&e.time)).collect();
    all.sort_by_key(|(_, exemplar)| exemplar.time);
    let newest = all.len().saturating_sub(EXEMPLARS_MAX);
    all.drain(..newest);
    all.into_iter().map(|(i, exemplar)| shown(exemplar, line_of.get(&i).copied(), known)).collect()
}

fn shown(exemplar: &metrics::Exemplar, line: Option<u32>, known: &dyn Fn(&[u8; 16]) -> bool) -> Exemplar {
    Exemplar {
        time_ms: exemplar.time as f64 / 1e6,
        value: exemplar.value,
        trace_id: exemplar.trace_id.map(|id| hexadecimal(&id)),
        span_id: exemplar.span_id.map(|id| hexadecimal(&id)),
        known: exemplar.trace_id.is_some_and(|id| known(&id)),
        line,
        attributes: canonical::read(&exemplar.attributes).iter().map(Attribute::of).collect(),
    }
}

fn hexadecimal(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
