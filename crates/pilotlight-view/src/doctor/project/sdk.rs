//! Which SDK a service uses: what variables mean depends on it.

use std::fmt;

use super::Project;

/// An SDK.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sdk {
    /// `pilotlight-sdk`.
    Pilotlight(Release),
    /// `opentelemetry_sdk` with `opentelemetry-otlp`.
    OpenTelemetryRust(Release),
    /// That of another language, whose tables of support we do not have: judged by the specification.
    Other(&'static str),
    /// Not known: judged by the specification.
    #[default]
    Unknown,
}

/// A version, as far as compatibility goes: `0.33` of `0.33.1`, `1.4` of `1.4.2`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl Release {
    /// Reads `1.2.3-pre+build`; what is missing or no number counts as zero.
    pub fn parse(text: &str) -> Self {
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let mut numbers = core.split('.').map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Self { major: next(), minor: next(), patch: next() }
    }

    /// Whether Cargo takes one for the other: before 1.0 the second number decides.
    pub fn is_compatible(self, other: Self) -> bool {
        self.major == other.major && (self.major > 0 || self.minor == other.minor)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl fmt::Display for Sdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pilotlight(release) => write!(f, "pilotlight-sdk {release}"),
            Self::OpenTelemetryRust(release) => write!(f, "opentelemetry-rust {release}"),
            Self::Other(language) => write!(f, "OpenTelemetry for {language}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// Which SDK `project` uses, and how that is known.
pub(super) fn which(project: &Project) -> (Sdk, String) {
    let place = project.lock.as_ref().map(|lock| lock.path.display().to_string()).unwrap_or_default();
    let exporters = [
        ("pilotlight-sdk", Sdk::Pilotlight as fn(Release) -> Sdk),
        ("opentelemetry-otlp", Sdk::OpenTelemetryRust),
        ("opentelemetry_sdk", Sdk::OpenTelemetryRust),
    ];
    for (package, sdk) in exporters.into_iter().filter(|(package, _)| is_used(project, package)) {
        if let Some(found) = project.linked(package) {
            return (sdk(found.release()), format!("{found} in {place}"));
        }
    }
    match &project.other {
        Some(other) => (Sdk::Other(other.language), format!("{} names opentelemetry", other.file)),
        None => (
            Sdk::Unknown,
            "no lock file or manifest here or above names one; judged by the specification".to_owned(),
        ),
    }
}

/// opentelemetry-proto links the SDK as well, for receivers that send nothing: only who names it uses it.
fn is_used(project: &Project, package: &str) -> bool {
    package != "opentelemetry_sdk" || project.manifests.is_empty() || project.features(package).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatibility_follows_cargo() {
        let compatible = |a, b| Release::parse(a).is_compatible(Release::parse(b));
        assert!(compatible("0.33.0", "0.33.1") && compatible("1.2.0", "1.9.3"));
        assert!(!compatible("0.32.0", "0.33.0") && !compatible("1.0.0", "2.0.0"));
        assert_eq!(Release::parse("x.y"), Release::default());
        assert_eq!(Release::parse("0.33.1-rc.1+b").to_string(), "0.33.1");
    }
}
