//! Which traces are recorded.

use std::fmt;

use super::reader::{Reader, Unusable, choice};
use super::{Origin, Sourced};
use crate::doctor::project::Sdk;

/// A sampler as it is configured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampler {
    /// Every trace.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// This share, from 0 to 1.
    Ratio(f64),
    /// As the parent decided, and where there is none every trace.
    ParentOn,
    /// As the parent decided, and where there is none no trace.
    ParentOff,
    /// As the parent decided, and where there is none this share.
    ParentRatio(f64),
    /// As a service elsewhere decides: its name. Not every SDK has these.
    Elsewhere(&'static str),
}

impl Sampler {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("always_on", Self::AlwaysOn),
        ("always_off", Self::AlwaysOff),
        ("traceidratio", Self::Ratio(1.0)),
        ("parentbased_always_on", Self::ParentOn),
        ("parentbased_always_off", Self::ParentOff),
        ("parentbased_traceidratio", Self::ParentRatio(1.0)),
    ];

    /// What the specification has besides, and the SDKs of Rust have not.
    const NAMES_ELSEWHERE: &'static [(&'static str, Self)] = &[
        ("xray", Self::Elsewhere("xray")),
        ("jaeger_remote", Self::Elsewhere("jaeger_remote")),
        ("parentbased_jaeger_remote", Self::Elsewhere("parentbased_jaeger_remote")),
    ];

    /// The names that `sdk` knows.
    fn names(sdk: &Sdk) -> Vec<(&'static str, Self)> {
        match sdk {
            Sdk::Pilotlight(_) | Sdk::OpenTelemetryRust(_) => Self::NAMES.to_vec(),
            Sdk::Other(_) | Sdk::Unknown => [Self::NAMES, Self::NAMES_ELSEWHERE].concat(),
        }
    }

    /// The share of new traces that is recorded, as far as it is known here.
    pub fn share(self) -> f64 {
        match self {
            Self::AlwaysOn | Self::ParentOn | Self::Elsewhere(_) => 1.0,
            Self::AlwaysOff | Self::ParentOff => 0.0,
            Self::Ratio(ratio) | Self::ParentRatio(ratio) => ratio,
        }
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlwaysOn => f.write_str("always_on"),
            Self::AlwaysOff => f.write_str("always_off"),
            Self::Ratio(ratio) => write!(f, "traceidratio({ratio})"),
            Self::ParentOn => f.write_str("parentbased_always_on"),
            Self::ParentOff => f.write_str("parentbased_always_off"),
            Self::ParentRatio(ratio) => write!(f, "parentbased_traceidratio({ratio})"),
            Self::Elsewhere(name) => f.write_str(name),
        }
    }
}

const NAME: &str = "OTEL_TRACES_SAMPLER";
const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

pub(super) fn resolve(reader: &mut Reader<'_>) -> Sourced<Sampler> {
    // opentelemetry-rust compares this one letter by letter, also where it has given that up for others.
    let is_strict = matches!(reader.sdk, Sdk::OpenTelemetryRust(_));
    let names = Sampler::names(reader.sdk);
    let parse = |text: &str| choice(text, &names, is_strict, "sampler-not-usable");
    let mut sampler =
        reader.first(&[NAME.to_owned()], parse, Sampler::ParentOn, "parentbased_always_on is used");
    match &mut sampler.value {
        Sampler::Ratio(ratio) | Sampler::ParentRatio(ratio) => *ratio = resolve_ratio(reader),
        _ => warn_about_idle_argument(reader, &sampler),
    }
    sampler
}

fn resolve_ratio(reader: &mut Reader<'_>) -> f64 {
    if reader.text(ARGUMENT).is_none() {
        let missing = Unusable::new(
            "sampler-argument",
            "has a sampler by ratio, and OTEL_TRACES_SAMPLER_ARG is not set",
            "set OTEL_TRACES_SAMPLER_ARG, such as 0.1",
        );
        let text = reader.text(NAME).unwrap_or_default().to_owned();
        reader.complain(NAME, &text, missing, "every trace is recorded");
    }
    let parse = |text: &str| {
        let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.ok_or_else(|| {
            Unusable::new("sampler-argument", "is not a number from 0 to 1", "set it to a share such as 0.1")
        })
    };
    reader.first(&[ARGUMENT.to_owned()], parse, 1.0, "every trace is recorded").value
}

fn warn_about_idle_argument(reader: &mut Reader<'_>, sampler: &Sourced<Sampler>) {
    let Some(text) = reader.text(ARGUMENT).map(str::to_owned) else { return };
    // An endpoint or a list is the argument of a remote sampler, and `jaeger_remote` was complained about already.
    if sampler.from == Origin::Default && reader.text(NAME).is_none() && text.parse::<f64>().is_ok() {
        let idle = Unusable::new(
            "sampler-argument",
            "is set, and no sampler that uses it",
            "set OTEL_TRACES_SAMPLER=parentbased_traceidratio",
        );
        reader.complain(ARGUMENT, &text, idle, "every trace is recorded");
    }
}
