//! What became of everything.

use std::fmt;

use crate::self_metrics::{Counters, Loss};
use crate::transport::Signal;

/// What shutdown has to say: for each exporter, what was delivered and what was lost for which reason.
///
/// `exported + rejected + dropped + unfinished` of a spans' exporter is the number of sampled spans that ended before the report was
/// made, and of a log records' exporter that of log records emitted, both less those that processors filtered; of a metrics'
/// exporter, it is the number of data points that were collected for it. What a scrape was answered with counts as exported, what a
/// manual reader hands to its caller does not. Print it: its `Display` is a line a person can read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// One entry for each exporter.
    pub exporters: Vec<ExporterReport>,
    /// Spans and log records that a processor discarded.
    pub filtered: u64,
    /// Panics caught in processors, samplers, id generators and configurators of loggers.
    pub panics: u64,
    /// What a processor last failed at when it was shut down.
    pub processor_error: Option<String>,
    /// What went wrong before measurements became data points.
    pub measurements: Measurements,
    /// Sampled spans of `tracing` that had not ended. They are in none of the other numbers: each is refused when it ends, after the
    /// shutdown. Usually some that last as long as the program does; many, or more and more, are kept by mistake.
    pub open_spans: u64,
}

/// Measurements and observations that are not in the data points that they were meant for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Measurements {
    /// NaN, infinite or negative, given to an instrument that cannot take such. Left out.
    pub refused: u64,
    /// Beyond a metric's cardinality limit. Added up in its overflow series, without their attributes.
    pub overflowed: u64,
    /// Observed by a callback after its time was up. Left out.
    pub late: u64,
    /// Turns of callbacks that ended in a panic.
    pub callbacks_panicked: u64,
    /// Turns of callbacks that took too long, or were passed over because an earlier one had not ended.
    pub callbacks_late: u64,
}

/// What became of the spans, log records or data points that were meant for one exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterReport {
    /// The exporter's kind, for example `otlp_grpc_span_exporter`.
    pub exporter: &'static str,
    /// What it exports.
    pub signal: Signal,
    /// Accepted by the receiver.
    pub exported: u64,
    /// Refused by the receiver in a partial success.
    pub rejected: u64,
    /// Lost on our side.
    pub dropped: Dropped,
    /// Neither delivered nor given up, because the exporter still held on to it when its time was up: it writes to a pipe that
    /// nobody reads, for example. Lost if the process ends now. 0 whenever the exporter was done [in time](Self::in_time).
    pub unfinished: u64,
    /// Whether the exporter had finished when its time was up. If not, numbers may still change.
    pub in_time: bool,
    /// What failed last.
    pub last_error: Option<String>,
}

/// What was lost, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The queue was at its bound.
    pub queue_full: u64,
    /// Larger than a request may be.
    pub too_large: u64,
    /// The receiver could not be reached, or kept failing, for as long as a batch is retried.
    pub retries_exhausted: u64,
    /// The receiver answered that it will not take the batch.
    pub refused: u64,
    /// Not delivered when shutdown ran out of time or gave up on the receiver.
    pub shutdown: u64,
    /// Ended or emitted after the provider was shut down.
    pub after_shutdown: u64,
}

impl Dropped {
    /// All of it.
    pub fn total(&self) -> u64 {
        let Self { queue_full, too_large, retries_exhausted, refused, shutdown, after_shutdown } = self;
        queue_full + too_large + retries_exhausted + refused + shutdown + after_shutdown
    }
}

impl Report {
    pub(crate) fn new(exporters: Vec<ExporterReport>, counters: &Counters) -> Self {
        Self {
            exporters,
            filtered: counters.filtered(),
            panics: counters.panics(),
            processor_error: counters.last_error(),
            measurements: Measurements::default(),
            open_spans: 0,
        }
    }

    /// Of a meter provider.
    pub(crate) fn of_metrics(exporters: Vec<ExporterReport>, measurements: Measurements) -> Self {
        Self { exporters, measurements, ..Self::default() }
    }

    /// One account of two providers.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.exporters.extend(other.exporters);
        self.filtered += other.filtered;
        self.panics += other.panics;
        self.processor_error = self.processor_error.or(other.processor_error);
        self.measurements = self.measurements.and(other.measurements);
        self.open_spans += other.open_spans;
        self
    }

    /// Accepted by receivers, all exporters together.
    pub fn exported(&self) -> u64 {
        self.exporters.iter().map(|exporter| exporter.exported).sum()
    }

    /// Refused by receivers, all exporters together.
    pub fn rejected(&self) -> u64 {
        self.exporters.iter().map(|exporter| exporter.rejected).sum()
    }

    /// Lost on our side, all exporters together.
    pub fn dropped(&self) -> u64 {
        self.exporters.iter().map(|exporter| exporter.dropped.total()).sum()
    }

    /// Whether everything was delivered, in time, and every processor said the same of itself.
    pub fn is_complete(&self) -> bool {
        self.exporters.iter().all(ExporterReport::is_complete) && self.processor_error.is_none()
    }
}

impl Measurements {
    fn and(self, other: Self) -> Self {
        Self {
            refused: self.refused + other.refused,
            overflowed: self.overflowed + other.overflowed,
            late: self.late + other.late,
            callbacks_panicked: self.callbacks_panicked + other.callbacks_panicked,
            callbacks_late: self.callbacks_late + other.callbacks_late,
        }
    }
}

impl ExporterReport {
    pub(crate) fn new(exporter: &'static str, signal: Signal, counters: &Counters, in_time: bool) -> Self {
        Self {
            exporter,
            signal,
            exported: counters.exported(),
            rejected: counters.rejected(),
            dropped: Dropped {
                queue_full: counters.lost(Loss::QueueFull),
                too_large: counters.lost(Loss::TooLarge) + counters.lost(Loss::PointTooLarge),
                retries_exhausted: counters.lost(Loss::RetriesExhausted),
                refused: counters.lost(Loss::Refused),
                shutdown: counters.lost(Loss::LeftInQueue) + counters.lost(Loss::Shutdown),
                after_shutdown: counters.lost(Loss::AfterShutdown),
            },
            unfinished: if in_time { 0 } else { counters.inflight() },
            in_time,
            last_error: counters.last_error(),
        }
    }

    /// Whether everything that was meant for it was delivered, in time.
    pub fn is_complete(&self) -> bool {
        self.rejected == 0 && self.dropped.total() == 0 && self.in_time
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exporters.is_empty() {
            f.write_str("nothing is exported")?;
        }
        for (i, exporter) in self.exporters.iter().enumerate() {
            write!(f, "{}{exporter}", if i == 0 { "" } else { "; " })?;
        }
        if self.filtered > 0 {
            write!(f, "; {} filtered by processors", self.filtered)?;
        }
        if self.panics > 0 {
            write!(f, "; {} panics caught", self.panics)?;
        }
        if let Some(error) = &self.processor_error {
            write!(f, "; a processor failed to shut down: {error}")?;
        }
        if self.open_spans > 0 {
            write!(f, "; {} spans still open", self.open_spans)?;
        }
        self.measurements.fmt(f)
    }
}

/// Nothing when all is well.
impl fmt::Display for Measurements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let troubles = [
            (self.refused, "measurements refused"),
            (self.overflowed, "measurements beyond a cardinality limit"),
            (self.late, "observations too late"),
            (self.callbacks_panicked, "metric callbacks panicked"),
            (self.callbacks_late, "metric callbacks too slow"),
        ];
        for (count, what) in troubles.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "; {count} {what}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ExporterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {} exported", self.exporter, self.exported, self.signal.items())?;
        if self.rejected > 0 {
            write!(f, ", {} rejected by the receiver", self.rejected)?;
        }
        if self.dropped.total() > 0 {
            write!(f, ", {}", self.dropped)?;
        }
        match (self.in_time, self.unfinished) {
            (true, _) => {}
            (false, 0) => f.write_str(", not finished in time")?,
            (false, left) => write!(f, ", not finished in time with {left} more")?,
        }
        match &self.last_error {
            Some(error) => write!(f, " (last error: {error})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = [
            (self.queue_full, Loss::QueueFull),
            (self.too_large, Loss::TooLarge),
            (self.retries_exhausted, Loss::RetriesExhausted),
            (self.refused, Loss::Refused),
            (self.shutdown, Loss::Shutdown),
            (self.after_shutdown, Loss::AfterShutdown),
        ];
        write!(f, "{} dropped", self.total())?;
        let mut separator = ": ";
        for (count, loss) in reasons.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {}", loss.label())?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_like_a_sentence() {
        let counters = Counters::default();
        counters.count_exported(90);
        counters.count_rejected(2);
        counters.count_lost(Loss::QueueFull, 7);
        counters.count_lost(Loss::Shutdown, 1);
        counters.note_error("connection refused".into());
        let report = Report::new(
            vec![ExporterReport::new("otlp_grpc_span_exporter", Signal::Traces, &counters, true)],
            &Counters::default(),
        );
        assert_eq!(
            report.to_string(),
            "otlp_grpc_span_exporter: 90 spans exported, 2 rejected by the receiver, \
             8 dropped: 7 queue full, 1 not delivered before shutdown gave up (last error: connection refused)"
        );
        assert!(!report.is_complete());
    }

    #[test]
    fn what_an_exporter_still_holds_on_to_is_told() {
        let counters = Counters::default();
        counters.count_handed(5);
        counters.count_exported(2);
        let late = ExporterReport::new("console_log_exporter", Signal::Logs, &counters, false);
        assert_eq!(late.unfinished, 3);
        assert_eq!(
            late.to_string(),
            "console_log_exporter: 2 log records exported, not finished in time with 3 more"
        );
        let in_time = ExporterReport { unfinished: 0, ..late };
        assert!(in_time.to_string().ends_with(", not finished in time"), "{in_time}");
    }
}
