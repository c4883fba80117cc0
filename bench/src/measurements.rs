//! The measurements that everybody takes.
//!
//! A piece of [`Work`] says which instrument, with which attributes, over how many series and from how many threads;
//! [`Takes`] is how one contestant takes one measurement, and [`turns`] is the loop that all share.

use std::fmt;
use std::sync::LazyLock;

/// The instrument's name, whichever it is: each contestant has one at a time.
pub const NAME: &str = "requests";

/// The histogram's boundaries: those of `http.server.request.duration`, in seconds.
pub const BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Seconds, in turn: different buckets, as in life, and a power of two of them, so that picking one is cheap.
const SECONDS: [f64; 8] = [0.003, 0.04, 0.012, 0.09, 0.3, 0.007, 1.2, 0.02];

/// The most series that a piece of work may have.
const SERIES_MAX: usize = 100_000;

/// The attribute that tells series apart. Made once for good, because most rows are about static values.
static ROUTES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| (0..SERIES_MAX).map(|route| &*format!("/users/{route}/orders").leak()).collect());

/// What is measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instrument {
    /// One is added.
    Counter,
    /// A duration is recorded.
    Histogram,
}

/// How the caller gives the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attributes {
    /// There are none.
    None,
    /// Three, made once and given again and again.
    Prepared,
    /// Three with static values, made for each measurement: what applications write.
    Static,
    /// The same in each of the six possible orders, in turn.
    ChangingOrder,
    /// Three, the strings among them freshly allocated by the caller, which is in the number.
    Owned,
    /// Three, bound to the instrument beforehand.
    Bound,
}

/// One row's work.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// What is measured with.
    pub instrument: Instrument,
    /// What is given with each measurement.
    pub attributes: Attributes,
    /// Different attribute sets, in turn; at most 100,000.
    pub series: usize,
    /// Threads that measure at once.
    pub threads: usize,
    /// Whether all this happens inside a sampled span.
    pub in_span: bool,
}

impl Work {
    /// One series, one thread, no span.
    pub fn simple(instrument: Instrument, attributes: Attributes) -> Self {
        Self { instrument, attributes, series: 1, threads: 1, in_span: false }
    }

    /// The routes of this work's series.
    pub fn routes(&self) -> &'static [&'static str] {
        &ROUTES[..self.series.min(SERIES_MAX)]
    }
}

impl fmt::Display for Work {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instrument = match self.instrument {
            Instrument::Counter => "counter add",
            Instrument::Histogram => "histogram record",
        };
        let attributes = match self.attributes {
            Attributes::None => "no attributes",
            Attributes::Prepared => "3 prepared attributes",
            Attributes::Static => "3 static attributes",
            Attributes::ChangingOrder => "3 static attributes, changing order",
            Attributes::Owned => "3 owned attributes",
            Attributes::Bound => "bound to 3 attributes",
        };
        write!(out, "{instrument}, {attributes}")?;
        match (self.threads, self.series) {
            (1, 1) => {}
            (threads, 1) => write!(out, ", {threads} threads, 1 series")?,
            (1, series) => write!(out, ", 1 thread, {series} series")?,
            (threads, series) => write!(out, ", {threads} threads, {series} series")?,
        }
        if self.in_span { write!(out, ", inside a sampled span") } else { Ok(()) }
    }
}

/// Three attributes, as a contestant's caller gives them: a method, a route and a status.
pub trait Labels {
    /// Static values; allocates nothing that the contestant does not ask for.
    fn fixed(route: &'static str) -> Self;
    /// Static values in one of six orders. Contestants without an order are not asked.
    fn in_order(route: &'static str, order: usize) -> Self;
    /// Strings that are allocated here.
    fn owned(route: &'static str) -> Self;
}

/// How a contestant takes one measurement with one of its instruments.
pub trait Takes {
    /// Attributes given with a measurement.
    type Labels: Labels;
    /// An instrument that already knows its attributes.
    type Bound;

    /// Measures without attributes.
    fn bare(&self, turn: usize);
    /// Measures with these.
    fn take(&self, turn: usize, labels: &Self::Labels);
    /// Gives the attributes once and for all.
    fn bind(&self, labels: &Self::Labels) -> Self::Bound;
    /// Measures with an instrument that knows its attributes.
    fn take_bound(turn: usize, bound: &Self::Bound);
}

/// So many measurements on this thread.
pub fn run<T: Takes>(instrument: &T, work: &Work, measurements: u64) {
    let routes = work.routes();
    match work.attributes {
        Attributes::None => turns(routes, measurements, |turn, _| instrument.bare(turn)),
        Attributes::Prepared => {
            let prepared: Vec<_> = routes.iter().map(|route| T::Labels::fixed(route)).collect();
            turns(&prepared, measurements, |turn, labels| instrument.take(turn, labels));
        }
        Attributes::Static => {
            turns(routes, measurements, |turn, route| instrument.take(turn, &T::Labels::fixed(route)));
        }
        Attributes::ChangingOrder => {
            turns(routes, measurements, |turn, route| {
                instrument.take(turn, &T::Labels::in_order(route, turn % 6))
            });
        }
        Attributes::Owned => {
            turns(routes, measurements, |turn, route| instrument.take(turn, &T::Labels::owned(route)));
        }
        Attributes::Bound => {
            let bound: Vec<_> =
                routes.iter().map(|route| instrument.bind(&T::Labels::fixed(route))).collect();
            turns(&bound, measurements, T::take_bound);
        }
    }
}

/// Calls `take` so often, with its turn and whatever is next.
#[inline]
fn turns<A>(each: &[A], measurements: u64, mut take: impl FnMut(usize, &A)) {
    let turns = 0..measurements as usize;
    turns.zip(each.iter().cycle()).for_each(|(turn, next)| take(turn, next));
}

/// What a histogram records in this turn, in seconds.
#[inline]
pub fn seconds(turn: usize) -> f64 {
    SECONDS[turn % SECONDS.len()]
}

/// Three things in one of their six orders.
#[inline]
pub fn ordered<A>([one, two, three]: [A; 3], order: usize) -> [A; 3] {
    match order {
        0 => [one, two, three],
        1 => [two, three, one],
        2 => [three, one, two],
        3 => [one, three, two],
        4 => [three, two, one],
        _ => [two, one, three],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_six_orders_are_different() {
        let orders: BTreeSet<_> = (0..6).map(|order| ordered([1, 2, 3], order)).collect();
        assert_eq!(orders.len(), 6);
    }

    #[test]
    fn every_series_gets_its_turn() {
        let mut seen = Vec::new();
        turns(&["a", "b"], 5, |turn, route| seen.push((turn, *route)));
        assert_eq!(seen, [(0, "a"), (1, "b"), (2, "a"), (3, "b"), (4, "a")]);
    }
}
