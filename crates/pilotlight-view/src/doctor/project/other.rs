//! Services in other languages: only which one it is.

use std::path::Path;

/// The largest manifest that is searched.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Where each language names its dependencies.
const MANIFESTS: [(&str, &str); 8] = [
    ("JavaScript", "package.json"),
    ("Python", "pyproject.toml"),
    ("Python", "requirements.txt"),
    ("Go", "go.mod"),
    ("Java", "pom.xml"),
    ("Java", "build.gradle"),
    ("Java", "build.gradle.kts"),
    ("PHP", "composer.json"),
];

/// The language of the project in `folder`, when its manifest names OpenTelemetry.
pub(super) fn language(folder: &Path) -> Option<(&'static str, &'static str)> {
    MANIFESTS.into_iter().find(|(_, file)| names_opentelemetry(&folder.join(file)))
}

fn names_opentelemetry(path: &Path) -> bool {
    super::manifest::read_text(path, FILE_BYTES_MAX)
        .is_ok_and(|text| text.to_ascii_lowercase().contains("opentelemetry"))
}
