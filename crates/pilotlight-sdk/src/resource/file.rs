//! Small files about the machine.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Far more than any of these files holds.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The text of the first of `paths` that can be read. Only regular files are opened, so that nothing can block.
pub(super) fn first(paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| read(Path::new(path)))
}

fn read(path: &Path) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_readable_file_is_skipped() {
        assert_eq!(first(&["/", "/no/such/file", "/dev/zero"]), None);
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(first(&["/no/such/file", manifest]).unwrap().contains("pilotlight-sdk"));
    }
}
