//! Files whose length nobody promised.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The text of a file; none when it is longer than `bytes_max`, of which no more is read. What a file says of its own length is
/// nothing to go by: it may grow, or be a pipe.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<String>> {
    let text = read_bytes(path, bytes_max)?.map(String::from_utf8).transpose();
    text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// The content of what has to be a file, or why there is none. Pipes are not opened: that waits for somebody who writes.
pub(super) fn read_regular(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let unreadable = |error: io::Error| format!("{} cannot be read ({error})", path.display());
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    read_bytes(path, bytes_max)
        .map_err(unreadable)?
        .ok_or_else(|| format!("{} is larger than {} MiB", path.display(), bytes_max / 1024 / 1024))
}

fn read_bytes(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= bytes_max).then_some(bytes))
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
