//! Which operating system: `os.*`.

use super::detector::Detector;
use super::file;
use super::set::{Resource, SCHEMA_URL};

/// Finds `os.type`; from `/etc/os-release` where there is one, `os.name` and `os.version`; and `os.description`, with
/// the kernel's version.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsDetector;

impl Detector for OsDetector {
    fn name(&self) -> &str {
        "os"
    }

    fn detect(&self) -> Resource {
        let release = file::first(&["/etc/os-release", "/usr/lib/os-release"]).unwrap_or_default();
        Resource::builder()
            .known("os.type", Some(os_type(std::env::consts::OS)))
            .known("os.name", field(&release, "NAME"))
            .known("os.version", field(&release, "VERSION_ID"))
            .known("os.description", description(field(&release, "PRETTY_NAME"), kernel()))
            .schema_url(SCHEMA_URL)
            .build()
    }
}

/// The conventions' name for an operating system; one they do not list keeps its own.
fn os_type(os: &'static str) -> &'static str {
    match os {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        "illumos" => "solaris",
        "android" => "linux",
        other => other,
    }
}

fn description(name: Option<String>, kernel: Option<String>) -> Option<String> {
    match (name, kernel) {
        (Some(name), Some(kernel)) => Some(format!("{name} ({kernel})")),
        (name, kernel) => name.or(kernel),
    }
}

#[cfg(unix)]
fn kernel() -> Option<String> {
    let uname = rustix::system::uname();
    Some(format!("{} {}", uname.sysname().to_string_lossy(), uname.release().to_string_lossy()))
}

#[cfg(not(unix))]
fn kernel() -> Option<String> {
    None
}

/// The value of `name` in the os-release format: assignments as a shell reads them.
fn field(release: &str, name: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(unquoted(value.trim())).filter(|value| !value.is_empty())
}

fn unquoted(value: &str) -> String {
    if let Some(literal) = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')) {
        return literal.to_owned();
    }
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let mut characters = value.chars();
    let mut text = String::with_capacity(value.len());
    while let Some(character) = characters.next() {
        text.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: &str =
        "# comment\nPRETTY_NAME=\"A \\\"quoted\\\" \\$1 Linux\"\nNAME='My Linux'\n VERSION_ID=12\nID=\n";

    #[test]
    fn os_release_is_read_as_a_shell_would() {
        for (name, value) in [
            ("PRETTY_NAME", Some("A \"quoted\" $1 Linux")),
            ("NAME", Some("My Linux")),
            ("VERSION_ID", Some("12")),
            ("ID", None),
            ("VERSION", None),
        ] {
            assert_eq!(field(RELEASE, name).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn stray_quotes_and_backslashes_do_no_harm() {
        for (value, text) in [("\"", "\""), ("'", "'"), ("\\", ""), ("\"a", "\"a"), ("", "")] {
            assert_eq!(unquoted(value), text, "{value:?}");
        }
    }

    #[test]
    fn a_description_is_made_of_what_is_known() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(description(text("Debian"), text("Linux 6")), text("Debian (Linux 6)"));
        assert_eq!(description(None, text("Linux 6")), text("Linux 6"));
        assert_eq!(description(None, None), None);
    }
}
