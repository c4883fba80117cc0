//! Files whose length nobody promised.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The text of a file; none when it is longer than `bytes_max`, of which no more is read. What a file says of its own length is
/// nothing to go by: it may grow, or be a pipe.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Ok(None);
    }
    String::from_utf8(bytes).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "éé").unwrap();
        assert_eq!(read(file.path(), 4).unwrap().as_deref(), Some("éé"));
        assert_eq!(read(file.path(), 3).unwrap(), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_an_end_is_longer_than_its_limit() {
        assert_eq!(read(Path::new("/dev/zero"), 1_000).unwrap(), None);
    }
}
