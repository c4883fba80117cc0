//! Which machine: `host.*`.

use std::path::Path;

use super::detector::Detector;
use super::file;
use super::set::{Resource, SCHEMA_URL};

/// Finds `host.name`, `host.arch` and, outside containers, `host.id` (`/etc/machine-id`).
///
/// In a container the machine's id is the image's, if anything: shared by strangers, so it is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostDetector;

impl Detector for HostDetector {
    fn name(&self) -> &str {
        "host"
    }

    fn detect(&self) -> Resource {
        Resource::builder()
            .known("host.name", name())
            .known("host.arch", Some(arch(std::env::consts::ARCH)))
            .known("host.id", id())
            .schema_url(SCHEMA_URL)
            .build()
    }
}

#[cfg(unix)]
fn name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(not(unix))]
fn name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
}

/// The conventions' name for an architecture; one they do not list keeps its own.
fn arch(arch: &'static str) -> &'static str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

fn id() -> Option<String> {
    if in_container() {
        return None;
    }
    machine_id(&file::first(&["/etc/machine-id", "/var/lib/dbus/machine-id"])?)
}

fn in_container() -> bool {
    let marked = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists());
    marked || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

/// The file says `uninitialized` while a machine starts for the first time.
fn machine_id(text: &str) -> Option<String> {
    let id = text.trim();
    let valid = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_have_the_names_of_the_conventions() {
        for (rust, convention) in
            [("x86_64", "amd64"), ("aarch64", "arm64"), ("s390x", "s390x"), ("riscv64", "riscv64")]
        {
            assert_eq!(arch(rust), convention);
        }
    }

    #[test]
    fn only_a_real_machine_id_counts() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(machine_id(&format!("{id}\n")).as_deref(), Some(id));
        for text in ["", "uninitialized\n", "0123", "0123456789abcdef0123456789abcdeg"] {
            assert_eq!(machine_id(text), None, "{text:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_host_has_a_name_and_an_architecture() {
        let resource = HostDetector.detect();
        assert!(resource.get("host.name").is_some());
        assert!(resource.get("host.arch").is_some());
    }
}
