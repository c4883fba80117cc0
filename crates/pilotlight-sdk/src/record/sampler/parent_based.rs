use std::borrow::Cow;

use super::{AlwaysOff, AlwaysOn, Sampler, SamplingParameters, SamplingResult, parent_of};

/// Follows the parent's decision, and asks another sampler about roots.
///
/// Each kind of parent can be given a sampler of its own.
///
/// Specification: "ParentBased", <https://opentelemetry.io/docs/specs/otel/trace/sdk/#parentbased>.
///
/// ```
/// use pilotlight_sdk::record::{AlwaysOff, ParentBased, TraceIdRatio};
///
/// // A tenth of the traces that start here; what others sampled, except what comes from outside.
/// let sampler = ParentBased::new(TraceIdRatio::new(0.1)).remote_parent_sampled(AlwaysOff);
/// # let _ = sampler;
/// ```
#[derive(Debug)]
pub struct ParentBased {
    root: Box<dyn Sampler>,
    remote_parent_sampled: Box<dyn Sampler>,
    remote_parent_not_sampled: Box<dyn Sampler>,
    local_parent_sampled: Box<dyn Sampler>,
    local_parent_not_sampled: Box<dyn Sampler>,
}

impl ParentBased {
    /// Asks `root` about spans without a parent.
    pub fn new(root: impl Sampler) -> Self {
        Self {
            root: Box::new(root),
            remote_parent_sampled: Box::new(AlwaysOn),
            remote_parent_not_sampled: Box::new(AlwaysOff),
            local_parent_sampled: Box::new(AlwaysOn),
            local_parent_not_sampled: Box::new(AlwaysOff),
        }
    }

    /// Asked about spans whose parent is in another process and sampled. Default [`AlwaysOn`].
    #[must_use]
    pub fn remote_parent_sampled(mut self, sampler: impl Sampler) -> Self {
        self.remote_parent_sampled = Box::new(sampler);
        self
    }

    /// Asked about spans whose parent is in another process and not sampled. Default [`AlwaysOff`].
    #[must_use]
    pub fn remote_parent_not_sampled(mut self, sampler: impl Sampler) -> Self {
        self.remote_parent_not_sampled = Box::new(sampler);
        self
    }

    /// Asked about spans whose parent is in this process and sampled. Default [`AlwaysOn`].
    #[must_use]
    pub fn local_parent_sampled(mut self, sampler: impl Sampler) -> Self {
        self.local_parent_sampled = Box::new(sampler);
        self
    }

    /// Asked about spans whose parent is in this process and not sampled. Default [`AlwaysOff`].
    #[must_use]
    pub fn local_parent_not_sampled(mut self, sampler: impl Sampler) -> Self {
        self.local_parent_not_sampled = Box::new(sampler);
        self
    }
}

impl Sampler for ParentBased {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let delegate = match parent_of(parameters.parent) {
            None => &self.root,
            Some((true, true)) => &self.remote_parent_sampled,
            Some((true, false)) => &self.remote_parent_not_sampled,
            Some((false, true)) => &self.local_parent_sampled,
            Some((false, false)) => &self.local_parent_not_sampled,
        };
        delegate.should_sample(parameters)
    }

    fn description(&self) -> Cow<'static, str> {
        format!(
            "ParentBased{{root:{},remoteParentSampled:{},remoteParentNotSampled:{},\
             localParentSampled:{},localParentNotSampled:{}}}",
            self.root.description(),
            self.remote_parent_sampled.description(),
            self.remote_parent_not_sampled.description(),
            self.local_parent_sampled.description(),
            self.local_parent_not_sampled.description(),
        )
        .into()
    }

    fn reads_the_span(&self) -> bool {
        [
            &self.root,
            &self.remote_parent_sampled,
            &self.remote_parent_not_sampled,
            &self.local_parent_sampled,
            &self.local_parent_not_sampled,
        ]
        .into_iter()
        .any(|sampler| sampler.reads_the_span())
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;
    use opentelemetry::trace::{
        SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState,
    };

    use super::super::{AlwaysRecord, Decision};
    use super::*;

    fn parent(is_remote: bool, is_sampled: bool) -> Context {
        Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            TraceFlags::default().with_sampled(is_sampled),
            is_remote,
            TraceState::NONE,
        ))
    }

    fn decision(sampler: &impl Sampler, parent: &Context) -> Decision {
        let parameters =
            SamplingParameters::new(parent, TraceId::from(1), "span", &SpanKind::Internal, &[], &[]);
        sampler.should_sample(&parameters).decision
    }

    #[test]
    fn without_delegates_the_parents_decision_is_followed() {
        let sampler = ParentBased::new(AlwaysOff);
        assert_eq!(decision(&sampler, &Context::new()), Decision::Drop);
        for is_remote in [true, false] {
            assert_eq!(decision(&sampler, &parent(is_remote, true)), Decision::RecordAndSample);
            assert_eq!(decision(&sampler, &parent(is_remote, false)), Decision::Drop);
        }
    }

    #[test]
    fn each_kind_of_parent_is_asked_of_its_own_delegate() {
        let sampler = ParentBased::new(AlwaysOn)
            .remote_parent_sampled(AlwaysOff)
            .remote_parent_not_sampled(AlwaysOn)
            .local_parent_sampled(AlwaysOff)
            .local_parent_not_sampled(AlwaysRecord::new(AlwaysOff));
        assert_eq!(decision(&sampler, &Context::new()), Decision::RecordAndSample);
        assert_eq!(decision(&sampler, &parent(true, true)), Decision::Drop);
        assert_eq!(decision(&sampler, &parent(true, false)), Decision::RecordAndSample);
        assert_eq!(decision(&sampler, &parent(false, true)), Decision::Drop);
        assert_eq!(decision(&sampler, &parent(false, false)), Decision::RecordOnly);
    }

    #[test]
    fn the_description_names_every_delegate() {
        assert_eq!(
            ParentBased::new(super::super::TraceIdRatio::new(0.1)).description(),
            "ParentBased{root:TraceIdRatioBased{0.1},remoteParentSampled:AlwaysOnSampler,\
             remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,\
             localParentNotSampled:AlwaysOffSampler}"
        );
    }
}
