//! A service's surroundings, made up.

use std::time::Duration;

use pilotlight_view::doctor::environment::Environment;
use pilotlight_view::doctor::{Facts, Finding, Place, Report, Severity, Status, checks, send};

/// Long enough for a busy machine; only what is silent takes as long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Variables and files.
pub(crate) struct World {
    folder: tempfile::TempDir,
    /// Where in it the doctor looks.
    place: String,
    variables: Vec<(String, String)>,
    container: Option<String>,
    offline: bool,
    patience: Duration,
}

/// One package of a lock file: name, version, what it links. Without a version's `+`, it comes from a registry.
pub(crate) type Package<'p> = (&'p str, &'p str, &'p [&'p str]);

impl World {
    /// Nothing but a name, and no network.
    pub(crate) fn offline() -> Self {
        Self { offline: true, ..Self::online() }
    }

    /// Nothing but a name.
    pub(crate) fn online() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            place: String::new(),
            variables: vec![("OTEL_SERVICE_NAME".to_owned(), "shop".to_owned())],
            container: None,
            offline: false,
            patience: PATIENCE,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// A pipe that nobody writes to.
    #[cfg(unix)]
    pub(crate) fn pipe(self, path: &str) -> Self {
        let status = std::process::Command::new("mkfifo").arg(self.folder.path().join(path)).status();
        assert!(status.unwrap().success());
        self
    }

    /// A variable that names a pipe that nobody writes to.
    #[cfg(unix)]
    pub(crate) fn with_pipe(self, name: &str) -> Self {
        let path = self.folder.path().join(name);
        self.pipe(name).with(name, path.display())
    }

    /// A lock file, and a manifest of `app` that links what the lock file says.
    pub(crate) fn locked(self, packages: &[Package<'_>]) -> Self {
        let features = packages.iter().map(|(name, ..)| (*name, "")).collect::<Vec<_>>();
        self.locked_with(packages, &features)
    }

    /// The same, where the manifest has more to say about some dependencies.
    pub(crate) fn locked_with(self, packages: &[Package<'_>], said: &[(&str, &str)]) -> Self {
        let (app, ..) = packages[0];
        let lines = packages[0].2.iter().map(|entry| {
            let name = entry.split(' ').next().unwrap();
            let more = said.iter().find(|(of, _)| *of == name).map_or("", |(_, more)| more);
            format!("{name} = {{ version = \"*\"{more} }}\n")
        });
        let manifest = format!(
            "[package]\nname = \"{app}\"\nversion = \"0.1.0\"\n\n[dependencies]\n{}",
            lines.collect::<String>()
        );
        self.file("Cargo.toml", &manifest).file("Cargo.lock", &lock(packages))
    }

    /// opentelemetry-rust as it comes, with spans from `tracing`, and both transports.
    pub(crate) fn opentelemetry_rust(self) -> Self {
        self.locked(OPENTELEMETRY_RUST)
    }

    pub(crate) fn pilotlight(self) -> Self {
        self.locked(PILOTLIGHT)
    }

    pub(crate) fn in_container(mut self) -> Self {
        self.container = Some("/.dockerenv".to_owned());
        self
    }

    /// In a folder of the project instead of at its root.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.place = path.to_owned();
        self
    }

    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(crate) async fn report(&self) -> Report {
        checks::conclude(&Facts::gather(self.place()).await)
    }

    /// The same, with one item of each signal sent.
    pub(crate) async fn report_of_sending(&self, options: &send::Options) -> Report {
        let facts = Facts::gather(self.place()).await;
        let mut report = checks::conclude(&facts);
        send::send(&facts.settings, options, &mut report).await;
        report
    }

    fn place(&self) -> Place {
        Place {
            environment: self.variables.iter().cloned().collect::<Environment>(),
            folder: self.folder.path().join(&self.place),
            container: self.container.clone(),
            probe_timeout: Some(self.patience),
            offline: self.offline,
        }
    }

    /// The finding called `id`, which has to be there, with all that a reader needs, and no secret.
    pub(crate) async fn finds(&self, id: &str) -> Finding {
        let report = self.report().await;
        let found = report.findings.iter().find(|finding| finding.id == id);
        let finding = found
            .unwrap_or_else(|| panic!("{id} is not among {:#?}\n{:#?}", report.findings, report.addresses))
            .clone();
        for text in [&finding.title, &finding.cause, &finding.next] {
            assert!(!text.is_empty(), "{finding:#?}");
        }
        let shown = serde_json::to_string(&report).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
        finding
    }

    /// Nothing but notes may be found.
    pub(crate) async fn is_healthy(&self) -> Report {
        let report = self.report().await;
        let serious: Vec<_> =
            report.findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
        assert!(serious.is_empty(), "{serious:#?}\n{:#?}", report.addresses);
        assert_eq!(report.code(), 0);
        report
    }

    /// Whether the check called `id` was skipped.
    pub(crate) async fn skips(&self, id: &str) -> bool {
        let report = self.report().await;
        report
            .checks
            .iter()
            .any(|check| check.id == id && check.status == Status::Skip && check.why.is_some())
    }
}

pub(crate) const OPENTELEMETRY_RUST: &[Package<'static>] = &[
    ("app", "0.1.0+", &["opentelemetry", "opentelemetry-otlp", "opentelemetry_sdk", "tracing-opentelemetry"]),
    ("opentelemetry", "0.33.1", &["tracing"]),
    ("opentelemetry-http", "0.33.1", &["opentelemetry", "reqwest"]),
    (
        "opentelemetry-otlp",
        "0.33.1",
        &[
            "flate2",
            "opentelemetry",
            "opentelemetry-http",
            "opentelemetry_sdk",
            "reqwest",
            "serde_json",
            "tonic",
            "tracing",
        ],
    ),
    ("opentelemetry_sdk", "0.33.1", &["opentelemetry"]),
    ("reqwest", "0.13.1", &["hyper-rustls"]),
    ("serde_json", "1.0.0", &[]),
    ("tonic", "0.14.2", &["flate2", "tokio-rustls"]),
    ("tracing", "0.1.41", &[]),
    ("tracing-opentelemetry", "0.34.0", &["opentelemetry", "tracing"]),
];

pub(crate) const PILOTLIGHT: &[Package<'static>] = &[
    ("app", "0.1.0+", &["pilotlight"]),
    ("opentelemetry", "0.33.1", &["tracing"]),
    ("pilotlight", "0.1.0", &["opentelemetry", "pilotlight-sdk"]),
    ("pilotlight-sdk", "0.1.0", &["flate2", "opentelemetry", "tokio-rustls"]),
    ("tracing", "0.1.41", &[]),
];

fn lock(packages: &[Package<'_>]) -> String {
    let mut text = "version = 4\n".to_owned();
    for (name, version, links) in packages {
        let source = match version.strip_suffix('+') {
            Some(_) => String::new(),
            None => "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n".to_owned(),
        };
        let version = version.trim_end_matches('+');
        text += &format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}dependencies = {links:?}\n"
        );
    }
    text
}
