//! What could not be shown, or cannot be right: in words.

use super::choice::Member;
use super::increase::{Counted, Reading, increases};
use crate::query::Temporality;
use crate::store::metrics::{Explicit, Exponential, Points};

/// Of these series.
pub(super) fn of(members: &[Member<'_>]) -> Vec<String> {
    let total = |count: fn(&Member<'_>) -> u64| members.iter().map(count).sum::<u64>();
    let not_finite = total(|member| member.series.not_finite);
    let backwards = total(|member| member.series.backwards);
    let contradicted = total(contradicted);
    let in_turns = members.iter().filter(|member| in_turns(member)).count();
    let notes = [
        (not_finite, format!("{not_finite} points are NaN or infinite and cannot be drawn.")),
        (
            backwards,
            format!(
                "{backwards} points say that they began after they ended; their start time is passed over."
            ),
        ),
        (
            contradicted,
            format!(
                "{contradicted} points came twice with different values: two processes tell one series. \
                 Give each its own service.instance.id."
            ),
        ),
        (
            in_turns as u64,
            format!(
                "{in_turns} series are told by several processes in turns; each was counted for itself. \
                 Give each its own service.instance.id."
            ),
        ),
    ];
    notes.into_iter().filter(|(many, _)| *many > 0).map(|(_, note)| note).collect()
}

fn contradicted(member: &Member<'_>) -> u64 {
    match &member.series.points {
        Points::Numbers(column) => column.contradicted(),
        Points::Explicit(column) => column.contradicted(),
        Points::Exponential(column) => column.contradicted(),
        Points::Summaries(column) => column.contradicted(),
    }
}

fn in_turns(member: &Member<'_>) -> bool {
    if member.stream.temporality != Some(Temporality::Cumulative) {
        return false;
    }
    match &member.series.points {
        Points::Numbers(_) => several::<f64>(member),
        Points::Explicit(_) => several::<Explicit>(member),
        Points::Exponential(_) => several::<Exponential>(member),
        Points::Summaries(_) => false,
    }
}

fn several<V: Counted>(member: &Member<'_>) -> bool {
    let reading = Reading { temporality: Temporality::Cumulative, cut: member.series.cut };
    V::column(&member.series.points).is_some_and(|column| increases(column, reading, |_| ()))
}
