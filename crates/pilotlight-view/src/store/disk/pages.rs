//! The file's size: what of it is in use, and giving the rest back to the file system.

use rusqlite::Connection;

/// The file's pages.
#[derive(Debug)]
pub(super) struct Pages {
    all: i64,
    /// What dropped partitions left: it is used again, or given back.
    pub(super) free: i64,
    bytes: i64,
}

impl Pages {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        Ok(Self { all: number("page_count")?, free: number("freelist_count")?, bytes: number("page_size")? })
    }

    pub(super) fn used_bytes(&self) -> u64 {
        ((self.all - self.free) * self.bytes).cast_unsigned()
    }

    /// How many of the free ones a file of so many bytes has no room for.
    fn too_many(&self, bytes_max: u64) -> i64 {
        let allowed = i64::try_from(bytes_max).unwrap_or(i64::MAX) / self.bytes;
        (self.all - allowed).clamp(0, self.free)
    }
}

/// Pages that are given back at a time, 4 MiB as a rule: who writes or reads waits for no more.
const STEP: i64 = 1024;

/// Gives free pages back while the file is larger than it may be, some at a time. Answers whether there are more.
pub(super) fn shrink(connection: &Connection, bytes_max: u64) -> rusqlite::Result<bool> {
    let before = Pages::of(connection)?;
    give_back(connection, before.too_many(bytes_max).min(STEP))?;
    let after = Pages::of(connection)?;
    Ok(after.all < before.all && after.too_many(bytes_max) > 0)
}

/// Gives so many free pages back. Each row of the answer is a page.
pub(super) fn give_back(connection: &Connection, many: i64) -> rusqlite::Result<()> {
    // To SQLite none means all.
    if many == 0 {
        return Ok(());
    }
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({many})"))?;
    let mut pages = vacuum.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_shrinks_to_its_bound_a_step_at_a_time() {
        let connection = Connection::open_in_memory().unwrap();
        let fill = "PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE old (body BLOB);
            INSERT INTO old VALUES (zeroblob(12 << 20)); DROP TABLE old;";
        connection.execute_batch(fill).unwrap();
        let size = || Pages::of(&connection).unwrap().all;
        let bound = 2 << 20;
        let mut sizes = vec![size()];
        while shrink(&connection, bound).unwrap() {
            sizes.push(size());
        }
        sizes.push(size());
        assert!(sizes.len() > 3, "{sizes:?}");
        // Now and then SQLite has a page of its own about the others, which goes with them.
        let is_step = |pair: &[i64]| (1..STEP + 10).contains(&(pair[0] - pair[1]));
        assert!(sizes.windows(2).all(is_step), "{sizes:?}");
        assert!((500..=512).contains(&size()), "{sizes:?}");
        assert!(!shrink(&connection, bound).unwrap());
        assert_eq!(Some(&size()), sizes.last(), "what is within the bound is left for use");
    }
}
