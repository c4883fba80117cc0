//! Reading requests back: one by its number, those of a trace, and all of a range from the newest or the oldest on.

use super::Shared;
use super::chunk::{StoredChunk, decode, lower_half, signal_number, signal_of};
use super::partitions::{Partition, sql_number};
use crate::receive::Signal;
use crate::store::window::TimeRange;
use rusqlite::{Connection, OptionalExtension, Row};

/// Which requests, and from where on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// Of these signals.
    pub(crate) signals: &'a [Signal],
    /// Those with something in this range.
    pub(crate) range: TimeRange,
    /// In which direction, and behind which request.
    pub(crate) order: Order,
    /// How many bytes of requests at once, uncompressed; one request is always read.
    pub(crate) bytes_max: u64,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Newest first, those before a number.
    Before(u64),
    /// Oldest first, those after a number.
    After(u64),
}

/// A request as it was read, still compressed.
struct Raw {
    id: u64,
    signal: Option<Signal>,
    received: u64,
    size: u64,
    body: Vec<u8>,
}

impl Shared {
    /// A request by its number; none when it was let go of, or cannot be read.
    pub(super) fn chunk(&self, id: u64) -> Option<StoredChunk> {
        if let Some((signal, received, encoded)) = self.queue.uncommitted(id) {
            return Some(StoredChunk { id, received, data: decode(signal, &encoded)? });
        }
        let partitions = self.partitions();
        let holding = partitions.iter().rev().filter(|partition| partition.may_hold(id));
        let raw = holding.into_iter().find_map(|partition| {
            let sql =
                format!("SELECT id, signal, received, size, body FROM chunk_{} WHERE id = ?", partition.id);
            let found = self.with_file(|file| {
                file.connection.prepare_cached(&sql)?.query_row([sql_number(id)], Raw::of).optional()
            });
            self.noted(found).flatten()
        })?;
        self.unpack(raw)
    }

    /// The numbers of requests that have something of a trace, oldest first.
    pub(super) fn chunks_of_trace(&self, trace_id: u128) -> Vec<u64> {
        let mut chunks = Vec::new();
        for partition in self.partitions() {
            let sql = format!("SELECT chunk FROM trace_{} WHERE trace = ?", partition.id);
            let found = self.with_file(|file| {
                let mut select = file.connection.prepare_cached(&sql)?;
                let rows =
                    select.query_map([sql_number(lower_half(trace_id))], |row| row.get::<_, i64>(0))?;
                rows.collect::<rusqlite::Result<Vec<i64>>>()
            });
            chunks.extend(self.noted(found).into_iter().flatten().map(i64::cast_unsigned));
        }
        chunks
    }

    /// The next requests that are wished for; nothing when there are no more.
    pub(super) fn chunks(&self, wish: Wish<'_>) -> Vec<StoredChunk> {
        let mut wish = wish;
        loop {
            let raw = self.raw_chunks(wish);
            let Some(last) = raw.last().map(|raw| raw.id) else { return Vec::new() };
            let read: Vec<StoredChunk> = raw.into_iter().filter_map(|raw| self.unpack(raw)).collect();
            if !read.is_empty() {
                return read;
            }
            // None of these could be read; what is behind them may.
            wish.order = match wish.order {
                Order::Before(_) => Order::Before(last),
                Order::After(_) => Order::After(last),
            };
        }
    }

    fn raw_chunks(&self, wish: Wish<'_>) -> Vec<Raw> {
        let mut partitions = self.partitions();
        partitions.retain(|partition| {
            let behind = match wish.order {
                Order::Before(id) => partition.first_chunk < id,
                Order::After(id) => partition.last_chunk > id,
            };
            behind && wish.range.overlaps(partition.from, partition.last)
        });
        if matches!(wish.order, Order::Before(_)) {
            partitions.reverse();
        }
        for partition in partitions {
            let read = self.with_file(|file| read_some(&file.connection, &partition, wish));
            let read = self.noted(read).unwrap_or_default();
            if !read.is_empty() {
                return read;
            }
        }
        Vec::new()
    }

    fn unpack(&self, raw: Raw) -> Option<StoredChunk> {
        let unpacked = || {
            let size = usize::try_from(raw.size).ok()?;
            let encoded = zstd::bulk::decompress(&raw.body, size).ok()?;
            Some(StoredChunk { id: raw.id, received: raw.received, data: decode(raw.signal?, &encoded)? })
        };
        let unpacked = unpacked();
        if unpacked.is_none() {
            self.counts.note_unreadable();
        }
        unpacked
    }

    /// An answer, or the trouble that there was instead.
    fn noted<T>(&self, result: rusqlite::Result<T>) -> Option<T> {
        result
            .inspect_err(|error| {
                // A partition that was dropped meanwhile is no trouble.
                if !self.is_closed() && !error.to_string().contains("no such table") {
                    self.counts.note_unreadable();
                    tracing::warn!(%error, "reading the file failed");
                }
            })
            .ok()
    }
}

fn read_some(connection: &Connection, partition: &Partition, wish: Wish<'_>) -> rusqlite::Result<Vec<Raw>> {
    let (comparison, id, direction) = match wish.order {
        Order::Before(id) => ("<", id, "DESC"),
        Order::After(id) => (">", id, "ASC"),
    };
    // Bodies of other signals are not even read: they may be most of the file.
    let signals: Vec<String> = wish.signals.iter().map(|one| signal_number(*one).to_string()).collect();
    let sql = format!(
        "SELECT id, signal, received, size, body, from_time, last_time FROM chunk_{} WHERE id {comparison} ? AND signal IN ({}) ORDER BY id {direction}",
        partition.id,
        signals.join(", ")
    );
    let mut select = connection.prepare_cached(&sql)?;
    // Numbers fit into SQLite's signed ones; the one that means "from the newest on" does not.
    let mut rows = select.query([i64::try_from(id).unwrap_or(i64::MAX)])?;
    let mut read = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let number = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
        if wish.range.overlaps(number(5)?, number(6)?) {
            bytes += number(3)?;
            read.push(Raw::of(row)?);
        }
        if bytes >= wish.bytes_max {
            break;
        }
    }
    Ok(read)
}

impl Raw {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let number = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok(Self {
            id: number(0)?,
            signal: signal_of(row.get(1)?),
            received: number(2)?,
            size: number(3)?,
            body: row.get(4)?,
        })
    }
}
