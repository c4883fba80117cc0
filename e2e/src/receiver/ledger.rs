//! What was asked and received, and what to answer.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::logs::ReceivedLog;
use super::points::ReceivedPoint;
use super::signal::{Export, ReceivedSpan, Signal};

/// How a request is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Behaviour {
    /// Takes everything.
    #[default]
    Take,
    /// Takes everything, and says so after a while.
    TakeSlowly(Duration),
    /// Takes all but the first so many spans, data points or log records, and says so.
    TakeAllBut(usize),
    /// Takes everything, and drops the connection instead of saying so.
    TakeAndHangUp,
    /// Drops the connection.
    HangUp,
    /// Never answers.
    KeepSilent,
    /// `UNAVAILABLE`, or 503: another attempt is welcome.
    Unavailable,
    /// 503 with `Retry-After`; over gRPC like [`Unavailable`](Self::Unavailable).
    UnavailableFor(Duration),
    /// `INVALID_ARGUMENT`, or 400: another attempt is not.
    Refuse,
}

/// The protocol a request came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP.
    Http,
}

/// A request, as far as tests ask.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it had been read.
    pub at: Instant,
    /// What it carried.
    pub signal: Signal,
    /// How it came.
    pub protocol: Protocol,
    /// How it was compressed, if it was.
    pub encoding: Option<String>,
    /// Who says to have sent it.
    pub user_agent: Option<String>,
    /// How many spans, data points or log records were in it.
    pub items: usize,
}

/// What was asked and received so far.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) requests: Vec<Request>,
    pub(super) spans: Vec<ReceivedSpan>,
    pub(super) points: Vec<ReceivedPoint>,
    pub(super) logs: Vec<ReceivedLog>,
    behaviour: Behaviour,
    /// For requests of one signal, or of any.
    next: VecDeque<(Option<Signal>, Behaviour)>,
}

/// The book, shared by the test and the receiver's thread.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    book: Mutex<Book>,
    written: Condvar,
}

/// What a handler does about a request.
pub(super) enum Verdict<Response> {
    Answer(Response),
    HangUp,
    KeepSilent,
    Unavailable(Option<Duration>),
    Refuse,
}

impl Ledger {
    pub(super) fn behave(&self, behaviour: Behaviour) {
        self.book.lock().unwrap().behaviour = behaviour;
    }

    pub(super) fn answer_next(
        &self,
        signal: Option<Signal>,
        behaviours: impl IntoIterator<Item = Behaviour>,
    ) {
        let behaviours = behaviours.into_iter().map(|behaviour| (signal, behaviour));
        self.book.lock().unwrap().next.extend(behaviours);
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&Book) -> T) -> T {
        read(&self.book.lock().unwrap())
    }

    pub(super) fn wait(&self, patience: Duration, what: &str, is_enough: impl Fn(&Book) -> bool) {
        let book = self.book.lock().unwrap();
        let (book, waited) =
            self.written.wait_timeout_while(book, patience, |book| !is_enough(book)).unwrap();
        let (requests, spans) = (book.requests.len(), book.spans.len());
        let (points, logs) = (book.points.len(), book.logs.len());
        assert!(
            !waited.timed_out(),
            "too few {what} came in {patience:?}: {requests} requests, {spans} spans, {points} data points, \
             {logs} log records"
        );
    }

    /// Writes a request down and decides about it.
    pub(super) async fn judge<E: Export>(&self, request: Request, message: E) -> Verdict<E::Response> {
        let mut items = message.items();
        let behaviour = self.note(Request { items: items.len(), ..request });
        let mut response = E::Response::default();
        match behaviour {
            Behaviour::Take => self.take::<E>(items),
            Behaviour::TakeSlowly(pause) => {
                tokio::time::sleep(pause).await;
                self.take::<E>(items);
            }
            Behaviour::TakeAllBut(rejected) => {
                assert!(items.len() >= rejected, "told to reject {rejected} of {} items", items.len());
                items.drain(..rejected);
                self.take::<E>(items);
                response = E::rejecting(i64::try_from(rejected).unwrap());
            }
            Behaviour::TakeAndHangUp => {
                self.take::<E>(items);
                return Verdict::HangUp;
            }
            Behaviour::HangUp => return Verdict::HangUp,
            Behaviour::KeepSilent => return Verdict::KeepSilent,
            Behaviour::Unavailable => return Verdict::Unavailable(None),
            Behaviour::UnavailableFor(pause) => return Verdict::Unavailable(Some(pause)),
            Behaviour::Refuse => return Verdict::Refuse,
        }
        Verdict::Answer(response)
    }

    fn note(&self, request: Request) -> Behaviour {
        let mut book = self.book.lock().unwrap();
        let meant =
            |(signal, _): &(Option<Signal>, Behaviour)| signal.is_none_or(|one| one == request.signal);
        let next = book.next.iter().position(meant);
        book.requests.push(request);
        self.written.notify_all();
        match next.and_then(|next| book.next.remove(next)) {
            Some((_, behaviour)) => behaviour,
            None => book.behaviour.clone(),
        }
    }

    fn take<E: Export>(&self, items: Vec<E::Item>) {
        E::keep(items, &mut self.book.lock().unwrap());
        self.written.notify_all();
    }
}
