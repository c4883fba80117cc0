//! Cause 15: the sampler leaves everything out.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::report::Draft;
use crate::doctor::settings::Sampler;
use crate::doctor::source::What;
use crate::finding::Finding;

/// Below this share a developer who clicks around sees nothing.
const RARE: f64 = 0.01;

pub(super) fn check(facts: &Facts) -> Verdict {
    if let Some(place) = facts.sources.places(What::Sampler).next() {
        return Verdict::skipped(format!("the sampler is chosen in code, at {place}"));
    }
    if let Some(place) = facts.sources.places(What::SamplerOff).next() {
        return match facts.sources.places(What::ProviderBuilt).nth(1) {
            None => Verdict::Checked(vec![off_in_code(place)]),
            Some(_) => Verdict::skipped(format!(
                "of several providers in code, one leaves every trace out, at {place}"
            )),
        };
    }
    let sampler = &facts.settings.sampler;
    let seen = format!("sampler: {} ({})", sampler.value, sampler.from);
    let share = sampler.value.share();
    let is_parents = matches!(sampler.value, Sampler::ParentOff | Sampler::ParentRatio(_));
    let finding = match () {
        () if share == 0.0 && is_parents => Some(
            Draft::warning("sampler-drops-all", "No trace that begins here is recorded")
                .seen(seen)
                .because("Only traces whose caller decided to record are recorded.")
                .next("Set OTEL_TRACES_SAMPLER=parentbased_always_on."),
        ),
        () if share == 0.0 => Some(
            Draft::error("sampler-drops-all", "No trace is recorded")
                .seen(seen)
                .because("The sampler is set to leave every trace out.")
                .next("Set OTEL_TRACES_SAMPLER=parentbased_always_on."),
        ),
        () if share < RARE => Some(
            Draft::note("sampler-rare", format!("One trace in {:.0} is recorded", 1.0 / share))
                .seen(seen)
                .because("With little traffic it takes long until one is seen.")
                .next("While looking for the cause, set OTEL_TRACES_SAMPLER=always_on."),
        ),
        () => None,
    };
    finding.into()
}

fn off_in_code(place: &str) -> Finding {
    Draft::error("sampler-drops-all", "No trace is recorded")
        .seen(format!("a sampler that leaves everything out, at {place}, and no other"))
        .because("A sampler that is set in code wins over OTEL_TRACES_SAMPLER, and this one leaves every trace out.")
        .next(format!("Remove the sampler at {place}, and traces are recorded unless their caller decided otherwise."))
}
