//! Settings of the SDK as a whole.

use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::choice::{self, Choice};
use super::parse;
use super::warning::Warning;
use crate::diagnostics::Level;

/// What code says about the SDK as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct General {
    disabled: Option<bool>,
    pub(super) self_metrics: Option<bool>,
    log_level: Option<Level>,
}

impl SettingsBuilder {
    /// Turns all signals off: nothing is recorded and nothing is sent, while propagators keep working and
    /// [log lines](Self::log_lines) keep being written to standard output.
    ///
    /// Default false. `OTEL_SDK_DISABLED`: only `true`, whatever its case, means true; other values but `false` are
    /// warned about and mean false.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.general.disabled = Some(disabled);
        self
    }

    /// Whether there are metrics about Pilotlight itself, the `otel.sdk.*` ones, wherever metrics go: spans started and open,
    /// queues, exports and what was lost of them, and how long collections and exports take. All of them are in a table in
    /// [`self_metrics`](crate::self_metrics).
    ///
    /// Default true. No variable. They cost some twenty series, a thread that reads them when they are collected,
    /// and two to three nanoseconds a span.
    pub fn self_metrics(mut self, self_metrics: bool) -> Self {
        self.general.self_metrics = Some(self_metrics);
        self
    }

    /// How much Pilotlight says about itself.
    ///
    /// Default `info`. `OTEL_LOG_LEVEL`: `none`, `error`, `warn`, `info` or `debug`, whatever the case; the usual
    /// other spellings (`off`, `warning`, `trace`) are understood, anything else is warned about and counts as unset.
    pub fn log_level(mut self, level: Level) -> Self {
        self.general.log_level = Some(level);
        self
    }
}

impl Choice for Level {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("off", Self::None),
        ("warning", Self::Warn),
        ("trace", Self::Debug),
    ];
}

impl General {
    pub(super) fn resolve(self, chain: &mut Chain<'_>) -> (bool, Level) {
        warn_about_config_file(chain);
        let disabled =
            chain.setting().code(self.disabled).variable("OTEL_SDK_DISABLED", parse::boolean).or(false);
        let level =
            chain.setting().code(self.log_level).variable("OTEL_LOG_LEVEL", choice::one).or(Level::Info);
        (disabled, level)
    }
}

/// Where it is set it is meant to replace every other variable, so ignoring it silently would be a surprise.
fn warn_about_config_file(chain: &mut Chain<'_>) {
    if chain.is_set("OTEL_CONFIG_FILE") {
        chain.warn(Warning::new(
            "OTEL_CONFIG_FILE",
            None,
            "names a configuration file, which is not supported",
            "using the other variables",
        ));
    }
}
