//! What is in force for each signal, and where each value came from.
//!
//! Computed as the specification says, and as the SDK that was found does where that differs: variables that it does not read are not
//! read here either, and what the sources set in code wins.

mod choices;
mod destination;
mod exporters;
mod guess;
mod headers;
mod lines;
mod numbers;
mod problem;
mod reader;
mod resolve;
mod sampler;
pub mod support;
mod url;

pub use choices::{Compression, Protocol, Signal, Temporality};
pub use destination::Destination;
pub use guess::Spoken;
pub use headers::Headers;
pub use problem::Problem;
pub use resolve::{resolve, resolve_after_asking};
pub use sampler::Sampler;
pub use url::{Given, Url, without_secrets};

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that is in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the SDK does nothing at all.
    pub disabled: Sourced<bool>,
    /// Which traces are recorded.
    pub sampler: Sourced<Sampler>,
    /// How often metrics are collected.
    pub interval: Sourced<Duration>,
    /// What metrics are since: their start, or the last time.
    pub temporality: Sourced<Temporality>,
    /// Traces, metrics, logs.
    pub signals: [SignalSettings; 3],
    /// What could not be used as it was given.
    pub problems: Vec<Problem>,
}

/// What is in force for one signal.
#[derive(Debug, Clone)]
pub struct SignalSettings {
    /// Which one.
    pub signal: Signal,
    /// The names of its exporters, lower case: `otlp`, `console`, `none`, …
    pub exporters: Sourced<Vec<String>>,
    /// How it is sent.
    pub protocol: Sourced<Protocol>,
    /// Where it goes.
    pub destination: Destination,
    /// What is sent with each request.
    pub headers: Sourced<Headers>,
    /// How bodies are compressed.
    pub compression: Sourced<Compression>,
    /// The longest that one request may take; none is no limit.
    pub timeout: Sourced<Option<Duration>>,
    /// Who is trusted instead of the platform's authorities.
    pub certificate: Option<Sourced<PathBuf>>,
    /// With what we prove who we are: certificate and key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// A value, and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced<T> {
    /// What it is.
    pub value: T,
    /// Who said so.
    pub from: Origin,
}

/// Who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A variable, by its name, with the file it was in when that is not the environment.
    Variable(String),
    /// The sources: `file:line`.
    Code(String),
    /// The exporters that the manifest of another language names: its file.
    Manifest(String),
    /// Nobody for certain: what it was guessed by.
    Guess(&'static str),
    /// Nobody.
    Default,
}

impl<T> Sourced<T> {
    pub(super) fn default_of(value: T) -> Self {
        Self { value, from: Origin::Default }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Code(place) => write!(f, "in code, {place}"),
            Self::Manifest(file) => write!(f, "the exporters in {file}"),
            Self::Guess(why) => write!(f, "guessed by {why}"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Settings {
    /// The settings of the signals that go out as OTLP.
    pub fn sent(&self) -> impl Iterator<Item = &SignalSettings> {
        self.signals.iter().filter(|signal| !self.disabled.value && signal.sends_otlp())
    }

    /// How each signal is sent.
    pub(super) fn protocols(&self) -> [Protocol; 3] {
        Signal::ALL.map(|signal| self.of(signal).protocol.value)
    }

    /// The settings of one signal.
    pub fn of(&self, signal: Signal) -> &SignalSettings {
        match signal {
            Signal::Traces => &self.signals[0],
            Signal::Metrics => &self.signals[1],
            Signal::Logs => &self.signals[2],
        }
    }
}

impl SignalSettings {
    /// Whether OTLP is among its exporters.
    pub fn sends_otlp(&self) -> bool {
        self.exporters.value.iter().any(|name| exporters::is_otlp(name))
    }

    /// Whether nothing goes out as OTLP for certain: an exporter of a name that is not known here may send it.
    pub fn sends_elsewhere(&self) -> bool {
        self.exporters.value.iter().all(|name| exporters::is_elsewhere(name))
    }

    /// Where it goes, when that is known.
    pub fn url(&self) -> Option<&Url> {
        match &self.destination {
            Destination::Known(url) => Some(&url.value),
            Destination::Computed(_) | Destination::Unusable => None,
        }
    }
}
