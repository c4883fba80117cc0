//! What code says about the exporters of all signals at once.

use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::exporter;
use super::otlp::OtlpConfig;
use super::otlp_code::Otlp;
use crate::transport::Signal;

/// What every signal's exporters have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    otlp: Otlp,
    console_without_endpoint: bool,
}

impl SettingsBuilder {
    /// The OTLP exporter of all signals. What it does not set comes from `OTEL_EXPORTER_OTLP_…`.
    pub fn otlp(mut self, otlp: Otlp) -> Self {
        self.shared.otlp = otlp;
        self
    }

    /// Makes the console the default exporter instead of OTLP as long as nobody names an OTLP endpoint, in code or in
    /// the environment: a service then shows its telemetry when it is run by hand, and sends it once it is deployed
    /// with `OTEL_EXPORTER_OTLP_ENDPOINT` set. Each signal decides for itself: an endpoint for traces alone leaves
    /// metrics on the console. An endpoint that cannot be used counts as named. Logs then are the
    /// [lines on standard output](Self::log_lines) alone. Off by default. No variable.
    pub fn console_without_endpoint(mut self) -> Self {
        self.shared.console_without_endpoint = true;
        self
    }
}

impl Shared {
    /// Whether the console is the default exporter of `signal`.
    pub(super) fn console_is_default(&self, chain: &Chain<'_>, signal: Signal, own: &Otlp) -> bool {
        self.console_without_endpoint && !exporter::endpoint_is_set(chain, signal, own, &self.otlp)
    }

    /// The OTLP exporter of `signal`, about which code says `own` besides.
    pub(super) fn resolve_otlp(&self, chain: &mut Chain<'_>, signal: Signal, own: Otlp) -> OtlpConfig {
        exporter::resolve(chain, signal, own, self.otlp.clone())
    }
}
