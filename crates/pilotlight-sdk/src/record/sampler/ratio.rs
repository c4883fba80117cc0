use std::borrow::Cow;

use super::{Decision, Sampler, SamplingParameters, SamplingResult};

/// Samples a fixed share of all traces, chosen by trace id, so that every service with the same ratio chooses the same traces.
///
/// Compares 63 bits of the trace id with the ratio, as the Go and Java SDKs do. Ignores the parent: wrap it in
/// [`ParentBased`](super::ParentBased), or traces get holes.
///
/// Specification: "TraceIdRatioBased", <https://opentelemetry.io/docs/specs/otel/trace/sdk/#traceidratiobased>.
#[derive(Clone, Copy, Debug)]
pub struct TraceIdRatio {
    ratio: f64,
    /// Trace ids whose lower half, without its lowest bit, is below this are sampled.
    bound: u64,
}

impl TraceIdRatio {
    /// `ratio` is a share from 0.0 (none) to 1.0 (all); values beyond are those, and NaN is 1.0.
    pub fn new(ratio: f64) -> Self {
        let ratio = if ratio.is_nan() { 1.0 } else { ratio.clamp(0.0, 1.0) };
        Self { ratio, bound: (ratio * (1u64 << 63) as f64) as u64 }
    }
}

impl Sampler for TraceIdRatio {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let id = u128::from_be_bytes(parameters.trace_id.to_bytes()) as u64;
        let sampled = id >> 1 < self.bound;
        SamplingResult::new(if sampled { Decision::RecordAndSample } else { Decision::Drop })
    }

    fn description(&self) -> Cow<'static, str> {
        format!("TraceIdRatioBased{{{}}}", self.ratio).into()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;
    use opentelemetry::trace::{SpanKind, TraceId};

    use super::super::super::ids::{IdGenerator, RandomIds};
    use super::*;

    fn samples(sampler: TraceIdRatio, trace_id: TraceId) -> bool {
        let parent = Context::new();
        let parameters = SamplingParameters::new(&parent, trace_id, "span", &SpanKind::Internal, &[], &[]);
        sampler.should_sample(&parameters).decision == Decision::RecordAndSample
    }

    #[test]
    fn a_ratio_of_one_samples_all_and_of_zero_none() {
        for id in [1u128, u128::MAX, 1 << 64, u128::from(u64::MAX)] {
            assert!(samples(TraceIdRatio::new(1.0), id.into()));
            assert!(samples(TraceIdRatio::new(7.0), id.into()));
            assert!(!samples(TraceIdRatio::new(0.0), id.into()));
            assert!(!samples(TraceIdRatio::new(-1.0), id.into()));
        }
    }

    #[test]
    fn a_ratio_samples_about_its_share_of_random_traces() {
        let sampler = TraceIdRatio::new(0.25);
        let sampled = (0..100_000).filter(|_| samples(sampler, RandomIds.new_trace_id())).count();
        // Twelve standard deviations either way.
        assert!((23_350..26_650).contains(&sampled), "{sampled}");
    }

    #[test]
    fn a_higher_ratio_samples_whatever_a_lower_one_does() {
        for _ in 0..10_000 {
            let id = RandomIds.new_trace_id();
            assert!(!samples(TraceIdRatio::new(0.1), id) || samples(TraceIdRatio::new(0.5), id));
        }
    }
}
