//! Single measurements with their traces.

use super::canonical;
use opentelemetry_proto::tonic::metrics::v1 as otlp;
use otlp::exemplar::Value;
use std::collections::VecDeque;

/// A single measurement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exemplar {
    /// When, nanoseconds since 1970.
    pub(crate) time: u64,
    /// What was measured; finite.
    pub(crate) value: f64,
    /// In which trace.
    pub(crate) trace_id: Option<[u8; 16]>,
    /// In which span.
    pub(crate) span_id: Option<[u8; 8]>,
    /// Attributes that the series does not have: see [`canonical`].
    pub(crate) attributes: Box<[u8]>,
}

/// Of a series, the newest ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exemplars {
    newest: VecDeque<Exemplar>,
    heap_bytes: usize,
}

/// Of one series: enough for the dots of a chart. More push out the oldest, uncounted: an exemplar is a sample as it is.
const EXEMPLARS_MAX: usize = 64;

impl Exemplars {
    /// Takes them. Senders repeat them with each collection; each is kept once. What comes now (`live`) takes the place of what came first,
    /// whatever its clock says; what is read from the file, newest first, that of what is older.
    pub(super) fn extend(&mut self, exemplars: &[otlp::Exemplar], live: bool) {
        // What is before the newest of a longer list would be pushed out by the rest of it.
        for exemplar in exemplars.iter().rev().take(EXEMPLARS_MAX).rev().filter_map(read) {
            if self.newest.contains(&exemplar) {
                continue;
            }
            if self.newest.len() == EXEMPLARS_MAX && !self.make_room(exemplar.time, live) {
                continue;
            }
            self.heap_bytes += exemplar.attributes.len();
            self.newest.push_back(exemplar);
        }
    }

    /// Lets go of all.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Exemplar> {
        self.newest.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.newest.capacity() * size_of::<Exemplar>() + self.heap_bytes
    }

    /// Whether there is room now for one of this time.
    fn make_room(&mut self, time: u64, live: bool) -> bool {
        let goes = if live {
            Some(0)
        } else {
            let oldest = (0..self.newest.len()).min_by_key(|position| self.newest[*position].time);
            oldest.filter(|oldest| self.newest[*oldest].time <= time)
        };
        let dropped = goes.and_then(|position| self.newest.remove(position));
        self.heap_bytes -= dropped.as_ref().map_or(0, |dropped| dropped.attributes.len());
        dropped.is_some()
    }
}

fn read(exemplar: &otlp::Exemplar) -> Option<Exemplar> {
    let value = match exemplar.value? {
        Value::AsDouble(value) => value,
        Value::AsInt(value) => value as f64,
    };
    Some(Exemplar {
        time: exemplar.time_unix_nano,
        value: value.is_finite().then_some(value)?,
        trace_id: id(&exemplar.trace_id),
        span_id: id(&exemplar.span_id),
        attributes: canonical::bytes(&exemplar.filtered_attributes),
    })
}

/// None when it has another length or is all zeros, which is how OTLP says that there is none.
fn id<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let id: [u8; N] = bytes.try_into().ok()?;
    (id != [0; N]).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exemplar(time: u64) -> otlp::Exemplar {
        otlp::Exemplar { time_unix_nano: time, value: Some(Value::AsInt(7)), ..Default::default() }
    }

    #[test]
    fn what_is_repeated_is_kept_once_and_the_newest_stay() {
        let mut exemplars = Exemplars::default();
        for time in 0..100 {
            exemplars.extend(&[exemplar(time), exemplar(time)], true);
        }
        let times: Vec<u64> = exemplars.iter().map(|exemplar| exemplar.time).collect();
        assert_eq!(times, (36..100).collect::<Vec<u64>>());
    }

    #[test]
    fn a_clock_that_is_ahead_keeps_no_other_out() {
        let mut exemplars = Exemplars::default();
        (1_000..1_100).for_each(|time| exemplars.extend(&[exemplar(time)], true));
        (0..100).for_each(|time| exemplars.extend(&[exemplar(time)], true));
        let times: Vec<u64> = exemplars.iter().map(|exemplar| exemplar.time).collect();
        assert_eq!(times, (36..100).collect::<Vec<u64>>());
    }

    #[test]
    fn of_what_is_read_again_the_newest_stay() {
        let mut exemplars = Exemplars::default();
        for time in (0..100).rev() {
            exemplars.extend(&[exemplar(time)], false);
        }
        let times: Vec<u64> = exemplars.iter().map(|exemplar| exemplar.time).collect();
        assert_eq!(times, (36..100).rev().collect::<Vec<u64>>());
    }

    #[test]
    fn measurements_that_are_no_numbers_are_left_out() {
        let nan = otlp::Exemplar { value: Some(Value::AsDouble(f64::NAN)), ..exemplar(1) };
        let none = otlp::Exemplar { value: None, ..exemplar(1) };
        let mut exemplars = Exemplars::default();
        exemplars.extend(&[nan, none], true);
        assert!(exemplars.is_empty());
    }
}
