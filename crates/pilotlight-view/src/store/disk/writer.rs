//! The writer: takes all that waits, writes it in one transaction, tells whoever waits for that, drops what is over the bounds.

use super::Shared;
use super::chunk::NewChunk;
use super::file::File;
use super::pages::{Pages, give_back, shrink};
use super::partitions::{Partition, sql_number};
use super::queue::Task;
use crate::receive::Signal;
use rusqlite::{Connection, ErrorCode};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::oneshot;

/// How often the age of partitions is looked at when nothing comes.
const TICK: Duration = Duration::from_secs(30);
/// Between two steps of making the file smaller: whoever reads has a turn.
const TURN: Duration = Duration::from_millis(10);
/// How often writing is tried again while it fails.
const RETRY: Duration = Duration::from_millis(500);
/// zstd's quickest level of the usual ones: telemetry repeats itself, and a third of it is what is left at any of them.
const COMPRESSION_LEVEL: i32 = 1;

/// What the file may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) bytes_max: u64,
    pub(super) age_max: Duration,
    /// The file goes with the process: nobody waits for it, and nothing needs to be written at the end.
    pub(super) temporary: bool,
}

impl Limits {
    /// When a partition is full. What goes at once is a small part of the file, and dropping it takes milliseconds.
    fn partition_bytes(&self) -> u64 {
        (self.bytes_max / 32).clamp(256 << 10, 64 << 20)
    }

    /// How long a partition is written to: what is over the age goes within a small part of it.
    fn partition_age(&self) -> Duration {
        (self.age_max / 24).clamp(Duration::from_secs(1), Duration::from_secs(3600))
    }
}

/// The thread that writes.
pub(super) struct Writer {
    shared: Arc<Shared>,
    limits: Limits,
    compressor: zstd::bulk::Compressor<'static>,
    /// What could not be written yet and nobody waits for: acknowledged, and in the window.
    unwritten: Vec<Write>,
    /// Something failed the last time. While it does, an empty transaction finds out whether it still would.
    failing: bool,
    /// The file is larger than it may be, and has pages that are free.
    shrinking: bool,
}

/// A request to be written.
struct Write {
    id: u64,
    chunk: NewChunk,
    body: Vec<u8>,
    done: Option<oneshot::Sender<bool>>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, limits: Limits) -> std::io::Result<Self> {
        let compressor = zstd::bulk::Compressor::new(COMPRESSION_LEVEL)?;
        Ok(Self { shared, limits, compressor, unwritten: Vec::new(), failing: false, shrinking: false })
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        let _ending = Ending { shared: Arc::clone(&self.shared) };
        self.bound();
        loop {
            let Some(tasks) = self.shared.queue.take(self.patience()) else { break };
            if self.shared.queue.is_closed() && self.limits.temporary {
                break;
            }
            self.work(tasks);
        }
        if !self.unwritten.is_empty() && !self.limits.temporary {
            self.flush();
        }
    }

    /// How long to wait for something to do.
    fn patience(&self) -> Duration {
        match (self.failing, self.shrinking) {
            (true, _) => RETRY,
            (false, true) => TURN,
            (false, false) => TICK.min(self.limits.partition_age()),
        }
    }

    fn work(&mut self, tasks: Vec<Task>) {
        for task in tasks {
            match task {
                Task::Write { id, chunk, done } => match self.compressor.compress(&chunk.encoded) {
                    Ok(body) => self.unwritten.push(Write { id, chunk, body, done }),
                    Err(error) => self.refuse(id, done, &error),
                },
                Task::Clear { signals, done } => {
                    self.flush();
                    self.clear(&signals);
                    // Whoever asked may have gone.
                    let _ = done.send(());
                }
            }
        }
        if !self.unwritten.is_empty() || self.failing {
            self.flush();
        }
        self.bound();
    }

    /// A request cannot be written, whatever the file is like.
    fn refuse(&mut self, id: u64, done: Option<oneshot::Sender<bool>>, error: &std::io::Error) {
        self.shared.counts.note_unreadable();
        self.fail(format!("A request cannot be compressed: {error}. It is not in the file."));
        self.shared.queue.settle([id].into_iter());
        if let Some(done) = done {
            // Whoever waited may have gone.
            let _ = done.send(false);
        }
    }

    /// Writes everything that is to be written in one transaction. When the disk is full the oldest partition makes room.
    fn flush(&mut self) {
        let mut result = self.write();
        while result.as_ref().is_err_and(|error| error.sqlite_error_code() == Some(ErrorCode::DiskFull)) {
            if self.shared.partitions().len() < 2 || !self.drop_oldest() {
                break;
            }
            result = self.write();
        }
        self.failing = result.is_err();
        self.shared.set_trouble(result.err().map(|error| {
            format!("Writing fails: {error}. Senders are asked to come again until there is room and the file can be written to.")
        }));
        let succeeded = !self.failing;
        let waited_for = |write: &mut Write| succeeded || write.done.is_some();
        let settled: Vec<Write> = self.unwritten.extract_if(.., waited_for).collect();
        self.shared.queue.settle(settled.iter().map(|write| write.id));
        for done in settled.into_iter().filter_map(|write| write.done) {
            // Whoever waited may have gone; it is in the file all the same.
            let _ = done.send(succeeded);
        }
    }

    fn write(&self) -> rusqlite::Result<()> {
        let known = self.shared.partitions();
        let mut last = known.last().copied();
        let mut finished = Vec::new();
        self.shared.with_file(|file| {
            let transaction = Transaction::begin(&file.connection)?;
            for write in &self.unwritten {
                if let Some(full) = last.take_if(|partition| self.is_full(partition, write.chunk.received)) {
                    finished.push(full);
                }
                let partition = match &mut last {
                    Some(partition) => partition,
                    none => {
                        let next = finished.last().or(known.last()).map_or(1, |before| before.id + 1);
                        let partition = none.insert(Partition::new(next));
                        partition.create(&file.connection)?;
                        partition
                    }
                };
                partition.write(&file.connection, write.id, &write.chunk, &write.body)?;
            }
            finished.extend(last);
            finished.iter().try_for_each(|partition| partition.save(&file.connection))?;
            if let Some(last) = finished.last() {
                save_next_chunk(&file.connection, last.last_chunk + 1)?;
            }
            transaction.commit()
        })?;
        self.shared.update_partitions(&finished);
        Ok(())
    }

    fn is_full(&self, partition: &Partition, now: u64) -> bool {
        let age = nanoseconds(self.limits.partition_age());
        partition.bytes >= self.limits.partition_bytes()
            || now.saturating_sub(partition.received_from) > age && partition.received_from != u64::MAX
    }

    /// Drops what is too old and what is over the bytes, oldest first, and gives some of what that leaves free back.
    fn bound(&mut self) {
        self.drop_excess();
        let shrunk = self.shared.with_file(|file| shrink(&file.connection, self.limits.bytes_max));
        self.shrinking = shrunk.unwrap_or_else(|error| {
            self.fail(format!("The file cannot be made smaller: {error}."));
            false
        });
    }

    fn drop_excess(&mut self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, nanoseconds);
        let oldest_allowed = now.saturating_sub(nanoseconds(self.limits.age_max));
        loop {
            let bytes = match self.shared.with_file(|file| Pages::of(&file.connection)) {
                Ok(pages) => pages.used_bytes(),
                Err(error) => return self.fail(format!("The file's size cannot be read: {error}.")),
            };
            self.shared.counts.set_bytes(bytes);
            let partitions = self.shared.partitions();
            let Some(oldest) = partitions.first() else { return };
            let too_many = bytes > self.limits.bytes_max && partitions.len() > 1;
            let too_old = oldest.received_last < oldest_allowed;
            if !(too_many || too_old) || !self.drop_oldest() {
                return;
            }
        }
    }

    /// Tells that something does not work, and tries to write soon.
    fn fail(&mut self, trouble: String) {
        self.failing = true;
        self.shared.set_trouble(Some(trouble));
    }

    /// Whether that worked.
    fn drop_oldest(&mut self) -> bool {
        let Some(oldest) = self.shared.partitions().first().copied() else { return false };
        let dropped = self.shared.with_file(|file| finish(&file.connection, oldest.drop(&file.connection)));
        if let Err(error) = dropped {
            self.fail(format!("The oldest partition cannot be dropped: {error}."));
            return false;
        }
        self.shared.forget(&oldest);
        true
    }

    fn clear(&mut self, signals: &[Signal]) {
        let all =
            [Signal::Traces, Signal::Metrics, Signal::Logs].iter().all(|signal| signals.contains(signal));
        let partitions = self.shared.partitions();
        let cleared = self.shared.with_file(|file| {
            for partition in &partitions {
                let result = if all {
                    partition.drop(&file.connection)
                } else {
                    delete(&file.connection, partition, signals)
                };
                finish(&file.connection, result)?;
            }
            // What is left free is given back; pages of dropped partitions are most often at the end already.
            give_back(&file.connection, Pages::of(&file.connection)?.free)
        });
        match cleared {
            Ok(()) => self.shared.cleared(signals, all),
            Err(error) => {
                // Some partitions may be gone, or have less in them.
                if let Ok(left) = self.shared.with_file(|file| Partition::load(&file.connection)) {
                    self.shared.set_partitions(left);
                }
                self.fail(format!("The file cannot be cleared: {error}."));
            }
        }
    }
}

/// The end of the writer, whatever it came by: nobody waits for it after that.
struct Ending {
    shared: Arc<Shared>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let trouble = "Writing has ended because of a defect of this program. Start it again.";
            self.shared.set_trouble(Some(trouble.to_owned()));
        }
        self.shared.queue.abandon();
    }
}

fn delete(connection: &Connection, partition: &Partition, signals: &[Signal]) -> rusqlite::Result<()> {
    let mut left = *partition;
    let transaction = Transaction::begin(connection)?;
    for signal in signals {
        let sql = format!("DELETE FROM chunk_{} WHERE signal = ?", partition.id);
        connection.execute(&sql, [super::chunk::signal_number(*signal)])?;
        *left.items_mut(*signal) = 0;
    }
    let sql = format!("SELECT coalesce(sum(length(body)), 0) FROM chunk_{}", partition.id);
    left.bytes = connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned();
    left.save(connection)?;
    transaction.commit()
}

/// Ends what a failed batch of statements has begun.
fn finish(connection: &Connection, result: rusqlite::Result<()>) -> rusqlite::Result<()> {
    if result.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    result
}

/// A transaction that is undone unless it is committed.
struct Transaction<'a> {
    connection: &'a Connection,
}

impl<'a> Transaction<'a> {
    fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self { connection })
    }

    fn commit(self) -> rusqlite::Result<()> {
        self.connection.execute_batch("COMMIT")
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Some errors have undone it already.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// The number of the next request of a file.
pub(super) fn next_chunk(file: &File, partitions: &[Partition]) -> rusqlite::Result<u64> {
    let after_last = partitions.iter().map(|partition| partition.last_chunk + 1).max().unwrap_or(1);
    // Numbers are in the pages' addresses: they are not given twice, even when everything was let go of.
    let counter = "SELECT coalesce(max(value), 0) FROM counter WHERE name = 'next_chunk'";
    let kept: i64 = file.connection.query_row(counter, [], |row| row.get(0))?;
    Ok(after_last.max(kept.cast_unsigned()))
}

fn save_next_chunk(connection: &Connection, next: u64) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO counter VALUES ('next_chunk', ?)";
    connection.prepare_cached(sql)?.execute([sql_number(next)])?;
    Ok(())
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
