//! The C compiler for musl that `apt-get install musl-tools` brings into the image's build stage.

use crate::command::Failure;
use crate::debian;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Makes `musl-gcc` available to a build, as environment variables for it: none where it is on the PATH, and otherwise one that
/// leads to Debian's package, unpacked below `tools`.
///
/// # Errors
/// When it is not there and cannot be fetched; the message says what to install.
pub(super) fn compiler(tools: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join("musl-gcc").is_file()) {
        return Ok(Vec::new());
    }
    let unpacked = tools.join("musl");
    debian::unpack_once(&["musl-tools", "musl-dev"], &unpacked).map_err(|failure| not_to_be_had(&failure))?;
    let wrapper = wrapper(&unpacked).map_err(|error| {
        Failure::new(format!("cannot make {} usable where it is: {error}", unpacked.display()))
    })?;
    // The name under which the `cc` crate looks for a target's compiler first.
    let variable = format!("CC_{}_unknown_linux_musl", std::env::consts::ARCH);
    Ok(vec![(variable, wrapper)])
}

/// The package's own `musl-gcc` is a line of shell, and a specification with absolute paths for gcc: the same, for where it was
/// unpacked.
fn wrapper(unpacked: &Path) -> std::io::Result<PathBuf> {
    let triple = format!("{}-linux-musl", std::env::consts::ARCH);
    let specs = fs::read_to_string(unpacked.join("usr/lib/musl/lib/musl-gcc.specs"))
        .or_else(|_| fs::read_to_string(unpacked.join(format!("usr/lib/{triple}/musl-gcc.specs"))))?;
    let here = unpacked.join("usr").display().to_string();
    let moved = unpacked.join("musl-gcc.specs");
    fs::write(&moved, specs.replace("/usr/", &format!("{here}/")))?;
    let wrapper = unpacked.join("musl-gcc");
    fs::write(&wrapper, format!("#!/bin/sh\nexec gcc \"$@\" -specs '{}'\n", moved.display()))?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    Ok(wrapper)
}

fn not_to_be_had(cause: &Failure) -> Failure {
    Failure::new(format!(
        "a static build needs a C compiler for musl, and it could not be fetched: {cause}\n\
         Install it so that `musl-gcc` is on the PATH (Debian and Ubuntu: `apt install musl-tools`)."
    ))
}
