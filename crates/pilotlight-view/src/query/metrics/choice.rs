//! Which series a question means.

use super::labels::Texts;
use crate::query::{MetricKind, MetricQuestion};
use crate::store::metrics::{Metric, MetricWindow, Series, SeriesKey, Stream};

/// The series that a question means, and those of them that can be drawn together.
pub(super) struct Choice<'a> {
    pub(super) metric: &'a Metric,
    /// What they have in common.
    pub(super) stream: &'a Stream,
    /// In the order of their attributes.
    pub(super) members: Vec<Member<'a>>,
    /// What was left out of them, in words.
    pub(super) notes: Vec<String>,
}

/// A series with what can be asked about it.
pub(super) struct Member<'a> {
    pub(super) key: &'a SeriesKey,
    pub(super) series: &'a Series,
    pub(super) stream: &'a Stream,
    pub(super) texts: Texts,
}

/// The metric that a question means: of several kinds the one with most series.
pub(super) fn metric<'a>(
    window: &'a MetricWindow,
    name: &str,
    kind: Option<MetricKind>,
) -> Option<&'a Metric> {
    let fits = |metric: &&Metric| kind.is_none_or(|kind| metric.kind == kind);
    window.named(name).iter().filter(fits).max_by_key(|metric| metric.series.len())
}

/// The series of a metric that a question means; none when there are none.
pub(super) fn choose<'a>(
    window: &'a MetricWindow,
    question: &MetricQuestion,
    meant: &dyn Fn(&Texts) -> bool,
) -> Option<Choice<'a>> {
    let metric = metric(window, &question.name, question.kind)?;
    let members = metric.series.iter().filter_map(|(key, series)| {
        let texts = Texts::of(key, series);
        meant(&texts).then(|| Member { key, series, stream: metric.stream_of(key), texts })
    });
    let mut members: Vec<Member<'a>> = members.collect();
    members.sort_unstable_by(|a, b| {
        (&a.key.attributes, a.key.origin, a.key.stream).cmp(&(&b.key.attributes, b.key.origin, b.key.stream))
    });
    let stream = main_stream(metric, &members);
    let mut choice = Choice { metric, stream, members, notes: Vec::new() };
    choice.leave_out_what_does_not_fit();
    Some(choice)
}

/// The stream that most series are of; of the whole metric when no series is meant.
fn main_stream<'a>(metric: &'a Metric, members: &[Member<'_>]) -> &'a Stream {
    let mut many = vec![0_usize; metric.streams.len()];
    members.iter().for_each(|member| many[usize::from(member.key.stream)] += 1);
    let most =
        many.iter().enumerate().rev().max_by_key(|(_, many)| **many).map_or(0, |(position, _)| position);
    &metric.streams[most]
}

impl Choice<'_> {
    /// Seconds and milliseconds on one axis, or totals and levels, would be plausible and wrong.
    fn leave_out_what_does_not_fit(&mut self) {
        let Self { stream, members, notes, .. } = self;
        let all = members.len();
        members.retain(|member| member.stream.unit == stream.unit);
        if members.len() < all {
            let (left, unit) = (all - members.len(), &stream.unit);
            notes.push(format!(
                "{left} series are not drawn: their unit is not {unit:?}. Two senders disagree."
            ));
        }
        let all = members.len();
        members.retain(|member| member.stream.monotonic == stream.monotonic);
        if members.len() < all {
            let left = all - members.len();
            notes.push(format!(
                "{left} series are not drawn: some only go up, and some go down too. Two senders disagree."
            ));
        }
        if !stream.monotonic {
            let all = members.len();
            members.retain(|member| member.stream.temporality == stream.temporality);
            if members.len() < all {
                let left = all - members.len();
                notes.push(format!(
                    "{left} series are not drawn: some are deltas, and some are totals. Two senders disagree."
                ));
            }
        }
    }
}
