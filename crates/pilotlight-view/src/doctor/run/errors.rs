//! The program's standard error: on to ours, and past `explain`.

use std::io::{self, BufReader, PipeReader, Read, Write};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::doctor::explain;
use crate::doctor::report::Report;

/// How long what the program has left in the pipe may take. A program that it has started may keep the pipe open for ever.
const REST: Duration = Duration::from_secs(1);

/// A thread that reads.
pub(super) struct Errors {
    explained: oneshot::Receiver<Option<Report>>,
}

impl Errors {
    /// Begins to read.
    pub(super) fn read(pipe: PipeReader) -> Result<Self, String> {
        let (done, explained) = oneshot::channel();
        let read = move || {
            let report = explain::lines_of(BufReader::new(Copied(pipe)));
            // Nobody waits any more when the program's children go on.
            let _ = done.send(report.ok());
        };
        let thread = std::thread::Builder::new().name("standard error".to_owned()).spawn(read);
        thread.map(|_| Self { explained }).map_err(|error| format!("no thread can be started: {error}"))
    }

    /// What was explained; none when the pipe stays open or breaks.
    pub(super) async fn explained(self) -> Option<Report> {
        timeout(REST, self.explained).await.ok()?.ok()?
    }
}

/// Copies what is read to our own standard error.
struct Copied(PipeReader);

impl Read for Copied {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(room)?;
        // The program must not wait for a reader of ours that has gone away.
        let _ = io::stderr().write_all(&room[..length]);
        Ok(length)
    }
}
