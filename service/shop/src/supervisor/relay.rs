//! Several programs on one standard output, none of whose lines are torn.
//!
//! A terminal and a file take what is written at once as one piece. A pipe and a socket do so only while there is room: a process that
//! has to wait for it half-way through its lines lets others in. So there each program writes to a pipe of its own, and this process
//! hands on whole lines:
//!
//! ```text
//!  a child ──> its pipe ──> its thread: as many whole lines as there are ──> one lock ──> standard output
//! ```
//!
//! What holds up the one holds up the other: while nobody reads standard output, the pipes fill, and the children do with their lines
//! what they would have done with a full output. When it is closed, the pipes are closed, too.

use std::fs::File;
use std::io::{self, ErrorKind, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use super::note;
use super::stages::Signals;
use crate::failure::Failure;

/// What is taken from a pipe at once: all that it holds, unless the system made it larger than usual. A drawing of many lines that was
/// written at once stays together up to this size.
const READ_BYTES: usize = 64 * 1024;

/// The longest line that is kept whole: of JSON, as telemetry makes them, none is longer. A longer one is handed on in parts.
const LINE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Between two attempts at an output that was full and does not let its writers wait (`O_NONBLOCK`).
const PAUSE: Duration = Duration::from_millis(1);

/// How long the last lines wait for a reader who takes nothing. Whoever stops the shop does not want to wait for ever.
const STALL_MAX: Duration = Duration::from_secs(5);

/// Hands on what the children write.
#[derive(Debug)]
pub(super) struct Relay {
    output: Arc<Output>,
    progress: watch::Receiver<u64>,
}

/// Where all of it goes.
#[derive(Debug)]
struct Output {
    /// Held while lines are written, however long that takes: nobody else could go on either. None once it failed.
    file: Mutex<Option<File>>,
    /// How many bytes were taken. Its receiver learns as well when nobody is left to write.
    progress: watch::Sender<u64>,
}

impl Relay {
    /// A relay to standard output, where that is a pipe or a socket.
    pub(super) fn where_lines_would_tear() -> Result<Option<Self>, Failure> {
        let stdout = || -> io::Result<Option<File>> {
            let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
            let kind = stdout.metadata()?.file_type();
            Ok((kind.is_fifo() || kind.is_socket()).then_some(stdout))
        };
        let file = stdout().map_err(|cause| Failure::because("standard output cannot be used", cause))?;
        Ok(file.map(Self::to))
    }

    fn to(file: File) -> Self {
        let (sender, progress) = watch::channel(0);
        Self { output: Arc::new(Output { file: Mutex::new(Some(file)), progress: sender }), progress }
    }

    /// What `name` is to write to. It is read until everybody has closed it.
    pub(super) fn input(&self, name: &'static str) -> io::Result<PipeWriter> {
        let (reader, writer) = io::pipe()?;
        let output = self.output.clone();
        thread::Builder::new()
            .name(format!("{name} output"))
            .spawn(move || hand_on(name, reader, &output))?;
        Ok(writer)
    }

    /// Waits until everything is handed on that the children, which have ended, wrote; or until standard output takes nothing for too
    /// long, or a signal comes.
    pub(super) async fn finish(self, signals: &mut Signals) {
        let Self { output, mut progress } = self;
        drop(output);
        loop {
            let more = tokio::select! {
                more = tokio::time::timeout(STALL_MAX, progress.changed()) => more,
                () = signals.next() => return,
            };
            match more {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(_) => {
                    note("nobody reads standard output: the last lines of the programs are lost");
                    return;
                }
            }
        }
    }
}

/// Hands on whole lines, as many at a time as there are, until there are no more, or nobody wants them. A last line without an end is
/// none: its program was killed, or gave up an output that nobody read.
fn hand_on(name: &str, mut input: impl Read, output: &Output) {
    let mut lines = Lines::default();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match input.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // An error would be a fault of the system, after which there is nothing to come either.
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        if !output.write(lines.complete_with(&buffer[..read])) {
            return;
        }
    }
    let rest = lines.rest();
    if rest > 0 {
        note(format_args!("the {name} ended within a line: its {rest} bytes are lost"));
    }
}

/// What was read and not handed on.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    /// How much of it was handed on, and can go.
    done: usize,
}

impl Lines {
    /// What is complete with `more`: all up to the last end of a line.
    fn complete_with(&mut self, more: &[u8]) -> &[u8] {
        self.bytes.drain(..self.done);
        let before = self.bytes.len();
        self.bytes.extend_from_slice(more);
        let last = more.iter().rposition(|byte| *byte == b'\n');
        self.done = match last {
            Some(last) => before + last + 1,
            None if self.bytes.len() > LINE_BYTES_MAX => self.bytes.len(),
            None => 0,
        };
        &self.bytes[..self.done]
    }

    /// How many bytes there are of a line that is not complete.
    fn rest(&self) -> usize {
        self.bytes.len() - self.done
    }
}

impl Output {
    /// Whether `lines` were taken; once they were not, none are.
    fn write(&self, lines: &[u8]) -> bool {
        // Nobody panics while holding it.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writer) = file.as_mut() else { return false };
        match self.write_all(writer, lines) {
            Ok(()) => true,
            Err(error) => {
                note(format_args!("standard output takes no more lines: {error}"));
                *file = None;
                false
            }
        }
    }

    /// As the standard library's, and for outputs, too, that do not let their writers wait.
    fn write_all(&self, writer: &mut impl Write, mut lines: &[u8]) -> io::Result<()> {
        while !lines.is_empty() {
            match writer.write(lines) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => {
                    lines = &lines[taken..];
                    self.progress.send_modify(|total| *total += taken as u64);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_handed_on() {
        let mut lines = Lines::default();

        assert_eq!(lines.complete_with(b"one\ntwo\nth"), b"one\ntwo\n");
        assert_eq!(lines.complete_with(b"r"), b"");
        assert_eq!(lines.complete_with(b"ee\nfour"), b"three\n");
        assert_eq!(lines.rest(), 4);
        assert_eq!(lines.complete_with(b"\n"), b"four\n");
        assert_eq!(lines.rest(), 0);
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory() {
        let mut lines = Lines::default();
        let part = vec![b'x'; LINE_BYTES_MAX];

        assert_eq!(lines.complete_with(&part).len(), 0);
        assert_eq!(lines.complete_with(b"x").len(), LINE_BYTES_MAX + 1);
        assert_eq!(lines.complete_with(b"x\n"), b"x\n");
    }

    #[test]
    fn lines_of_several_writers_stay_whole_and_all_of_them_arrive() {
        let (mut reader, writer) = io::pipe().unwrap();
        let relay = Relay::to(File::from(std::os::fd::OwnedFd::from(writer)));
        let writers: Vec<_> = ["a", "b", "c"]
            .map(|letter| {
                let mut input = relay.input(letter).unwrap();
                // More than a pipe holds, at once: while the others write, too.
                let line = letter.repeat(9_999) + "\n";
                thread::spawn(move || input.write_all(line.repeat(50).as_bytes()).unwrap())
            })
            .into();
        drop(relay);

        let mut heard = String::new();
        reader.read_to_string(&mut heard).unwrap();

        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(heard.lines().count(), 150);
        let is_whole =
            |line: &str| line.len() == 9_999 && line.bytes().all(|byte| byte == line.as_bytes()[0]);
        assert!(heard.lines().all(is_whole));
    }

    #[test]
    fn an_output_that_is_closed_closes_the_inputs() {
        let (reader, writer) = io::pipe().unwrap();
        let relay = Relay::to(File::from(std::os::fd::OwnedFd::from(writer)));
        drop(reader);
        let mut input = relay.input("child").unwrap();

        let refused = loop {
            if let Err(error) = input.write_all(b"a line\n") {
                break error;
            }
        };

        assert_eq!(refused.kind(), ErrorKind::BrokenPipe);
    }
}
