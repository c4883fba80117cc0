//! Which traces are recorded.

use super::builder::SettingsBuilder;
use super::chain::{Chain, Chosen, Origin};
use super::choice::{self, Choice};
use super::show::Show;
use super::warning::{Problems, Warning};

/// The ratio when none, or a bad one, is given: everything.
const DEFAULT_RATIO: f64 = 1.0;

/// A sampler as it is configured.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SamplerSetting {
    /// `always_on`.
    AlwaysOn,
    /// `always_off`.
    AlwaysOff,
    /// `traceidratio`: this share of traces, from 0 to 1, chosen by trace id.
    TraceIdRatio(f64),
    /// `parentbased_…`: as the parent decided, and as this sampler decides where there is no parent.
    ParentBased(Box<SamplerSetting>),
}

/// `parentbased_always_on`.
impl Default for SamplerSetting {
    fn default() -> Self {
        Self::ParentBased(Box::new(Self::AlwaysOn))
    }
}

impl SettingsBuilder {
    /// Decides which traces are recorded.
    ///
    /// Default: as the parent decided, everything where there is none. `OTEL_TRACES_SAMPLER`: `always_on`,
    /// `always_off`, `traceidratio`, `parentbased_always_on`, `parentbased_always_off` or `parentbased_traceidratio`,
    /// whatever the case; anything else (`jaeger_remote`, `xray`, …) is warned about and counts as unset.
    /// `OTEL_TRACES_SAMPLER_ARG` is the ratio, default 1; a ratio that is no number from 0 to 1, in code too, is
    /// warned about and becomes 1.
    pub fn traces_sampler(mut self, sampler: SamplerSetting) -> Self {
        self.traces.sampler = Some(sampler);
        self
    }
}

/// The values of `OTEL_TRACES_SAMPLER`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Name {
    AlwaysOn,
    AlwaysOff,
    Ratio,
    ParentAlwaysOn,
    ParentAlwaysOff,
    ParentRatio,
}

impl Choice for Name {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("always_on", Self::AlwaysOn),
        ("always_off", Self::AlwaysOff),
        ("traceidratio", Self::Ratio),
        ("parentbased_always_on", Self::ParentAlwaysOn),
        ("parentbased_always_off", Self::ParentAlwaysOff),
        ("parentbased_traceidratio", Self::ParentRatio),
    ];
}

pub(super) fn resolve(chain: &mut Chain<'_>, code: Option<SamplerSetting>) -> SamplerSetting {
    if code.is_some() {
        let check = |sampler, problems: &mut _| Some(corrected(sampler, problems));
        return chain.setting().checked("traces_sampler", code, check).or(SamplerSetting::default());
    }
    let name = chain.setting().variable("OTEL_TRACES_SAMPLER", choice::one).or_chosen(Name::ParentAlwaysOn);
    match name.value {
        Name::Ratio => SamplerSetting::TraceIdRatio(resolve_ratio(chain)),
        Name::ParentRatio => parent_based(SamplerSetting::TraceIdRatio(resolve_ratio(chain))),
        Name::AlwaysOn | Name::AlwaysOff | Name::ParentAlwaysOn | Name::ParentAlwaysOff => {
            warn_about_idle_argument(chain, &name);
            without_argument(name.value)
        }
    }
}

fn parent_based(root: SamplerSetting) -> SamplerSetting {
    SamplerSetting::ParentBased(Box::new(root))
}

fn without_argument(name: Name) -> SamplerSetting {
    match name {
        Name::AlwaysOn => SamplerSetting::AlwaysOn,
        Name::AlwaysOff => SamplerSetting::AlwaysOff,
        Name::ParentAlwaysOff => parent_based(SamplerSetting::AlwaysOff),
        Name::ParentAlwaysOn | Name::Ratio | Name::ParentRatio => SamplerSetting::default(),
    }
}

fn resolve_ratio(chain: &mut Chain<'_>) -> f64 {
    chain.setting().variable("OTEL_TRACES_SAMPLER_ARG", parse_ratio).or(DEFAULT_RATIO)
}

fn parse_ratio(text: &str, problems: &mut Problems) -> Option<f64> {
    let ratio = text.parse().ok().filter(|ratio| is_ratio(*ratio));
    if ratio.is_none() {
        problems.add("is not a number from 0 to 1");
    }
    ratio
}

fn is_ratio(ratio: f64) -> bool {
    (0.0..=1.0).contains(&ratio)
}

/// A ratio without the sampler that uses it is a half-made change: somebody expects less telemetry than they get.
fn warn_about_idle_argument(chain: &mut Chain<'_>, name: &Chosen<Name>) {
    if name.origin == Origin::Default && chain.is_set("OTEL_TRACES_SAMPLER_ARG") {
        chain.warn(Warning::new(
            "OTEL_TRACES_SAMPLER_ARG",
            None,
            "is set, but no sampler that uses it (set OTEL_TRACES_SAMPLER=parentbased_traceidratio for a ratio)",
            format!("using the default sampler, {}", name.value.show()),
        ));
    }
}

/// Replaces impossible ratios, however deep they are.
fn corrected(sampler: SamplerSetting, problems: &mut Problems) -> SamplerSetting {
    match sampler {
        SamplerSetting::TraceIdRatio(ratio) if !is_ratio(ratio) => {
            problems.add(format!("has the ratio {ratio}, which is not from 0 to 1"));
            SamplerSetting::TraceIdRatio(DEFAULT_RATIO)
        }
        SamplerSetting::ParentBased(root) => parent_based(corrected(*root, problems)),
        fine => fine,
    }
}

impl Show for SamplerSetting {
    fn show(&self) -> String {
        match self {
            Self::AlwaysOn => "always_on".to_owned(),
            Self::AlwaysOff => "always_off".to_owned(),
            Self::TraceIdRatio(ratio) => format!("traceidratio({ratio})"),
            Self::ParentBased(root) => format!("parentbased_{}", root.show()),
        }
    }
}
