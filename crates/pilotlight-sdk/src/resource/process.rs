//! Which process: `process.*`.

use std::path::PathBuf;

use opentelemetry::{Array, StringValue, Value};

use super::detector::Detector;
use super::set::{Resource, SCHEMA_URL};

/// Finds `process.pid`, `process.executable.name`, `process.executable.path`, and `process.owner` where the user is
/// in `/etc/passwd`; `process.command_args` when asked.
///
/// No `process.runtime.*`: a Rust program has no runtime to name.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessDetector {
    command_args: bool,
}

impl ProcessDetector {
    /// Without `process.command_args`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `process.command_args` is found. Off by default: passwords and tokens are often passed as arguments.
    #[must_use]
    pub fn command_args(mut self, command_args: bool) -> Self {
        self.command_args = command_args;
        self
    }
}

impl Detector for ProcessDetector {
    fn name(&self) -> &str {
        "process"
    }

    fn detect(&self) -> Resource {
        let path = executable().map(|path| path.to_string_lossy().into_owned());
        Resource::builder()
            .known("process.pid", Some(i64::from(std::process::id())))
            .known("process.executable.name", executable_name())
            .known("process.executable.path", path)
            .known("process.owner", owner())
            .known("process.command_args", self.command_args.then(command_args))
            .schema_url(SCHEMA_URL)
            .build()
    }
}

/// The name of the program's file.
pub(super) fn executable_name() -> Option<String> {
    Some(executable()?.file_name()?.to_string_lossy().into_owned())
}

fn executable() -> Option<PathBuf> {
    std::env::current_exe().ok().map(|path| without_mark(&path.to_string_lossy()).into())
}

/// Linux marks the path when the file was replaced under the running program, as deployments do.
fn without_mark(path: &str) -> &str {
    path.strip_suffix(" (deleted)").unwrap_or(path)
}

fn command_args() -> Value {
    // Not `args`, which panics on what is not UTF-8.
    let args = std::env::args_os().map(|arg| StringValue::from(arg.to_string_lossy().into_owned()));
    Value::Array(Array::String(args.collect()))
}

#[cfg(unix)]
fn owner() -> Option<String> {
    let users = super::file::first(&["/etc/passwd"])?;
    user(&users, rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn owner() -> Option<String> {
    std::env::var("USERNAME").ok().filter(|name| !name.is_empty())
}

/// The name of user `id` in the passwd format: `name:password:id:…`.
#[cfg(unix)]
fn user(users: &str, id: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_found() {
        let resource = ProcessDetector::new().detect();
        assert_eq!(resource.get("process.pid"), Some(&i64::from(std::process::id()).into()));
        assert!(resource.get("process.executable.name").is_some());
        assert!(resource.get("process.executable.path").is_some());
    }

    #[test]
    fn a_replaced_executable_keeps_its_name() {
        assert_eq!(without_mark("/opt/shop (deleted)"), "/opt/shop");
        assert_eq!(without_mark("/opt/shop"), "/opt/shop");
    }

    #[test]
    fn arguments_are_told_only_when_asked_for() {
        assert_eq!(ProcessDetector::new().detect().get("process.command_args"), None);
        assert!(ProcessDetector::new().command_args(true).detect().get("process.command_args").is_some());
    }

    #[cfg(unix)]
    #[test]
    fn owners_are_looked_up_by_their_number() {
        let users = "root:x:0:0::/root:/bin/sh\nbroken\n:x:7\nshop:x:1000:1000::/:/bin/false\n";
        assert_eq!(user(users, 0).as_deref(), Some("root"));
        assert_eq!(user(users, 1000).as_deref(), Some("shop"));
        assert_eq!(user(users, 7), None);
    }
}
