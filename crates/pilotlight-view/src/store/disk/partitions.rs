//! Parts of the file that are dropped whole: a pair of tables each, and a line about what is in them.

use super::chunk::NewChunk;
use crate::receive::Signal;
use rusqlite::{Connection, Row, params};

/// What is known of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Its number; its tables are called by it. Later ones have higher ones.
    pub(crate) id: u64,
    /// The first request's number.
    pub(crate) first_chunk: u64,
    /// The last request's number.
    pub(crate) last_chunk: u64,
    /// The earliest start of a span or time of a record.
    pub(crate) from: u64,
    /// The latest.
    pub(crate) last: u64,
    /// When the first request came.
    pub(crate) received_from: u64,
    /// When the last request came.
    pub(crate) received_last: u64,
    /// Spans in it.
    pub(crate) spans: u64,
    /// Log records in it.
    pub(crate) logs: u64,
    /// Data points in it.
    pub(crate) points: u64,
    /// Bytes of its requests, compressed.
    pub(crate) bytes: u64,
}

impl Partition {
    /// An empty one.
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            first_chunk: u64::MAX,
            last_chunk: 0,
            from: u64::MAX,
            last: 0,
            received_from: u64::MAX,
            received_last: 0,
            spans: 0,
            logs: 0,
            points: 0,
            bytes: 0,
        }
    }

    /// Counts a request in.
    fn note(&mut self, id: u64, chunk: &NewChunk, bytes: usize) {
        self.first_chunk = self.first_chunk.min(id);
        self.last_chunk = self.last_chunk.max(id);
        self.from = self.from.min(chunk.outline.from);
        self.last = self.last.max(chunk.outline.last);
        self.received_from = self.received_from.min(chunk.received);
        self.received_last = self.received_last.max(chunk.received);
        self.bytes += bytes as u64;
        *self.items_mut(chunk.outline.signal) += chunk.outline.items;
    }

    /// How many spans, records or points are in it.
    pub(super) fn items_mut(&mut self, signal: Signal) -> &mut u64 {
        match signal {
            Signal::Traces => &mut self.spans,
            Signal::Metrics => &mut self.points,
            Signal::Logs => &mut self.logs,
        }
    }

    /// Whether a request may be in it.
    pub(super) fn may_hold(&self, chunk: u64) -> bool {
        self.first_chunk <= chunk && chunk <= self.last_chunk
    }

    /// Makes its tables.
    pub(super) fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        let id = self.id;
        connection.execute_batch(&format!(
            "CREATE TABLE chunk_{id} (
                id INTEGER PRIMARY KEY,
                signal INTEGER NOT NULL,
                received INTEGER NOT NULL,
                from_time INTEGER NOT NULL,
                last_time INTEGER NOT NULL,
                items INTEGER NOT NULL,
                size INTEGER NOT NULL,
                body BLOB NOT NULL
            ) STRICT;
            CREATE TABLE trace_{id} (trace INTEGER, chunk INTEGER, PRIMARY KEY (trace, chunk)) STRICT, WITHOUT ROWID;"
        ))
    }

    /// Writes a request into its tables.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        id: u64,
        chunk: &NewChunk,
        body: &[u8],
    ) -> rusqlite::Result<()> {
        let outline = &chunk.outline;
        let sql = format!("INSERT INTO chunk_{} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self.id);
        connection.prepare_cached(&sql)?.execute(params![
            sql_number(id),
            super::chunk::signal_number(outline.signal),
            sql_number(chunk.received),
            sql_number(outline.from),
            sql_number(outline.last),
            sql_number(outline.items),
            sql_number(chunk.encoded.len() as u64),
            body,
        ])?;
        let sql = format!("INSERT OR IGNORE INTO trace_{} VALUES (?, ?)", self.id);
        let mut insert = connection.prepare_cached(&sql)?;
        for trace in &outline.traces {
            insert.execute(params![sql_number(*trace), sql_number(id)])?;
        }
        self.note(id, chunk, body.len());
        Ok(())
    }

    /// Writes what is known of it.
    pub(super) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        let numbers = [
            self.id,
            self.first_chunk,
            self.last_chunk,
            self.from,
            self.last,
            self.received_from,
            self.received_last,
            self.spans,
            self.logs,
            self.points,
            self.bytes,
        ];
        let sql = "INSERT OR REPLACE INTO partition VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(numbers.map(sql_number)))?;
        Ok(())
    }

    /// Lets go of it.
    pub(super) fn drop(&self, connection: &Connection) -> rusqlite::Result<()> {
        let id = self.id;
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; DROP TABLE chunk_{id}; DROP TABLE trace_{id}; DELETE FROM partition WHERE id = {id}; COMMIT;"
        ))
    }

    /// All of a file, oldest first.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Vec<Self>> {
        let mut select = connection.prepare("SELECT * FROM partition ORDER BY id")?;
        select.query_map([], Self::of)?.collect()
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let number = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok(Self {
            id: number(0)?,
            first_chunk: number(1)?,
            last_chunk: number(2)?,
            from: number(3)?,
            last: number(4)?,
            received_from: number(5)?,
            received_last: number(6)?,
            spans: number(7)?,
            logs: number(8)?,
            points: number(9)?,
            bytes: number(10)?,
        })
    }
}

/// SQLite has signed numbers only. The same bits go in and come out; what is compared is compared here, not there.
pub(super) fn sql_number(number: u64) -> i64 {
    number.cast_signed()
}
