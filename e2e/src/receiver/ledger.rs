//! What was asked and received, and what to answer.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;

/// How a request is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Behaviour {
    /// Takes everything.
    #[default]
    Take,
    /// Takes everything, and says so after a while.
    TakeSlowly(Duration),
    /// Takes all but the first so many spans, and says so.
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
    /// How it came.
    pub protocol: Protocol,
    /// How it was compressed, if it was.
    pub encoding: Option<String>,
    /// Who says to have sent it.
    pub user_agent: Option<String>,
    /// How many spans were in it.
    pub spans: usize,
}

/// A span that was taken, with who recorded it.
#[derive(Clone, Debug)]
pub struct ReceivedSpan {
    /// The service.
    pub resource: Resource,
    /// The library.
    pub scope: InstrumentationScope,
    /// The span.
    pub span: Span,
}

/// What was asked and received so far.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) requests: Vec<Request>,
    pub(super) spans: Vec<ReceivedSpan>,
    behaviour: Behaviour,
    next: VecDeque<Behaviour>,
}

/// The book, shared by the test and the receiver's thread.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    book: Mutex<Book>,
    written: Condvar,
}

/// What a handler does about a request.
pub(super) enum Verdict {
    Answer(ExportTraceServiceResponse),
    HangUp,
    KeepSilent,
    Unavailable(Option<Duration>),
    Refuse,
}

impl Ledger {
    pub(super) fn behave(&self, behaviour: Behaviour) {
        self.book.lock().unwrap().behaviour = behaviour;
    }

    pub(super) fn answer_next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
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
        assert!(
            !waited.timed_out(),
            "too few {what} came in {patience:?}: {requests} requests, {spans} spans"
        );
    }

    /// Writes a request down and decides about it.
    pub(super) async fn judge(&self, request: Request, message: ExportTraceServiceRequest) -> Verdict {
        let mut spans = flat(message);
        let behaviour = self.note(Request { spans: spans.len(), ..request });
        let mut response = ExportTraceServiceResponse::default();
        match behaviour {
            Behaviour::Take => self.take(spans),
            Behaviour::TakeSlowly(pause) => {
                tokio::time::sleep(pause).await;
                self.take(spans);
            }
            Behaviour::TakeAllBut(rejected) => {
                spans.drain(..rejected);
                self.take(spans);
                response.partial_success = Some(ExportTracePartialSuccess {
                    rejected_spans: i64::try_from(rejected).unwrap(),
                    error_message: "some spans make no sense".into(),
                });
            }
            Behaviour::TakeAndHangUp => {
                self.take(spans);
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
        book.requests.push(request);
        self.written.notify_all();
        book.next.pop_front().unwrap_or_else(|| book.behaviour.clone())
    }

    fn take(&self, spans: Vec<ReceivedSpan>) {
        self.book.lock().unwrap().spans.extend(spans);
        self.written.notify_all();
    }
}

fn flat(message: ExportTraceServiceRequest) -> Vec<ReceivedSpan> {
    let mut spans = Vec::new();
    for of_resource in message.resource_spans {
        let resource = of_resource.resource.unwrap_or_default();
        for of_scope in of_resource.scope_spans {
            let scope = of_scope.scope.unwrap_or_default();
            spans.extend(of_scope.spans.into_iter().map(|span| ReceivedSpan {
                resource: resource.clone(),
                scope: scope.clone(),
                span,
            }));
        }
    }
    spans
}
