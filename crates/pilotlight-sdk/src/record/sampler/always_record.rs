use std::borrow::Cow;

use super::{Decision, Sampler, SamplingParameters, SamplingResult};

/// Records what another sampler would drop, without exporting it, so that processors see every span.
///
/// Specification: "AlwaysRecord", <https://opentelemetry.io/docs/specs/otel/trace/sdk/#alwaysrecord>.
#[derive(Debug)]
pub struct AlwaysRecord {
    root: Box<dyn Sampler>,
}

impl AlwaysRecord {
    /// Asks `root` which spans to export.
    pub fn new(root: impl Sampler) -> Self {
        Self { root: Box::new(root) }
    }
}

impl Sampler for AlwaysRecord {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let mut result = self.root.should_sample(parameters);
        if result.decision == Decision::Drop {
            result.decision = Decision::RecordOnly;
        }
        result
    }

    fn description(&self) -> Cow<'static, str> {
        format!("AlwaysRecord{{root:{}}}", self.root.description()).into()
    }

    fn reads_the_span(&self) -> bool {
        self.root.reads_the_span()
    }
}
