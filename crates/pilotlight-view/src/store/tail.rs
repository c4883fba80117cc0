//! News for pages: that something came, and log records as they come.

use super::Store;
use super::window::{Added, SegmentRef};
use crate::query::filter::Filter;
use crate::query::{LogRow, QuestionError, TailQuestion};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};

/// How many requests' records wait for a page. A page that is further behind misses the oldest, and is told how many.
const WAITING_MAX: usize = 512;
/// How many records are handed out at once: more than a page shows of a burst.
const LOGS_AT_ONCE: u32 = 500;

/// Where news are put.
#[derive(Debug)]
pub(super) struct Posts {
    /// None when the store is closed. Held for a send.
    open: Mutex<Option<Open>>,
    /// Records that pages were too slow to take. Relaxed: it is shown.
    missed: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Open {
    changed: watch::Sender<u64>,
    logs: broadcast::Sender<Post>,
    /// Log records that were ever posted.
    posted: u64,
}

/// Records that came with one request.
#[derive(Debug, Clone)]
struct Post {
    segment: SegmentRef,
    rows: Range<u32>,
    /// How many were posted before these.
    before: u64,
}

impl Posts {
    pub(super) fn new() -> Self {
        let open =
            Open { changed: watch::Sender::new(0), logs: broadcast::Sender::new(WAITING_MAX), posted: 0 };
        Self { open: Mutex::new(Some(open)), missed: Arc::default() }
    }

    /// A request was kept.
    pub(super) fn post(&self, added: Option<Added>) {
        let mut open = self.open();
        let Some(open) = &mut *open else { return };
        open.changed.send_modify(|number| *number += 1);
        let Some(Added { segment, logs: rows }) = added.filter(|added| !added.logs.is_empty()) else {
            return;
        };
        let before = open.posted;
        open.posted += u64::from(rows.end - rows.start);
        // Nobody may be listening.
        let _ = open.logs.send(Post { segment, rows, before });
    }

    /// Something else changed.
    pub(super) fn changed(&self) {
        if let Some(open) = &*self.open() {
            open.changed.send_modify(|number| *number += 1);
        }
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.open().as_ref().map_or_else(|| watch::channel(0).1, |open| open.changed.subscribe())
    }

    /// Whoever waits is told that there is no more.
    pub(super) fn end(&self) {
        drop(self.open().take());
    }

    pub(super) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    fn subscribe(&self) -> (broadcast::Receiver<Post>, u64) {
        match &*self.open() {
            Some(open) => (open.logs.subscribe(), open.posted),
            None => (broadcast::channel(1).1, 0),
        }
    }

    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Log records as they come.
    ///
    /// # Errors
    /// When the filter cannot be read.
    pub fn tail(&self, question: &TailQuestion) -> Result<Tail, QuestionError> {
        let filter = Filter::parse(&question.filter)?;
        let (posts, expected) = self.inner.posts.subscribe();
        Ok(Tail {
            posts,
            expected,
            filter,
            severity_min: question.severity_min.unwrap_or(0),
            rest: None,
            missed: Arc::clone(&self.inner.posts.missed),
        })
    }
}

/// Log records as they come, for one page.
#[derive(Debug)]
pub struct Tail {
    posts: broadcast::Receiver<Post>,
    /// How many records were posted before the next one, when none is missed.
    expected: u64,
    filter: Filter,
    severity_min: u8,
    /// What is left of a large request.
    rest: Option<Post>,
    missed: Arc<AtomicU64>,
}

/// What a tail hands out.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// New records, oldest first.
    Logs(Vec<LogRow>),
    /// So many could not be handed out because the page was too slow.
    Missed(u64),
}

impl Tail {
    /// The next news; none when the store is closed. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            let post = match self.rest.take() {
                Some(rest) => rest,
                None => self.post().await?,
            };
            let missed = post.before.saturating_sub(self.expected);
            if missed > 0 {
                self.expected = post.before;
                self.missed.fetch_add(missed, Ordering::Relaxed);
                self.rest = Some(post);
                return Some(News::Missed(missed));
            }
            let mut logs = self.read(post);
            self.read_more(&mut logs);
            if !logs.is_empty() {
                return Some(News::Logs(logs));
            }
        }
    }

    async fn post(&mut self) -> Option<Post> {
        loop {
            match self.posts.recv().await {
                Ok(post) => return Some(post),
                // How many records that were is seen by the next post.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// What waits already goes along, so that a flood of small requests is few messages.
    fn read_more(&mut self, logs: &mut Vec<LogRow>) {
        while self.rest.is_none() && logs.len() < LOGS_AT_ONCE as usize {
            match self.posts.try_recv() {
                Ok(post) if post.before > self.expected => self.rest = Some(post),
                Ok(post) => logs.extend(self.read(post)),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// The records of a post that are meant; of a large one the first, and the rest is left for later.
    fn read(&mut self, post: Post) -> Vec<LogRow> {
        let Post { segment, rows, before } = post;
        let end = rows.end.min(rows.start.saturating_add(LOGS_AT_ONCE));
        let now = rows.start..end;
        self.expected = before + u64::from(end - rows.start);
        let read = segment.read();
        let mut meant = self.filter.some_logs(&read, &now);
        meant.keep(|row| {
            read.logs.severity.get(row as usize).is_some_and(|severity| *severity >= self.severity_min)
        });
        let logs = meant.iter().filter_map(|row| LogRow::of(&read, row)).collect();
        drop(read);
        if end < rows.end {
            self.rest = Some(Post { segment, rows: end..rows.end, before: self.expected });
        }
        logs
    }
}
