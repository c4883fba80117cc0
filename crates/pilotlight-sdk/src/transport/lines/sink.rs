//! Where lines go, and how far they came.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::{Duration, Instant};

/// How long a reader may take nothing before what waits for it is given up: the specification's default for one attempt to
/// export (`OTEL_BLRP_EXPORT_TIMEOUT`). Only outputs that refuse to wait for themselves (`O_NONBLOCK`) get here.
const STALL_MAX: Duration = Duration::from_secs(30);

/// Between two attempts at an output that was full. A pipe of 64 KiB that is emptied as often carries 64 MB a second.
const PAUSE: Duration = Duration::from_millis(1);

/// Takes whole lines.
pub(super) struct Sink {
    writer: Box<dyn Write + Send>,
    /// Whether others in this process write lines there under standard output's lock.
    is_stdout: bool,
    /// Whether the last thing written was a part of a line.
    is_torn: bool,
    stall_max: Duration,
}

impl Sink {
    pub(super) fn stdout() -> Self {
        Self { is_stdout: true, ..Self::new(unbuffered_stdout()) }
    }

    pub(super) fn new(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), is_stdout: false, is_torn: false, stall_max: STALL_MAX }
    }

    /// Writes `lines`, and says how many bytes of them came out, which is less than all when it fails.
    ///
    /// After a failure within a line the next call ends that line first, so that no two melt together.
    pub(super) fn write(&mut self, lines: &[u8]) -> (usize, io::Result<()>) {
        // Held for all of it: `println!` elsewhere cannot come between two halves of a line.
        let _alone = self.is_stdout.then(|| io::stdout().lock());
        if self.is_torn
            && let (_, Err(error)) = self.send(b"\n")
        {
            return (0, Err(error));
        }
        let (sent, outcome) = self.send(lines);
        self.is_torn = sent > 0 && !lines[..sent].ends_with(b"\n");
        match outcome.and_then(|()| self.retry(|writer| writer.flush())) {
            Ok(()) => (sent, Ok(())),
            // What a writer of others' making still held is lost, and nobody knows where it broke off.
            Err(error) if sent == lines.len() => {
                self.is_torn = true;
                (0, Err(error))
            }
            Err(error) => (sent, Err(error)),
        }
    }

    fn send(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.retry(|writer| writer.write(&bytes[sent..])) {
                Ok(0) => return (sent, Err(ErrorKind::WriteZero.into())),
                Ok(more) => sent += more,
                Err(error) => return (sent, Err(error)),
            }
        }
        (sent, Ok(()))
    }

    /// Tries again after an interruption at once, and while there is no room for as long as a reader may stall.
    fn retry<T>(&mut self, mut attempt: impl FnMut(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
        let mut since = None;
        loop {
            match attempt(&mut *self.writer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if since.get_or_insert_with(Instant::now).elapsed() >= self.stall_max {
                        let message = format!("its reader took nothing for {:?}", self.stall_max);
                        return Err(io::Error::new(ErrorKind::TimedOut, message));
                    }
                    thread::sleep(PAUSE);
                }
                outcome => return outcome,
            }
        }
    }
}

/// Standard output itself. Rust's own handle keeps a part of what it was given after a short write and calls it written, so
/// nobody could say what came out.
#[cfg(unix)]
fn unbuffered_stdout() -> Box<dyn Write + Send> {
    use std::os::fd::AsFd;
    match io::stdout().as_fd().try_clone_to_owned() {
        Ok(descriptor) => Box::new(std::fs::File::from(descriptor)),
        // Too many open files, or none at all. The handle goes to the same place.
        Err(_) => Box::new(io::stdout()),
    }
}

/// A console of Windows wants UTF-16, which is what the handle is for.
#[cfg(not(unix))]
fn unbuffered_stdout() -> Box<dyn Write + Send> {
    Box::new(io::stdout())
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Does as it is told: takes so many bytes, or fails. Once there is nothing left to obey, it takes everything.
    #[derive(Clone, Default)]
    struct Moody {
        orders: Arc<Mutex<VecDeque<Result<usize, ErrorKind>>>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Moody {
        fn new(orders: impl IntoIterator<Item = Result<usize, ErrorKind>>) -> Self {
            let moody = Self::default();
            moody.orders.lock().unwrap().extend(orders);
            moody
        }

        fn written(&self) -> String {
            String::from_utf8(self.written.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Moody {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let len = self.orders.lock().unwrap().pop_front().unwrap_or(Ok(usize::MAX))?.min(bytes.len());
            self.written.lock().unwrap().extend(&bytes[..len]);
            Ok(len)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn short_writes_interruptions_and_full_pipes_lose_double_and_tear_nothing() {
        let hard = [Ok(1), Err(ErrorKind::Interrupted), Ok(2), Err(ErrorKind::WouldBlock)];
        let moody = Moody::new(hard.into_iter().cycle().take(20));
        let (sent, outcome) = Sink::new(moody.clone()).write(b"first line\nsecond line\n");
        outcome.unwrap();
        assert_eq!((sent, moody.written().as_str()), (23, "first line\nsecond line\n"));
    }

    #[test]
    fn a_line_that_was_torn_ends_before_the_next_begins() {
        let moody = Moody::new([Ok(14), Err(ErrorKind::BrokenPipe), Err(ErrorKind::BrokenPipe)]);
        let mut sink = Sink::new(moody.clone());
        let (sent, outcome) = sink.write(b"first line\nsecond line\n");
        assert_eq!((sent, outcome.unwrap_err().kind()), (14, ErrorKind::BrokenPipe));
        assert_eq!(sink.write(b"third line\n").0, 0, "still broken");
        sink.write(b"fourth line\n").1.unwrap();
        assert_eq!(moody.written(), "first line\nsec\nfourth line\n");
    }

    #[test]
    fn a_failure_between_two_lines_adds_no_empty_one() {
        let moody = Moody::new([Ok(11), Err(ErrorKind::BrokenPipe)]);
        let mut sink = Sink::new(moody.clone());
        assert_eq!(sink.write(b"first line\nsecond line\n").0, 11);
        sink.write(b"third line\n").1.unwrap();
        assert_eq!(moody.written(), "first line\nthird line\n");
    }

    #[test]
    fn a_reader_that_takes_nothing_for_too_long_is_given_up() {
        let moody = Moody::new([Ok(3), Err(ErrorKind::WouldBlock)]);
        let mut sink = Sink { stall_max: Duration::ZERO, ..Sink::new(moody) };
        let (sent, outcome) = sink.write(b"first line\n");
        assert_eq!((sent, outcome.unwrap_err().kind()), (3, ErrorKind::TimedOut));
    }

    #[test]
    fn a_writer_that_takes_nothing_without_a_reason_is_a_failure() {
        let (sent, outcome) = Sink::new(Moody::new([Ok(0)])).write(b"first line\n");
        assert_eq!((sent, outcome.unwrap_err().kind()), (0, ErrorKind::WriteZero));
    }
}
