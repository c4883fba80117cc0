//! Cause 14: filters of `tracing` take spans away before OpenTelemetry sees them.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::source::What;

pub(super) fn check(facts: &Facts) -> Verdict {
    if matches!(facts.project.sdk, Sdk::Pilotlight(_)) {
        return of_pilotlight(facts);
    }
    if !facts.project.links("tracing-opentelemetry") {
        return Verdict::skipped("spans do not come from tracing");
    }
    let filter = facts.place.environment.get("RUST_LOG");
    if let (None, Some(place)) = (filter, facts.sources.places(What::FilterFromEnvironment).next()) {
        return Verdict::from(Some(unset(facts, place)));
    }
    let Some(filter) = filter.filter(|filter| drops_info(filter)) else {
        return Verdict::Checked(Vec::new());
    };
    let is_for_all = facts.sources.has(What::RegistryFilter);
    let is_for_one = facts.sources.has(What::LayerFilter) && !is_for_all;
    let title = format!("RUST_LOG={filter} takes spans of level info away");
    let draft = if is_for_one {
        Draft::note("filter-drops-spans", title)
    } else {
        Draft::warning("filter-drops-spans", title)
    };
    Verdict::from(Some(
        draft
            .seen_all(
                facts
                    .sources
                    .places(What::RegistryFilter)
                    .take(3)
                    .map(|place| format!("a filter for all layers, at {place}")),
            )
            .because(
                "A filter at the registry is for all layers, and spans that it takes away are never started.",
            )
            .next(
                "Set RUST_LOG=info, or give the filter to the log layer alone: fmt::layer().with_filter(…).",
            ),
    ))
}

fn unset(facts: &Facts, place: &str) -> crate::finding::Finding {
    let is_for_one = facts.sources.has(What::LayerFilter) && !facts.sources.has(What::RegistryFilter);
    let title = "RUST_LOG is not set, and the filter then lets only errors through";
    let draft = if is_for_one {
        Draft::note("filter-drops-spans", title)
    } else {
        Draft::warning("filter-drops-spans", title)
    };
    draft
        .seen(format!("EnvFilter from the environment, without a default, at {place}"))
        .because("EnvFilter's own default is `error`, so that spans of level info are never started.")
        .next(
            "Set RUST_LOG=info, or build the filter with .with_default_directive(LevelFilter::INFO.into()).",
        )
}

/// Its spans have a filter of their own, and `RUST_LOG` is for log records, unless the application has its own registry filter.
fn of_pilotlight(facts: &Facts) -> Verdict {
    let environment = &facts.place.environment;
    if let Some(filter) = environment.get("PILOTLIGHT_SPAN_FILTER").filter(|filter| drops_info(filter)) {
        return Verdict::from(Some(
            Draft::warning(
                "filter-drops-spans",
                format!("PILOTLIGHT_SPAN_FILTER={filter} takes spans of level info away"),
            )
            .because("Spans that the filter takes away are never started.")
            .next("Remove PILOTLIGHT_SPAN_FILTER, or set it to info."),
        ));
    }
    let filter = environment.get("RUST_LOG").filter(|filter| drops_info(filter));
    let registry = facts.sources.places(What::RegistryFilter).next();
    let (Some(filter), Some(place)) = (filter, registry) else { return Verdict::Checked(Vec::new()) };
    Verdict::from(Some(
        Draft::warning("filter-drops-spans", format!("RUST_LOG={filter} takes spans of level info away"))
            .seen(format!("a filter for all layers, at {place}"))
            .because("A filter at the registry is for all layers, Pilotlight's too.")
            .next("Give the filter to the log layer alone: fmt::layer().with_filter(…)."),
    ))
}

/// Whether spans of level info are taken away wherever no directive says otherwise: the last bare level decides.
pub(super) fn drops_info(filter: &str) -> bool {
    let bare =
        filter.split(',').map(str::trim).rfind(|directive| !directive.contains('=') && is_level(directive));
    match bare {
        Some(level) => {
            ["off", "error", "warn", "0", "1", "2"].iter().any(|low| level.eq_ignore_ascii_case(low))
                && !raises_something(filter)
        }
        None => false,
    }
}

fn raises_something(filter: &str) -> bool {
    let levels = filter
        .split(',')
        .filter_map(|directive| directive.split_once('='))
        .map(|(_, level)| level.trim().to_ascii_lowercase());
    levels.into_iter().any(|level| ["info", "debug", "trace", "3", "4", "5"].contains(&level.as_str()))
}

pub(super) fn is_level(text: &str) -> bool {
    ["off", "error", "warn", "info", "debug", "trace", "0", "1", "2", "3", "4", "5"]
        .iter()
        .any(|level| text.eq_ignore_ascii_case(level))
}

#[cfg(test)]
mod tests {
    use super::drops_info;

    #[test]
    fn only_filters_without_any_info_drop_it() {
        for filter in ["warn", "error", "off", "WARN", "warn,shop=error", "h2=off,warn"] {
            assert!(drops_info(filter), "{filter}");
        }
        for filter in ["info", "debug", "warn,shop=info", "shop=info", "info,h2=warn", "shop", ""] {
            assert!(!drops_info(filter), "{filter}");
        }
    }
}
