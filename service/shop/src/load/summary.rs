//! What became of the requests, for the end.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::mix::Kind;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Status(u16),
    HungUp,
    NoAnswer,
    /// Too many others had no answer yet.
    NotSent,
}

/// How many requests of each kind ended how.
#[derive(Debug, Default)]
pub struct Summary {
    counts: BTreeMap<Kind, BTreeMap<End, u64>>,
    pub(super) lasted: Duration,
}

impl Summary {
    pub(super) fn count(&mut self, kind: Kind, end: End) {
        *self.counts.entry(kind).or_default().entry(end).or_default() += 1;
    }

    /// Requests of all kinds, those that were due and not sent among them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} requests in {:.1} s", self.requests(), self.lasted.as_secs_f64())?;
        for (kind, ends) in &self.counts {
            write!(out, "\n  {:<16}", kind.name())?;
            for (end, count) in ends {
                write!(out, "  {count} × {end}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Status(status) => status.fmt(out),
            End::HungUp => out.write_str("hung up"),
            End::NoAnswer => out.write_str("no answer"),
            End::NotSent => out.write_str("not sent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_line_with_all_its_ends() {
        let mut summary = Summary { lasted: Duration::from_millis(1500), ..Summary::default() };
        for end in [End::Status(201), End::Status(503), End::Status(201)] {
            summary.count(Kind::GoodOrder, end);
        }
        summary.count(Kind::HangUp, End::HungUp);

        let told = summary.to_string();

        assert_eq!(
            told,
            "4 requests in 1.5 s\n  good order        2 × 201  1 × 503\n  client hangs up   1 × hung up"
        );
    }
}
