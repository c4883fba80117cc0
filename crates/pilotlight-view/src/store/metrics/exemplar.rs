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
    /// Takes them. Senders repeat them with each collection; each is kept once.
    pub(super) fn extend(&mut self, exemplars: &[otlp::Exemplar]) {
        // What is before the newest of a longer list would be pushed out by the rest of it.
        for exemplar in exemplars.iter().rev().take(EXEMPLARS_MAX).rev().filter_map(read) {
            if self.newest.contains(&exemplar) {
                continue;
            }
            if self.newest.len() == EXEMPLARS_MAX && !self.drop_before(exemplar.time) {
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

    /// Lets go of the oldest when it is not newer than this. It is anywhere: what is read from the file comes newest first.
    fn drop_before(&mut self, time: u64) -> bool {
        let oldest = (0..self.newest.len()).min_by_key(|position| self.newest[*position].time);
        let dropped = oldest.filter(|oldest| self.newest[*oldest].time <= time);
        let dropped = dropped.and_then(|oldest| self.newest.remove(oldest));
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
            exemplars.extend(&[exemplar(time), exemplar(time)]);
        }
        let times: Vec<u64> = exemplars.iter().map(|exemplar| exemplar.time).collect();
        assert_eq!(times, (36..100).collect::<Vec<u64>>());
    }

    #[test]
    fn the_newest_stay_in_whatever_order_they_come() {
        let mut exemplars = Exemplars::default();
        for time in (0..100).rev() {
            exemplars.extend(&[exemplar(time)]);
        }
        let times: Vec<u64> = exemplars.iter().map(|exemplar| exemplar.time).collect();
        assert_eq!(times, (36..100).rev().collect::<Vec<u64>>());
    }

    #[test]
    fn measurements_that_are_no_numbers_are_left_out() {
        let nan = otlp::Exemplar { value: Some(Value::AsDouble(f64::NAN)), ..exemplar(1) };
        let none = otlp::Exemplar { value: None, ..exemplar(1) };
        let mut exemplars = Exemplars::default();
        exemplars.extend(&[nan, none]);
        assert!(exemplars.is_empty());
    }
}
