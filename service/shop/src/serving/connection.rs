//! One client's connection, and how long it may keep the server waiting.
//!
//! The HTTP library can time a request's head, but counts the quiet between two requests as part of the next head,
//! does not look at the first bytes of a connection, and lets a client that stops reading block its answer for
//! ever. So the stream underneath keeps the time, told by the service above when requests begin and end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::Timeouts;

/// Which requests of a connection have begun and ended. The orderings are relaxed: these are counts that guard no
/// other data, and the answer that follows wakes the connection.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    begun: AtomicU64,
    ended: AtomicU64,
    /// HTTP/2, whose control frames are not the beginning of a request.
    multiplexed: AtomicBool,
}

/// A request in flight; it ends when this is dropped, whatever became of it.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Requests>);

impl Requests {
    /// A request's head is complete.
    pub(crate) fn begin(self: &Arc<Self>, multiplexed: bool) -> InFlight {
        self.multiplexed.store(multiplexed, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the server waits for when there is nothing to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// The rest of a request's head.
    Head,
    /// Its own answer. Whatever makes it has a timeout of its own.
    Answer,
    /// The next request.
    Nothing,
}

/// A stream whose reads and writes fail with `TimedOut` when the client keeps the server waiting too long.
#[derive(Debug)]
pub(crate) struct TimedStream<S> {
    stream: S,
    timeouts: Timeouts,
    requests: Arc<Requests>,
    /// Bytes have come that no request accounts for yet. True from the start: a connection has to say something.
    head_begun: bool,
    /// How many requests had begun when this was last looked at.
    heads_seen: u64,
    /// What `read_deadline` is set for; none when it has to be set anew.
    waiting: Option<Waiting>,
    read_deadline: Pin<Box<Sleep>>,
    /// Set while the client takes nothing of an answer.
    write_deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> TimedStream<S> {
    pub(crate) fn new(stream: S, timeouts: Timeouts, requests: Arc<Requests>) -> Self {
        Self {
            stream,
            timeouts,
            requests,
            head_begun: true,
            heads_seen: 0,
            waiting: None,
            read_deadline: Box::pin(sleep(timeouts.read)),
            write_deadline: None,
        }
    }

    /// Nothing to read: fails once that has lasted too long for what is being waited for.
    fn poll_overdue_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let waiting = self.now_waiting_for();
        let Some(patience) = self.patience(waiting) else {
            self.waiting = Some(waiting);
            return Poll::Pending;
        };
        if self.waiting.replace(waiting) != Some(waiting) {
            self.read_deadline.as_mut().reset(Instant::now() + patience);
        }
        self.read_deadline.as_mut().poll(cx).map(|()| Err(overdue("the client sent nothing", patience)))
    }

    fn now_waiting_for(&mut self) -> Waiting {
        let begun = self.requests.begun.load(Ordering::Relaxed);
        if begun != self.heads_seen {
            self.heads_seen = begun;
            self.head_begun = false;
            self.waiting = None;
        }
        if begun != self.requests.ended.load(Ordering::Relaxed) {
            Waiting::Answer
        } else if self.head_begun && !self.requests.multiplexed.load(Ordering::Relaxed) {
            Waiting::Head
        } else {
            Waiting::Nothing
        }
    }

    fn patience(&self, waiting: Waiting) -> Option<Duration> {
        match waiting {
            Waiting::Head => Some(self.timeouts.read),
            Waiting::Answer => None,
            Waiting::Nothing => Some(self.timeouts.idle),
        }
    }

    /// Keeps the time of a write: it runs while the client takes nothing, and starts anew when it takes something.
    fn timed_write<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.write_deadline = None;
            self.still_in_use();
            return outcome;
        }
        let patience = self.timeouts.write;
        let deadline = self.write_deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
        deadline.as_mut().poll(cx).map(|()| Err(overdue("the client took nothing of its answer", patience)))
    }

    /// An answer that is being taken is not idleness.
    fn still_in_use(&mut self) {
        if self.waiting == Some(Waiting::Nothing) {
            self.waiting = None;
        }
    }
}

fn overdue(what: &str, patience: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("{what} for {patience:?}"))
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if outcome.is_pending() {
            return this.poll_overdue_read(cx);
        }
        // Bytes between two requests begin a head; those of a body, or of the same head, change nothing.
        this.head_begun |= this.now_waiting_for() == Waiting::Nothing;
        this.still_in_use();
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.timed_write(cx, outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.timed_write(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

// The clock stands still, and jumps to the next deadline whenever all tasks wait.
#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const READ: Duration = Duration::from_secs(15);
    const WRITE: Duration = Duration::from_secs(20);
    const IDLE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_connects_and_is_silent_has_the_read_timeout() {
        let (mut server, _client, _) = connection();

        assert_eq!(silence(&mut server).await, READ);
    }

    #[tokio::test(start_paused = true)]
    async fn dripping_bytes_of_a_head_does_not_extend_its_time() {
        let (mut server, mut client, _) = connection();
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_secs(4)).await;
                client.write_all(b"x").await.unwrap();
            }
        };

        tokio::select! {
            waited = silence(&mut server) => assert_eq!(waited, READ),
            () = drip => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_an_answer_a_client_may_be_idle_and_then_has_the_read_timeout_again() {
        let (mut server, mut client, requests) = connection();
        drop(requests.begin(false));
        let next_head = async {
            tokio::time::sleep(IDLE / 2).await;
            client.write_all(b"GET").await.unwrap();
        };

        let (waited, ()) = tokio::join!(silence(&mut server), next_head);

        assert_eq!(waited, IDLE / 2 + READ);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_client_has_the_idle_timeout() {
        let (mut server, _client, requests) = connection();
        drop(requests.begin(false));

        assert_eq!(silence(&mut server).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_waits_for_its_answer_is_not_overdue() {
        let (mut server, _client, requests) = connection();
        let in_flight = requests.begin(false);

        assert!(tokio::time::timeout(IDLE * 10, silence(&mut server)).await.is_err());

        drop(in_flight);
        assert_eq!(silence(&mut server).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn control_frames_of_http_2_keep_a_connection_and_begin_no_head() {
        let (mut server, mut client, requests) = connection();
        drop(requests.begin(true));
        let ping = async {
            tokio::time::sleep(IDLE / 2).await;
            client.write_all(b"ping").await.unwrap();
        };

        let (waited, ()) = tokio::join!(silence(&mut server), ping);

        assert_eq!(waited, IDLE / 2 + IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_some_of_its_answer_gets_more_time_for_the_rest() {
        let (mut server, mut client, requests) = connection();
        let _in_flight = requests.begin(false);
        let began = Instant::now();
        let take = async {
            tokio::time::sleep(WRITE / 2).await;
            client.read_exact(&mut [0; CAPACITY]).await.unwrap();
        };

        let (written, ()) = tokio::join!(server.write_all(&[0; CAPACITY * 3]), take);

        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), WRITE / 2 + WRITE);
    }

    /// How many bytes are on their way before a write has to wait.
    const CAPACITY: usize = 16;

    fn connection() -> (TimedStream<DuplexStream>, DuplexStream, Arc<Requests>) {
        let (server, client) = duplex(CAPACITY);
        let hour = Duration::from_secs(3600);
        let timeouts = Timeouts { read: READ, write: WRITE, idle: IDLE, notice: hour, drain: hour };
        let requests = Arc::new(Requests::default());
        (TimedStream::new(server, timeouts, requests.clone()), client, requests)
    }

    /// Reads all there is, until the stream has had enough: after how long?
    async fn silence(server: &mut TimedStream<DuplexStream>) -> Duration {
        let began = Instant::now();
        loop {
            match server.read(&mut [0; CAPACITY]).await {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    return began.elapsed();
                }
            }
        }
    }
}
