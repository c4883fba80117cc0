//! What was refused, and what a real collector would have refused: kept for the page, the findings and `doctor --listen`.

use super::Protocol;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use utoipa::ToSchema;

/// The newest incidents in full, and a counter of each kind since the start.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    /// Protects the two below; held for a push or a copy.
    kept: Arc<Mutex<Kept>>,
}

/// How many incidents are kept in full. Enough for a page to look at; the counters go on.
const NEWEST: usize = 200;

#[derive(Debug, Default)]
struct Kept {
    newest: VecDeque<JournalEntry>,
    counts: BTreeMap<IncidentKind, u64>,
}

/// Something that was refused, or taken although others would not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What happened.
    pub kind: IncidentKind,
    /// The port that it happened on.
    pub port: u16,
    /// What was spoken, as far as it could be told.
    pub protocol: Option<Protocol>,
    /// What was seen, in one line: the path, the content type, the size and its limit, the decoder's words. At most 300 characters.
    pub detail: String,
    /// What the sender calls itself.
    pub user_agent: Option<String>,
}

/// An incident with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JournalEntry {
    /// When, in milliseconds since 1970.
    pub unix_ms: u64,
    /// What happened.
    pub kind: IncidentKind,
    /// The port that it happened on.
    pub port: u16,
    /// What was spoken, as far as it could be told.
    pub protocol: Option<Protocol>,
    /// What was seen, in one line.
    pub detail: String,
    /// What the sender calls itself.
    pub user_agent: Option<String>,
}

/// Kinds of incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// Taken, though a collector's port of this number speaks another protocol.
    WrongPort,
    /// A path that OTLP does not have: `/`, `/v1/v1/traces`, `/v1/trace`.
    UnknownPath,
    /// A content type that OTLP does not have.
    ContentType,
    /// A content encoding that is not known.
    ContentEncoding,
    /// A method other than POST.
    Method,
    /// A body that cannot be decoded.
    Malformed,
    /// A body over the limit.
    TooLarge,
    /// A compressed body that would be over the limit.
    Bomb,
    /// Parts of a request were refused: ids that are none, points without a value.
    Partial,
    /// The store could not take it at the moment; the sender was asked to come again.
    Busy,
    /// TLS on a port without TLS.
    Tls,
    /// Bytes that are neither HTTP/1, HTTP/2 nor TLS.
    Unreadable,
    /// A page of another origin tried to send or to read.
    Origin,
    /// A `Host` that is not this viewer's: another name was made to point here.
    Host,
    /// The token was missing or wrong.
    Token,
}

impl Journal {
    /// Writes it down with the time of now.
    pub fn record(&self, incident: Incident) {
        let unix_ms = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        let Incident { kind, port, protocol, detail, user_agent } = incident;
        let entry = JournalEntry { unix_ms, kind, port, protocol, detail, user_agent };
        let mut kept = self.lock();
        *kept.counts.entry(kind).or_default() += 1;
        let oldest = if kept.newest.len() == NEWEST { kept.newest.pop_front() } else { None };
        kept.newest.push_back(entry);
        drop(kept);
        drop(oldest);
    }

    /// The newest incidents, oldest first.
    pub fn newest(&self) -> Vec<JournalEntry> {
        self.lock().newest.iter().cloned().collect()
    }

    /// How often each kind happened since the start.
    pub fn counts(&self) -> BTreeMap<IncidentKind, u64> {
        self.lock().counts.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
