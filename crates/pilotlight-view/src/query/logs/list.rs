//! Lists of log records: the newest that are meant, and how many there are over time.

use super::{LogBucket, LogList, LogRow, LogsQuestion};
use crate::query::QuestionError;
use crate::query::axis::Axis;
use crate::query::filter::Filter;
use crate::receive::Signal;
use crate::store::Store;
use crate::store::window::{SegmentRef, TimeRange};
use std::cmp::Reverse;

/// How many records without a limit, and with the highest one.
const LIMIT: usize = 200;
const LIMIT_MAX: usize = 1000;
/// How many stretches of time are counted.
const BUCKETS: usize = 60;

/// A record that is meant: its time first, so that they are sorted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Meant {
    time: u64,
    segment: u32,
    row: u32,
    severity: u8,
}

pub(super) fn answer(store: &Store, question: &LogsQuestion) -> Result<LogList, QuestionError> {
    let filter = Filter::parse(&question.filter)?;
    let range = TimeRange::of(question.from_ms, question.to_ms)?;
    let asked = question.from_ms.is_some() || question.to_ms.is_some();
    let looked = store.look(range, asked, Signal::Logs);
    let meant = find(&looked.segments, &filter, range, question.severity_min.unwrap_or(0));
    let buckets = buckets(&meant, range);
    let matched = meant.len() as u64;
    let limit = question.limit.unwrap_or(LIMIT).min(LIMIT_MAX);
    let shown = newest(meant, question.offset.unwrap_or(0), limit);
    let line = |meant: &Meant| LogRow::of(&looked.segments.get(meant.segment as usize)?.read(), meant.row);
    Ok(LogList {
        logs: shown.iter().filter_map(line).collect(),
        matched,
        buckets,
        complete: looked.complete,
        searched_back_to: looked.searched_back_to,
    })
}

fn find(segments: &[SegmentRef], filter: &Filter, range: TimeRange, severity_min: u8) -> Vec<Meant> {
    let mut all = Vec::new();
    for (position, segment) in (0..).zip(segments) {
        let segment = segment.read();
        let logs = &segment.logs;
        for row in filter.logs(&segment, range).iter() {
            let at = row as usize;
            let (Some(time), Some(severity)) = (logs.time.get(at), logs.severity.get(at)) else { continue };
            if *severity >= severity_min {
                all.push(Meant { time: *time, segment: position, row, severity: *severity });
            }
        }
    }
    all
}

fn newest(mut meant: Vec<Meant>, offset: usize, limit: usize) -> Vec<Meant> {
    let end = offset.saturating_add(limit).min(meant.len());
    if end < meant.len() {
        meant.select_nth_unstable_by_key(end, |meant| Reverse(*meant));
        meant.truncate(end);
    }
    meant.sort_unstable_by_key(|meant| Reverse(*meant));
    meant.drain(..offset.min(end));
    meant
}

fn buckets(meant: &[Meant], range: TimeRange) -> Vec<LogBucket> {
    if meant.is_empty() {
        return Vec::new();
    }
    let mut times: Vec<u64> = meant.iter().map(|meant| meant.time).collect();
    let axis = Axis::of(&mut times, range, BUCKETS);
    let begins = |step| LogBucket { start_ms: axis.edge_ms(step), ..LogBucket::default() };
    let mut buckets: Vec<LogBucket> = (0..axis.steps()).map(begins).collect();
    for record in meant {
        if let Some(bucket) = buckets.get_mut(axis.step(record.time)) {
            *match record.severity {
                1..=8 => &mut bucket.debug,
                13..=16 => &mut bucket.warn,
                17.. => &mut bucket.error,
                _ => &mut bucket.info,
            } += 1;
        }
    }
    buckets
}
