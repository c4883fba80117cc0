//! Cause 13: two versions of the API in one program are two sets of globals.

use super::{Verdict, list};
use crate::doctor::facts::Facts;
use crate::doctor::project::{Lock, Package};
use crate::doctor::report::Draft;
use crate::finding::Finding;

/// Whose globals must be one.
const APIS: [&str; 2] = ["opentelemetry", "opentelemetry_sdk"];

pub(super) fn check(facts: &Facts) -> Verdict {
    let Some(lock) = &facts.project.lock else {
        return Verdict::skipped("there is no Cargo.lock here or above");
    };
    let roots = facts.project.roots();
    // Members of a workspace are programs of their own: each has to agree with itself.
    let programs =
        if roots.is_empty() { vec![Vec::new()] } else { roots.into_iter().map(|root| vec![root]).collect() };
    let mut findings: Vec<Finding> = Vec::new();
    for program in &programs {
        let name = program.first().map_or("this workspace", |(name, _)| name);
        let found = APIS.iter().find_map(|api| two_versions(lock, name, &lock.versions(api, program)));
        findings.extend(found.filter(|new| !findings.iter().any(|known| known.evidence == new.evidence)));
        findings.extend(mismatched_layer(lock, program).filter(|_| findings.is_empty()));
    }
    Verdict::Checked(findings)
}

type Versions<'l> = [(&'l Package, Vec<&'l Package>)];

fn two_versions(lock: &Lock, program: &str, versions: &Versions<'_>) -> Option<Finding> {
    let (first, _) = versions.first()?;
    if versions.iter().all(|(package, _)| package.release().is_compatible(first.release())) {
        return None;
    }
    let (newest, _) = versions.iter().max_by_key(|(package, _)| package.release())?;
    let others = versions.iter().filter(|(package, _)| !package.release().is_compatible(newest.release()));
    let behind: Vec<&Package> = others.flat_map(|(_, wanted)| wanted.iter().copied()).collect();
    Some(
        Draft::error("two-versions-of-the-api", format!("{program} links {} in {} versions", first.name, versions.len()))
            .seen_all(versions.iter().map(|(package, wanted)| format!("{package} is wanted by {}", list(wanted.iter().take(6)))))
            .seen(lock.path.display().to_string())
            .because("Each version has its own globals: what one records, the exporter of the other never sees, and nothing says so.")
            .next(format!("Bring {} to releases that use {newest}, or everything else to theirs.", list(behind.iter().take(4).map(|package| &package.name)))),
    )
}

/// tracing-opentelemetry and the SDK have to use the same API; with one version of it in the lock file they do.
fn mismatched_layer(lock: &Lock, program: &[(&str, Vec<&str>)]) -> Option<Finding> {
    let layers = lock.versions("tracing-opentelemetry", program);
    let (first, _) = layers.first()?;
    let is_mixed = layers.iter().any(|(package, _)| !package.release().is_compatible(first.release()));
    is_mixed.then(|| {
        Draft::error("two-versions-of-the-layer", format!("tracing-opentelemetry is linked in {} versions", layers.len()))
            .seen_all(layers.iter().map(|(package, wanted)| format!("{package} is wanted by {}", list(wanted.iter().take(6)))))
            .because("Each version keeps its own data on spans: OpenTelemetrySpanExt of one does not see the layer of the other.")
            .next("Use one version of tracing-opentelemetry: N+1 goes with N of opentelemetry.")
    })
}

pub(super) fn check_files(facts: &Facts) -> Verdict {
    let findings = facts.project.unreadable.iter().map(|problem| {
        Draft::note("file-unreadable", "A file of the project cannot be read")
            .seen(problem.as_str())
            .because("What it says was not taken into account.")
            .next("Repair it, or give --path another folder.")
    });
    Verdict::Checked(findings.collect())
}
