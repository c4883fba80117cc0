//! News for pages: that something came, and log records as they come.

use super::Store;
use super::window::segment::Segment;
use super::window::{Added, SegmentRef};
use crate::query::filter::Filter;
use crate::query::{LogRow, QuestionError, TailQuestion};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
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
    /// A page that is behind must not hold what the window lets go of.
    segment: Weak<RwLock<Segment>>,
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
        let _ = open.logs.send(Post { segment: segment.downgrade(), rows, before });
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
            if let Some(missed) = self.missed_before(&post) {
                self.rest = Some(post);
                return Some(missed);
            }
            let Some(mut logs) = self.read(&post) else {
                return Some(self.miss(u64::from(post.rows.end - post.rows.start)));
            };
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

    fn missed_before(&mut self, post: &Post) -> Option<News> {
        let missed = post.before.saturating_sub(self.expected);
        (missed > 0).then(|| self.miss(missed))
    }

    fn miss(&mut self, records: u64) -> News {
        self.expected += records;
        self.missed.fetch_add(records, Ordering::Relaxed);
        News::Missed(records)
    }

    /// What waits already goes along, so that a flood of small requests is few messages.
    fn read_more(&mut self, logs: &mut Vec<LogRow>) {
        while self.rest.is_none() && logs.len() < LOGS_AT_ONCE as usize {
            match self.posts.try_recv() {
                Ok(post) if post.before > self.expected => self.rest = Some(post),
                Ok(post) => match self.read(&post) {
                    Some(more) => logs.extend(more),
                    None => self.rest = Some(post),
                },
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// The records of a post that are meant; of a large one the first, and the rest is left for later. None when the window has let go
    /// of them.
    fn read(&mut self, post: &Post) -> Option<Vec<LogRow>> {
        let segment = SegmentRef::upgrade(&post.segment)?;
        let Range { start, end } = post.rows;
        let now = start..end.min(start.saturating_add(LOGS_AT_ONCE));
        self.expected = post.before + u64::from(now.end - now.start);
        if now.end < end {
            self.rest = Some(Post { rows: now.end..end, before: self.expected, ..post.clone() });
        }
        let segment = segment.read();
        let is_severe = |row: u32| {
            segment.logs.severity.get(row as usize).is_some_and(|severity| *severity >= self.severity_min)
        };
        let mut meant = self.filter.some_logs(&segment, &now);
        meant.keep(is_severe);
        Some(meant.iter().filter_map(|row| LogRow::of(&segment, row)).collect())
    }
}
