//! Opening the file: whose it is, of which version, and in words what to do when it cannot be used.

use crate::store::Error;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use tempfile::TempDir;

/// "PLvw": what SQLite's header calls our files.
const APPLICATION_ID: i32 = 0x504c_7677;
/// The version of the tables. A file of a higher one is not touched.
const SCHEMA_VERSION: i32 = 1;

/// The tables beside those of partitions.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS partition (
        id INTEGER PRIMARY KEY,
        first_chunk INTEGER NOT NULL,
        last_chunk INTEGER NOT NULL,
        from_time INTEGER NOT NULL,
        last_time INTEGER NOT NULL,
        received_from INTEGER NOT NULL,
        received_last INTEGER NOT NULL,
        spans INTEGER NOT NULL,
        logs INTEGER NOT NULL,
        points INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) connection: Connection,
    /// Goes with the process; none for a file of the user's own, or where it is gone already.
    _temporary: Option<TempDir>,
}

impl File {
    /// Opens the user's own file, or makes it.
    ///
    /// # Errors
    /// When it cannot be written, is in use, is not one of ours, or is of a newer version.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let connection = connect(path).map_err(|error| explain(path, &error))?;
        check(path, &connection)?;
        prepare(&connection, "NORMAL").map_err(|error| explain(path, &error))?;
        Ok(Self { connection, _temporary: None })
    }

    /// Makes a temporary one. Where the system allows it has no name any more when this returns, so that even a killed process leaves
    /// nothing behind.
    ///
    /// # Errors
    /// When the folder for temporary files cannot be written to.
    pub(super) fn temporary() -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("pilotlight-").tempdir().map_err(|error| Error {
            message: format!(
                "Cannot make a temporary file in {}: {error}. Set TMPDIR to a folder that can be written to, or give `--db PATH`.",
                std::env::temp_dir().display()
            ),
        })?;
        let path = folder.path().join("telemetry.db");
        let connection = connect(&path).map_err(|error| explain(&path, &error))?;
        // What is synchronised here would be gone with the process anyway.
        prepare(&connection, "OFF").map_err(|error| explain(&path, &error))?;
        Ok(Self { connection, _temporary: forget_names(folder) })
    }
}

/// Takes the folder of an open file away, and the file's name with it. Where that is not possible it goes when the process ends in order.
fn forget_names(folder: TempDir) -> Option<TempDir> {
    let gone = cfg!(unix) && std::fs::remove_dir_all(folder.path()).is_ok();
    (!gone).then_some(folder)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::ZERO)?;
    // One process, one connection: nobody else writes meanwhile, and no index of the log has to be shared through a file.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    Ok(connection)
}

/// Whether the file is new, or ours and of a version that is known.
fn check(path: &Path, connection: &Connection) -> Result<(), Error> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let read = || -> rusqlite::Result<(i32, i32, i64)> {
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((number("application_id")?, number("user_version")?, tables))
    };
    let (application, version, tables) = read().map_err(|error| explain(path, &error))?;
    let file = path.display();
    if application != APPLICATION_ID && (application != 0 || tables > 0) {
        let message = format!(
            "{file} is another program's database, and is left as it is. Give `--db` a new file's path."
        );
        return Err(Error { message });
    }
    if version > SCHEMA_VERSION {
        let message = format!(
            "{file} was written by a newer pilotlight (its tables are of version {version}, this one knows {SCHEMA_VERSION}). Use that one, or give `--db` a new file's path."
        );
        return Err(Error { message });
    }
    Ok(())
}

fn prepare(connection: &Connection, synchronous: &str) -> rusqlite::Result<()> {
    // Before the first table: what partitions leave behind can be given back to the file system.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    // The log is written over from its start: it stays as large as one group of requests needs, and shrinks to this.
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    // KiB, as it is negative. The index of the newest partition fits.
    connection.pragma_update(None, "cache_size", -16_384)?;
    // Statements name partitions' tables; those of a few partitions are enough.
    connection.set_prepared_statement_cache_capacity(32);
    connection.execute_batch("BEGIN IMMEDIATE")?;
    connection.execute_batch(SCHEMA)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    connection.execute_batch("COMMIT")
}

/// SQLite's trouble in our words.
pub(super) fn explain(path: &Path, error: &rusqlite::Error) -> Error {
    let file = path.display();
    let message = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => format!(
            "{file} is in use by another process, most likely another pilotlight. End that one, or give `--db` another path."
        ),
        Some(ErrorCode::NotADatabase) => {
            format!("{file} is not a database, and is left as it is. Give `--db` a new file's path.")
        }
        Some(ErrorCode::DatabaseCorrupt) => format!(
            "{file} is damaged ({error}). Move it away to begin with a new one; `sqlite3 {file} .recover` may save what is in it."
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => format!(
            "{file} cannot be written to ({error}). Check the permissions of it and of its folder, or give `--db` another path."
        ),
        Some(ErrorCode::CannotOpen) => format!(
            "Cannot open {file} ({error}). Its folder must exist and be writable, and it must not be a folder itself; or give `--db` another path."
        ),
        Some(ErrorCode::DiskFull) => {
            format!("No room is left for {file}. Free some, or give `--db` a path on another disk.")
        }
        _ => format!("Cannot use {file}: {error}. Give `--db` another path."),
    };
    Error { message }
}
