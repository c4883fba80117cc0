//! Services in other languages: which one it is, and how its exporters send.

use std::path::Path;

use crate::doctor::settings::Protocol;

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

/// Packages of Python, Go and JavaScript that send in one way alone, by a part of their names.
const EXPORTERS: [(&str, Protocol); 13] = [
    ("otlp-proto-grpc", Protocol::Grpc),
    ("otlp-proto-http", Protocol::HttpProtobuf),
    ("otlptracegrpc", Protocol::Grpc),
    ("otlpmetricgrpc", Protocol::Grpc),
    ("otlploggrpc", Protocol::Grpc),
    ("otlptracehttp", Protocol::HttpProtobuf),
    ("otlpmetrichttp", Protocol::HttpProtobuf),
    ("otlploghttp", Protocol::HttpProtobuf),
    ("-otlp-grpc", Protocol::Grpc),
    ("-otlp-http", Protocol::HttpJson),
    ("exporter-trace-otlp-proto", Protocol::HttpProtobuf),
    ("exporter-metrics-otlp-proto", Protocol::HttpProtobuf),
    ("exporter-logs-otlp-proto", Protocol::HttpProtobuf),
];

/// A manifest of another language that names OpenTelemetry.
#[derive(Debug, Clone)]
pub struct Other {
    /// The language.
    pub language: &'static str,
    /// The manifest's name.
    pub file: &'static str,
    /// How the exporters send that it names; none when they differ, or it names none that sends in one way alone.
    pub protocol: Option<Protocol>,
}

/// The first such manifest in `folder`.
pub(super) fn read(folder: &Path) -> Option<Other> {
    MANIFESTS.into_iter().find_map(|(language, file)| {
        let text = super::manifest::read_text(&folder.join(file), FILE_BYTES_MAX).ok()?.to_ascii_lowercase();
        let protocol = || protocol(&text);
        text.contains("opentelemetry").then(|| Other { language, file, protocol: protocol() })
    })
}

fn protocol(text: &str) -> Option<Protocol> {
    // What a module of Go has only through another one is not its choice.
    let own: Vec<&str> = text.lines().filter(|line| !line.ends_with("// indirect")).collect();
    let is_named = |part: &str| own.iter().any(|line| line.contains(part));
    let mut named = EXPORTERS.into_iter().filter(|(part, _)| is_named(part)).map(|(_, protocol)| protocol);
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exporters_that_send_in_one_way_tell_the_protocol() {
        for (text, expected) in [
            ("opentelemetry-exporter-otlp-proto-grpc==1.38", Some(Protocol::Grpc)),
            ("opentelemetry-exporter-otlp-proto-http==1.38", Some(Protocol::HttpProtobuf)),
            ("opentelemetry-exporter-otlp==1.38", None),
            ("go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc v1.38.0", Some(Protocol::Grpc)),
            ("x/otlptracegrpc v1.38.0\nx/otlptracehttp v1.38.0", None),
            ("x/otlptracegrpc v1.38.0\nx/otlptracehttp v1.38.0 // indirect", Some(Protocol::Grpc)),
            ("\"@opentelemetry/exporter-trace-otlp-grpc\": \"^0.200.0\"", Some(Protocol::Grpc)),
            ("\"@opentelemetry/exporter-trace-otlp-http\": \"^0.200.0\"", Some(Protocol::HttpJson)),
            ("\"@opentelemetry/exporter-trace-otlp-proto\": \"^0.200.0\"", Some(Protocol::HttpProtobuf)),
        ] {
            assert_eq!(protocol(text), expected, "{text}");
        }
    }
}
