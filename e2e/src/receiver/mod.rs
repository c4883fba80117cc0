//! An OTLP receiver, over gRPC and HTTP on one port, that can be slow, silent, unwilling and dead.
//!
//! ```text
//!  the test's thread        Receiver ── commands: kill, restart
//!  ───────────────────────────── a thread of its own, with a runtime of its own
//!  server.rs                accepts, and drops connections
//!   └ protocols.rs          gRPC by tonic's generated services, HTTP by axum
//!      └ ledger.rs          what was asked and received, and what to answer
//!         └ signal.rs       what differs between the signals
//!            ├ points.rs    metrics taken apart
//!            └ logs.rs      log records, and what a test asks about them
//!  series.rs                what a test asks about metrics
//!  search.rs                whether something is anywhere in what was received
//! ```
//!
//! Nothing of it runs on a test's runtime, so that a test may block its own.

mod ledger;
mod logs;
mod points;
mod protocols;
mod search;
mod series;
mod server;
mod signal;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use ledger::Ledger;
use server::Command;

pub use ledger::{Behaviour, Protocol, Request};
pub use logs::ReceivedLog;
pub use points::{Point, ReceivedPoint};
pub use series::Points;
pub use signal::{ReceivedSpan, Signal};

/// A receiver that runs until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    ledger: Arc<Ledger>,
    commands: Option<UnboundedSender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Listens on a free port of 127.0.0.1, and takes everything.
    pub fn start() -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap())
    }

    /// Listens on `address`.
    pub fn start_on(address: SocketAddr) -> Self {
        let ledger = Arc::<Ledger>::default();
        let (commands, received) = unbounded_channel();
        let (started, starting) = mpsc::channel();
        let thread = {
            let ledger = Arc::clone(&ledger);
            std::thread::spawn(move || server::run(address, ledger, received, &started))
        };
        let address = starting.recv().expect("the receiver's thread did not start");
        Self { address, ledger, commands: Some(commands), thread: Some(thread) }
    }

    /// A port that refuses connections for as long as this lives, or until [`restart`](Self::restart).
    pub fn dead() -> Self {
        let receiver = Self::start();
        receiver.kill();
        receiver
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`, with either protocol.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How requests are answered from here on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.ledger.behave(behaviour);
    }

    /// How the next requests are answered, one each, before what [`behave`](Self::behave) says counts again.
    pub fn answer_next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.ledger.answer_next(None, behaviours);
    }

    /// The same for the next requests of one signal; those of the others do not count.
    pub fn answer_next_of(&self, signal: Signal, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.ledger.answer_next(Some(signal), behaviours);
    }

    /// Drops every connection at once, whatever is under way on it, and refuses new ones. What was received is kept.
    pub fn kill(&self) {
        self.command(Command::Kill);
    }

    /// Listens again, on the same port.
    pub fn restart(&self) {
        self.command(Command::Restart);
    }

    fn command(&self, command: impl FnOnce(mpsc::Sender<()>) -> Command) {
        let (done, wait) = mpsc::channel();
        let sent = self.commands.as_ref().is_some_and(|commands| commands.send(command(done)).is_ok());
        assert!(sent && wait.recv().is_ok(), "the receiver's thread has ended");
    }

    /// Every span that was taken, in order of arrival; one that was sent twice is here twice.
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        self.ledger.read(|book| book.spans.clone())
    }

    /// How many spans were taken, one that was sent twice counted once.
    pub fn unique_spans(&self) -> usize {
        self.ledger.read(|book| {
            book.spans.iter().map(|received| &received.span.span_id).collect::<HashSet<_>>().len()
        })
    }

    /// The spans of one trace, by its id in hexadecimal.
    pub fn trace(&self, trace_id: &str) -> Vec<Span> {
        let of_trace = |span: &&ReceivedSpan| crate::tree::hex(&span.span.trace_id) == trace_id;
        self.ledger
            .read(|book| book.spans.iter().filter(of_trace).map(|received| received.span.clone()).collect())
    }

    /// The same, each with the name of its service as `service.name`, for a drawing of several.
    pub fn trace_across_services(&self, trace_id: &str) -> Vec<Span> {
        let of_trace = |span: &&ReceivedSpan| crate::tree::hex(&span.span.trace_id) == trace_id;
        self.ledger.read(|book| book.spans.iter().filter(of_trace).map(ReceivedSpan::with_service).collect())
    }

    /// The same, with the traces that have a link to it, and those that have a link to them: what came of it, however many traces that
    /// took.
    pub fn story(&self, trace_id: &str) -> Vec<Span> {
        let mut traces = vec![trace_id.to_owned()];
        let spans: Vec<Span> =
            self.ledger.read(|book| book.spans.iter().map(ReceivedSpan::with_service).collect());
        let hex = |id: &[u8]| crate::tree::hex(id);
        loop {
            let is_told = |span: &Span| traces.contains(&hex(&span.trace_id));
            let leads_here =
                |span: &&Span| span.links.iter().any(|link| traces.contains(&hex(&link.trace_id)));
            match spans.iter().filter(|span| !is_told(span)).find(leads_here) {
                Some(span) => traces.push(hex(&span.trace_id)),
                None => return spans.iter().filter(|span| is_told(span)).cloned().collect(),
            }
        }
    }

    /// Every data point that was taken, in order of arrival; one that was sent twice is here twice.
    pub fn points(&self) -> Vec<ReceivedPoint> {
        self.ledger.read(|book| book.points.clone())
    }

    /// What was taken of one metric.
    pub fn metric(&self, name: &str) -> Points {
        self.ledger.read(|book| Points::of(name, &book.points))
    }

    /// Every log record that was taken, in order of arrival; one that was sent twice is here twice.
    pub fn logs(&self) -> Vec<ReceivedLog> {
        self.ledger.read(|book| book.logs.clone())
    }

    /// The log records of one trace, by its id in hexadecimal, in order of arrival.
    pub fn logs_of_trace(&self, trace_id: &str) -> Vec<ReceivedLog> {
        let of_trace = |log: &&ReceivedLog| log.trace_id() == trace_id;
        self.ledger.read(|book| book.logs.iter().filter(of_trace).cloned().collect())
    }

    /// Every request that was understood, whatever it was answered.
    pub fn requests(&self) -> Vec<Request> {
        self.ledger.read(|book| book.requests.clone())
    }

    /// Those of one signal.
    pub fn requests_of(&self, signal: Signal) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.signal == signal).collect()
    }

    /// Waits until `count` requests have come, and panics when they do not.
    pub fn wait_for_requests(&self, count: usize) {
        self.ledger.wait(PATIENCE, "requests", |book| book.requests.len() >= count);
    }

    /// Waits until `count` spans were taken, and panics when they are not.
    pub fn wait_for_spans(&self, count: usize) {
        self.ledger.wait(PATIENCE, "spans", |book| book.spans.len() >= count);
    }

    /// Waits until `count` log records were taken, and panics when they are not.
    pub fn wait_for_logs(&self, count: usize) {
        self.ledger.wait(PATIENCE, "log records", |book| book.logs.len() >= count);
    }

    /// Waits until what was taken of a metric is as a test wants it, and panics when it is not.
    pub fn wait_for_metric(&self, name: &str, is_enough: impl Fn(&Points) -> bool) {
        let what = format!("data points of {name}");
        self.ledger.wait(PATIENCE, &what, |book| is_enough(&Points::of(name, &book.points)));
    }
}

/// How long a test waits for what should come: far longer than it takes, and short enough to learn that it does not.
const PATIENCE: Duration = Duration::from_secs(30);

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
