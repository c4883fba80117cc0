//! Where received telemetry goes while the doctor listens: into the store for its findings, past what is counted here.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::header::HeaderName;

use super::contexts::Contexts;
use super::tallies::Tallies;
use super::ties::Ties;
use crate::receive::{Journal, Received, Sink};
use crate::store::{Busy, Kept, Options, Store};

/// What came. A clone is the same one.
#[derive(Debug, Clone)]
pub struct Watch {
    pub(in crate::doctor) store: Store,
    /// What was refused.
    pub journal: Journal,
    /// Held for a pass over a request.
    seen: Arc<Mutex<Seen>>,
}

/// What is noted besides what the store keeps.
#[derive(Debug, Default)]
pub(in crate::doctor) struct Seen {
    pub(in crate::doctor) tallies: Tallies,
    pub(super) contexts: Contexts,
    pub(in crate::doctor) ties: Ties,
    /// Names of headers beyond those that every request has. At most [`HEADERS_MAX`].
    pub(super) headers: BTreeSet<String>,
    /// Lines that nobody has shown yet. At most [`NEWS_MAX`], then the oldest go: they are in the report as well.
    news: VecDeque<String>,
}

/// More names than any exporter sends.
const HEADERS_MAX: usize = 40;
const NEWS_MAX: usize = 100;

/// What is no news: every exporter sends these.
const USUAL: [&str; 16] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-timeout",
    "host",
    "te",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

impl Watch {
    /// Nothing yet.
    ///
    /// # Errors
    /// When there is no room for a temporary file.
    pub fn new(options: Options) -> Result<Self, String> {
        let store = Store::open(options).map_err(|error| error.to_string())?;
        Ok(Self { store, journal: Journal::default(), seen: Arc::default() })
    }

    pub(in crate::doctor) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lines that nobody has shown yet.
    pub(super) fn news(&self) -> Vec<String> {
        self.seen().news.drain(..).collect()
    }
}

impl Sink for Watch {
    async fn keep(&self, received: Received) -> Result<Kept, Busy> {
        self.seen().note(&received);
        self.store.keep(received).await
    }

    fn look_at(&self, headers: &HeaderMap) {
        let mut seen = self.seen();
        headers.keys().for_each(|name| seen.note_header(name));
    }
}

impl Seen {
    fn note(&mut self, received: &Received) {
        let news = self.tallies.note(received);
        self.contexts.note(&received.data);
        self.ties.note(&received.data);
        news.into_iter().for_each(|line| self.tell(line));
    }

    fn note_header(&mut self, name: &HeaderName) {
        let name = name.as_str();
        if USUAL.contains(&name) || self.headers.contains(name) || self.headers.len() == HEADERS_MAX {
            return;
        }
        self.headers.insert(name.to_owned());
        self.tell(format!("a request has the header {name} (its value is not looked at)"));
    }

    fn tell(&mut self, line: String) {
        if self.news.len() == NEWS_MAX {
            self.news.pop_front();
        }
        self.news.push_back(line);
    }
}
