//! One metric over time: from series to lines, heatmap, quantiles and exemplars.

use super::choice::{Choice, Member, choose};
use super::distribution::{Distributed, Distribution, Inside, Row};
use super::explicit::Bounds;
use super::exponential::Scale;
use super::increase::{Counted, Reading, increases};
use super::labels::{Group, Texts, by_keys, each_alone, name};
use super::levels::{Combine, held_values, last_values, together};
use super::means::{Means, Recorded};
use super::steps::Steps;
use super::sums::Sums;
use super::{exemplars, notes, range, summaries};
use crate::query::{Line, MetricData, MetricKind, MetricQuestion, Temporality};
use crate::store::metrics::{Explicit, Exponential, MetricWindow, Summary};

/// Lines of one picture.
const LINES_MAX: usize = 100;
/// Steps, when the question says nothing, and at most.
const STEPS: (usize, usize) = (120, 500);

/// One metric over time; none when it is not here. `meant` says which series, `known` which traces are here.
pub(crate) fn answer(
    window: &MetricWindow,
    question: &MetricQuestion,
    meant: &dyn Fn(&Texts) -> bool,
    known: &dyn Fn(&[u8; 16]) -> bool,
) -> Option<MetricData> {
    let choice = choose(window, question, meant)?;
    let (from, to) = range::range(&choice, question);
    let steps = Steps::new(from, to, question.steps.unwrap_or(STEPS.0).clamp(1, STEPS.1));
    let mut drawing = Drawing::new(&choice, question, steps);
    let drawn = drawing.draw();
    let Drawing { groups, lines_left_out, .. } = drawing;
    let Drawn { lines, distribution, quantiles, mean, meaning, notes: mut told } = drawn;
    told.extend(notes::of(&choice.members));
    let beyond = distribution.as_ref().map(Distribution::quantiles);
    if let Some((_, beyond)) = beyond.as_ref().filter(|(_, beyond)| *beyond > 0) {
        told.push(format!(
            "In {beyond} steps a quantile is above the last bound; that bound is drawn in its place."
        ));
    }
    Some(MetricData {
        name: question.name.clone(),
        unit: choice.stream.unit.clone(),
        description: choice.metric.descriptions.first().cloned().unwrap_or_default(),
        kind: choice.metric.kind,
        temporality: choice.stream.temporality,
        monotonic: choice.stream.monotonic && choice.metric.kind == MetricKind::Sum,
        meaning: meaning.to_owned(),
        start_ms: steps.start_ms(),
        step_ms: steps.width_ms(),
        exemplars: exemplars::of(&choice.members, &groups, (from, to), known),
        lines,
        lines_left_out: lines_left_out as u64,
        heatmap: distribution.as_ref().map(Distribution::heatmap),
        mean,
        quantiles: quantiles.or(beyond.map(|(quantiles, _)| quantiles)),
        notes: choice.notes.iter().cloned().chain(told).collect(),
    })
}

/// What is drawn of a question.
struct Drawing<'a> {
    choice: &'a Choice<'a>,
    steps: Steps,
    raw: bool,
    /// What lines are of.
    groups: Vec<Group>,
    lines_left_out: usize,
}

/// What was drawn.
#[derive(Default)]
struct Drawn {
    lines: Vec<Line>,
    distribution: Option<Distribution>,
    quantiles: Option<crate::query::Quantiles>,
    mean: Option<Vec<Option<f64>>>,
    meaning: &'static str,
    notes: Vec<String>,
}

impl<'a> Drawing<'a> {
    fn new(choice: &'a Choice<'a>, question: &MetricQuestion, steps: Steps) -> Self {
        let keys = question.group_by.as_deref().map(str::trim).filter(|keys| !keys.is_empty());
        let mut groups = match keys {
            Some(keys) => by_keys(&choice.members, keys),
            None => each_alone(&choice.members),
        };
        let lines_left_out = groups.len().saturating_sub(LINES_MAX);
        if lines_left_out > 0 {
            keep_largest(&mut groups, choice, steps);
        }
        if keys.is_none() {
            name(&mut groups, &choice.members, &question.name);
        }
        Self { choice, steps, raw: question.raw, groups, lines_left_out }
    }

    fn draw(&mut self) -> Drawn {
        match self.choice.metric.kind {
            MetricKind::Gauge => self.levels(Combine::Mean, "value"),
            MetricKind::Sum => self.sums(),
            MetricKind::Histogram => {
                let columns = self.members().filter_map(|member| Explicit::column(&member.series.points));
                let Some(bounds) = Bounds::of(columns) else {
                    return self.counts::<Explicit>(&[], "No histogram of it has buckets.");
                };
                let mut drawn = self.distributed::<Explicit>(&bounds, bounds.rows());
                drawn.notes.extend(bounds.note());
                drawn
            }
            MetricKind::ExponentialHistogram => {
                let all: Vec<_> =
                    self.members().filter_map(|member| Exponential::column(&member.series.points)).collect();
                match Scale::of(all.into_iter()) {
                    Some(scale) => self.distributed::<Exponential>(&scale, scale.rows()),
                    None => self.counts::<Exponential>(&[], "Nothing has been recorded yet."),
                }
            }
            MetricKind::Summary => {
                let (quantiles, note) = summaries::quantiles(&self.choice.members, self.steps);
                let notes: Vec<String> = note.into_iter().collect();
                Drawn { quantiles, ..self.counts::<Summary>(&notes, "") }
            }
        }
    }

    fn members(&self) -> impl Iterator<Item = &Member<'a>> {
        self.choice.members.iter()
    }

    fn sums(&self) -> Drawn {
        let delta = self.choice.stream.temporality == Some(Temporality::Delta);
        match (self.choice.stream.monotonic, delta, self.raw) {
            (false, false, _) => self.levels(Combine::Sum, "value"),
            (true, false, true) => self.levels(Combine::Sum, "total"),
            (_, true, true) => {
                Drawn { lines: self.rates::<f64>(true), meaning: "in each step", ..Drawn::default() }
            }
            (true, _, false) => {
                Drawn { lines: self.rates::<f64>(false), meaning: "a second", ..Drawn::default() }
            }
            (false, true, false) => {
                Drawn { lines: self.rates::<f64>(false), meaning: "change a second", ..Drawn::default() }
            }
        }
    }

    fn levels(&self, combine: Combine, meaning: &'static str) -> Drawn {
        let members = &self.choice.members;
        let line = |group: &Group| {
            let values = match group.members[..] {
                [only] => last_values(members[only].series, self.steps),
                _ => {
                    let all = group.members.iter().map(|i| held_values(members[*i].series, self.steps));
                    together(all, self.steps.count, combine)
                }
            };
            Line { label: group.label.clone(), service: group.service.clone(), values, resets: Vec::new() }
        };
        Drawn { lines: self.groups.iter().map(line).collect(), meaning, ..Drawn::default() }
    }

    /// Rates, or with `amounts` what was added in each step.
    fn rates<V: Counted>(&self, amounts: bool) -> Vec<Line> {
        let line = |group: &Group| {
            let mut sums = Sums::new(self.steps);
            for i in &group.members {
                each_increase::<V>(&self.choice.members[*i], |increase| {
                    sums.add(self.steps, &increase, increase.amount.amount());
                });
            }
            let values = if amounts { sums.amounts() } else { sums.rates(self.steps) };
            Line { label: group.label.clone(), service: group.service.clone(), values, resets: sums.resets() }
        };
        self.groups.iter().map(line).collect()
    }

    /// How many were recorded and their mean, where no more is known.
    fn counts<V: Recorded>(&self, notes: &[String], note: &str) -> Drawn {
        let mut means = Means::new(self.steps);
        for member in &self.choice.members {
            each_increase::<V>(member, |increase| means.add(self.steps, &increase));
        }
        let note = (!note.is_empty()).then(|| note.to_owned());
        Drawn {
            lines: self.rates::<V>(self.raw),
            mean: Some(means.values()),
            meaning: self.recorded(),
            notes: notes.iter().cloned().chain(note).collect(),
            ..Drawn::default()
        }
    }

    fn distributed<V: Distributed>(&self, layout: &V::Layout, (rows, inside): (Vec<Row>, Inside)) -> Drawn {
        let mut distribution = Distribution::new(rows, inside, self.steps);
        let mut means = Means::new(self.steps);
        for member in &self.choice.members {
            each_increase::<V>(member, |increase| {
                distribution.add(layout, self.steps, &increase);
                means.add(self.steps, &increase);
            });
        }
        let left_out = distribution.left_out;
        let notes = (left_out > 0).then(|| {
            format!(
                "{left_out} points are not in the heatmap and the quantiles: they do not have these bounds."
            )
        });
        Drawn {
            lines: self.rates::<V>(self.raw),
            distribution: Some(distribution),
            quantiles: None,
            mean: Some(means.values()),
            meaning: self.recorded(),
            notes: notes.into_iter().collect(),
        }
    }

    fn recorded(&self) -> &'static str {
        if self.raw { "recorded in each step" } else { "recorded a second" }
    }
}

fn each_increase<V: Counted>(member: &Member<'_>, each: impl FnMut(super::increase::Increase<V>)) {
    // A summary has no temporality; its count and sum are totals.
    let temporality = member.stream.temporality.unwrap_or(Temporality::Cumulative);
    if let Some(column) = V::column(&member.series.points) {
        increases(column, Reading { temporality, cut: member.series.cut }, each);
    }
}

/// The groups with the largest values: of gauges the newest one, of what adds up the sum in the range.
fn keep_largest(groups: &mut Vec<Group>, choice: &Choice<'_>, steps: Steps) {
    let mut ranked: Vec<(f64, Group)> = std::mem::take(groups)
        .into_iter()
        .map(|group| (group.members.iter().map(|i| size(&choice.members[*i], steps)).sum(), group))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    groups.extend(ranked.into_iter().take(LINES_MAX).map(|(_, group)| group));
}

fn size(member: &Member<'_>, steps: Steps) -> f64 {
    use crate::store::metrics::Points;
    let mut total = 0.0;
    let mut add = |from, to, amount: f64| steps.share(from, to, |_, share| total += amount * share);
    match &member.series.points {
        Points::Numbers(column)
            if !member.stream.monotonic && member.stream.temporality != Some(Temporality::Delta) =>
        {
            return column.iter().next_back().map_or(0.0, |point| point.value.abs());
        }
        Points::Numbers(_) => each_increase::<f64>(member, |i| add(i.from, i.to, i.amount.abs())),
        Points::Explicit(_) => each_increase::<Explicit>(member, |i| add(i.from, i.to, i.amount.amount())),
        Points::Exponential(_) => {
            each_increase::<Exponential>(member, |i| add(i.from, i.to, i.amount.amount()))
        }
        Points::Summaries(_) => each_increase::<Summary>(member, |i| add(i.from, i.to, i.amount.amount())),
    }
    total
}
