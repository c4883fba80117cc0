//! Whatever is read may hold anything: no panic, and answers in time.

use pilotlight_view::doctor::environment::Environment;
use pilotlight_view::doctor::explain;
use pilotlight_view::doctor::project::{Lock, Project, Release, Sdk};
use pilotlight_view::doctor::settings::{self, Signal};
use pilotlight_view::doctor::source::{Sources, What};
use proptest::prelude::*;

/// What Rust is made of, in any order.
fn rust_like() -> impl Strategy<Value = String> {
    let words = [
        "fn",
        "async",
        "move",
        "let",
        "g",
        "=",
        ".",
        "enter",
        "(",
        ")",
        "{",
        "}",
        ";",
        "await",
        "#",
        "[",
        "cfg",
        "test",
        "]",
        "::",
        "<",
        ">",
        "\"",
        "'",
        "\\",
        "r#\"",
        "\"#",
        "//",
        "/*",
        "*/",
        "\n",
        "SpanExporter",
        "builder",
        "with_endpoint",
        "Otlp",
        "new",
        "registry",
        "EnvFilter",
        "from_default_env",
        "mem",
        "forget",
        "span",
        "process",
        "exit",
        "pilotlight",
        "with_sampler",
        "AlwaysOff",
        "init",
        "?",
        "_",
        "é",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..200).prop_map(|words| words.join(" "))
}

fn read(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add("a.rs", text);
    sources
}

proptest! {
    #[test]
    fn any_source_is_survived(text in ".{0,300}", rust in rust_like()) {
        read(&text);
        read(&rust);
        read(&rust.replace(' ', ""));
    }

    #[test]
    fn any_value_is_survived(value in ".{0,100}", sdk in prop::sample::select(vec![0, 1, 2])) {
        let sdk = [Sdk::Unknown, Sdk::Pilotlight(Release::default()), Sdk::OpenTelemetryRust(Release::parse("0.33.1"))][sdk].clone();
        let names = ["ENDPOINT", "PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION", "INSECURE"].map(|name| format!("OTEL_EXPORTER_OTLP_{name}"));
        let others = ["OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_LOGS_EXPORTER", "OTEL_METRIC_EXPORT_INTERVAL"].map(str::to_owned);
        let environment: Environment = names.into_iter().chain(others).map(|name| (name, value.clone())).collect();
        let project = Project { sdk, ..Project::default() };
        settings::resolve(&environment, &project, &Sources::default()).lines();
    }

    #[test]
    fn any_log_is_survived(log in prop::collection::vec(any::<u8>(), 0..2000)) {
        explain::lines_of(&log[..]).unwrap();
    }
}

/// Half of the longest file that is read.
const FILE_BYTES: usize = 256 * 1024;

fn repeated(part: &str, bytes: usize) -> String {
    part.repeat(bytes / part.len())
}

/// Each of these takes minutes when anything is gone through for each of its parts.
#[test]
fn sources_made_to_take_long_do_not() {
    for part in [
        "fn ",
        "fn a(",
        "fn a<",
        "fn a() where A, ",
        "async { ",
        "let x ",
        "let g = ",
        "let g = s.enter(); ",
        "let g = s.enter(); async ",
        "registry().with(",
        "SpanExporter::builder().a(",
        "EnvFilter::from_env x.a::< ",
        "pilotlight::init() ",
        "b.with_sampler(a",
        "#[cfg(test)] ",
        "(",
        "/*",
        "/* ",
        "r#\"",
        "x.forget(",
    ] {
        read(&format!("async fn a() {{ {} b.await }}", repeated(part, FILE_BYTES)));
    }
}

#[test]
fn brackets_made_to_take_long_do_not() {
    for (open, close) in [
        ("fn(", ")"),
        ("fn a<", ">"),
        ("fn a<{", "}"),
        ("let g = (", ").s.enter();"),
        ("registry().with(", ").with(b)"),
        ("fn a() { pilotlight::init(", ") }"),
    ] {
        let times = FILE_BYTES / 2 / (open.len() + close.len());
        let text = format!("{}{}{}", open.repeat(times), close.repeat(times), repeated(":", FILE_BYTES / 2));
        read(&format!("async fn a() {{ {text} }}"));
    }
}

#[test]
fn of_what_is_seen_again_and_again_the_first_places_are_kept() {
    let sources = read(&repeated("p.shutdown();\nSpanExporter::builder().build();\n", FILE_BYTES));
    assert_eq!(sources.places(What::Shutdown).count(), 64);
    assert_eq!(sources.places(What::Shutdown).next(), Some("a.rs:1"));
    assert_eq!(sources.exporters.len(), 200);
    assert!(sources.is_cut);
}

/// Cargo writes no such files. Each takes half a minute when a package is looked for in all that is linked.
#[test]
fn lock_files_made_to_take_long_do_not() {
    let package = |name, version: &str, links: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [{links}]\n")
    };
    let version = |number| format!("0.{number}.0");
    let many: String = (0..40_000).map(|number| package("opentelemetry", &version(number), "")).collect();
    for links in ["\"opentelemetry\",", "\"opentelemetry 0.63.0\",", "\"opentelemetry 0.39999.0\","] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Cargo.lock");
        std::fs::write(&path, many.clone() + &package("app", "0.1.0", &links.repeat(40_000))).unwrap();
        let lock = Lock::read(&path).unwrap();
        let names: Vec<String> = (0..40_000).map(|number| format!("a{number}")).collect();
        let named = names.iter().map(String::as_str).chain(["opentelemetry"]).collect();
        assert!(lock.versions("opentelemetry", &[("app", named)]).len() <= 1);
        let versions = lock.versions("opentelemetry", &[]);
        assert_eq!(versions.len(), 64);
        assert!(versions.iter().all(|(_, wanted_by)| wanted_by.len() <= 1));
    }
}

#[test]
fn headers_made_to_take_long_do_not() {
    let valid: String = (0..30_000).map(|number| format!("k{number}=v,")).collect();
    for (value, problems) in [("x,".repeat(30_000), 1), (valid, 0)] {
        let environment: Environment =
            [("OTEL_EXPORTER_OTLP_HEADERS".to_owned(), value)].into_iter().collect();
        let settings = settings::resolve(&environment, &Project::default(), &Sources::default());
        assert_eq!(settings.problems.len(), problems);
        assert!(settings.of(Signal::Traces).headers.value.names().count() <= 64);
    }
}
