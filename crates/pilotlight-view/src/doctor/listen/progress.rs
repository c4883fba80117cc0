//! What is said while the doctor listens, on standard error: a line for each thing that is new.

use std::collections::BTreeSet;
use std::future::Future;
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use super::ports::Listening;
use super::watch::Watch;
use crate::receive::IncidentKind;

/// Often enough for whoever looks.
const TICK: Duration = Duration::from_millis(200);

pub(super) fn greet(listening: &Listening, how_long: Duration) {
    let ports = &listening.ports;
    say(&format!(
        "listening for {} s on {} (gRPC) and {} (HTTP); Ctrl-C ends it",
        how_long.as_secs(),
        ports.grpc,
        ports.http
    ));
    listening.warnings.iter().for_each(|warning| say(warning));
}

/// Shows what is new until `end`.
pub(super) async fn show_until(watch: &Watch, how_long: Duration, end: impl Future<Output = ()>) {
    let mut progress = Progress::new(how_long);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut end = std::pin::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            _ = tick.tick() => progress.show(watch),
        }
    }
    progress.show(watch);
    progress.clear();
}

struct Progress {
    since: Instant,
    how_long: Duration,
    /// Kinds of incidents that were shown.
    shown: BTreeSet<IncidentKind>,
    /// A line that is written over again and again is for terminals.
    is_terminal: bool,
}

impl Progress {
    fn new(how_long: Duration) -> Self {
        let is_terminal = stderr().is_terminal();
        Self { since: Instant::now(), how_long, shown: BTreeSet::new(), is_terminal }
    }

    fn show(&mut self, watch: &Watch) {
        let mut lines = watch.news();
        lines.extend(self.incidents(watch));
        if !lines.is_empty() {
            self.clear();
        }
        lines.iter().for_each(|line| say(line));
        if self.is_terminal {
            let seen = watch.seen();
            let tallies = &seen.tallies;
            let [spans, points, logs] =
                [&tallies.traces, &tallies.metrics, &tallies.logs].map(|tally| tally.items);
            drop(seen);
            let left = self.how_long.saturating_sub(self.since.elapsed()).as_secs();
            // Whoever closed standard error does not want to see it.
            let _ = write!(
                stderr(),
                "\r\u{1b}[K{left} s left: {spans} spans, {points} data points, {logs} log records"
            );
        }
    }

    /// The first of each kind: the report has how often.
    fn incidents(&mut self, watch: &Watch) -> Vec<String> {
        let mut lines = Vec::new();
        for entry in watch.journal.newest() {
            if self.shown.insert(entry.kind) {
                lines.push(format!("port {}: {}", entry.port, entry.detail));
            }
        }
        lines
    }

    fn clear(&self) {
        if self.is_terminal {
            let _ = write!(stderr(), "\r\u{1b}[K");
        }
    }
}

fn say(line: &str) {
    let line: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let _ = writeln!(stderr(), "{line}");
}
