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

/// How many incidents are kept in full, each once however often it happened: the oldest goes, and the counters go on. Enough for a
/// page to look at, and few enough to be looked through for each new one.
const NEWEST: usize = 200;

/// A line on a page or a terminal; what is longer is cut.
const DETAIL_CHARACTERS_MAX: usize = 300;

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
    /// When, in milliseconds since 1970; the last time, when it happened several times.
    pub unix_ms: u64,
    /// How many times it happened, exactly so.
    pub times: u64,
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
    /// Writes it down with the time of now. What is there already, exactly so, is counted once more and is the newest again: a sender
    /// that tries again and again does not push out everything else.
    pub fn record(&self, incident: Incident) {
        let unix_ms = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        let Incident { kind, port, protocol, detail, user_agent } = incident;
        let (detail, user_agent) = (printable(&detail), user_agent.as_deref().map(printable));
        let mut entry = JournalEntry { unix_ms, times: 1, kind, port, protocol, detail, user_agent };
        let mut kept = self.lock();
        *kept.counts.entry(kind).or_default() += 1;
        let same = kept.newest.iter().rposition(|known| entry.is_like(known));
        let gone = match same {
            Some(position) => kept.newest.remove(position),
            None if kept.newest.len() == NEWEST => kept.newest.pop_front(),
            None => None,
        };
        if let Some(known) = gone.as_ref().filter(|_| same.is_some()) {
            entry.times += known.times;
        }
        kept.newest.push_back(entry);
        drop(kept);
        drop(gone);
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

impl JournalEntry {
    /// The same but for the time.
    fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.port == other.port
            && self.protocol == other.protocol
            && self.detail == other.detail
            && self.user_agent == other.user_agent
    }
}

/// Without what would end a line or speak to a terminal, and not too long: it was written by whoever sends.
pub(super) fn printable(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    visible.take(DETAIL_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::{Incident, IncidentKind, Journal, NEWEST};

    fn incident(detail: &str) -> Incident {
        Incident {
            kind: IncidentKind::UnknownPath,
            port: 4318,
            protocol: None,
            detail: detail.to_owned(),
            user_agent: None,
        }
    }

    #[test]
    fn what_happens_again_is_counted_and_does_not_push_out_the_rest() {
        let journal = Journal::default();
        journal.record(incident("once"));
        for _ in 0..NEWEST * 2 {
            journal.record(incident("again"));
        }
        let newest: Vec<_> = journal.newest().into_iter().map(|entry| (entry.detail, entry.times)).collect();
        assert_eq!(newest, [("once".to_owned(), 1), ("again".to_owned(), NEWEST as u64 * 2)]);
        assert_eq!(journal.counts()[&IncidentKind::UnknownPath], NEWEST as u64 * 2 + 1);
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many_and_all_are_counted() {
        let journal = Journal::default();
        for number in 0..=NEWEST {
            journal.record(incident(&number.to_string()));
        }
        assert_eq!(journal.newest().len(), NEWEST);
        assert_eq!(journal.newest()[0].detail, "1");
        assert_eq!(journal.counts()[&IncidentKind::UnknownPath], NEWEST as u64 + 1);
    }

    #[test]
    fn a_line_is_one_line_however_it_was_sent() {
        let journal = Journal::default();
        journal.record(incident(&format!("\u{1b}[2J\n{}", "x".repeat(1000))));
        let detail = &journal.newest()[0].detail;
        assert_eq!(detail.chars().count(), 300);
        assert!(!detail.contains(|c: char| c.is_control()));
    }
}
