//! Settings that are somewhere else: in a configuration file, or in a file of variables that nobody has read.

use std::path::Path;

use super::{Verdict, list};
use crate::doctor::environment::Environment;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::finding::Finding;

const CONFIG_FILE: &str = "OTEL_CONFIG_FILE";

/// What tools such as Docker Compose read, and services do not.
const ENV_FILE: &str = ".env";

pub(super) fn check(facts: &Facts) -> Verdict {
    Verdict::Checked([config_file(facts), env_file(facts)].into_iter().flatten().collect())
}

/// Where an SDK reads the file, nothing else counts. Those of Rust do not, which is said among the ignored variables.
fn config_file(facts: &Facts) -> Option<Finding> {
    if matches!(facts.project.sdk, Sdk::Pilotlight(_) | Sdk::OpenTelemetryRust(_)) {
        return None;
    }
    let file = facts.place.environment.get(CONFIG_FILE)?;
    let seen = format!("{CONFIG_FILE}={file}");
    let missing = !folder(facts).join(file).exists();
    Some(match missing {
        true => Draft::error("config-file-missing", "The configuration file does not exist")
            .seen(seen)
            .because("An SDK that is told to read a file and cannot sends nothing at all.")
            .next(format!("Correct {CONFIG_FILE}, or remove it.")),
        false => {
            Draft::note("config-file-rules", "A configuration file is in force, and not what is shown here")
                .seen(seen)
                .because("SDKs that read that file ignore all other variables, unless the file names them.")
                .next("Compare the endpoints in that file with those shown here.")
        }
    })
}

fn env_file(facts: &Facts) -> Option<Finding> {
    let path = folder(facts).join(ENV_FILE);
    // Nobody asked for it: what is no plain file, such as a pipe, may have nothing to read for ever.
    let mut found = Environment::default();
    path.is_file().then(|| found.overlay_file(&path).ok())??;
    let unread: Vec<&str> = found
        .names()
        .filter(|name| name.starts_with("OTEL_") && facts.place.environment.get(name).is_none())
        .take(5)
        .collect();
    (!unread.is_empty()).then(|| {
        Draft::note("env-file-not-read", "A file of variables lies here, and is not part of the environment")
            .seen(format!("{ENV_FILE} has {}", list(&unread)))
            .because(
                "Docker Compose and some shells read that file; a service that is started by hand does not.",
            )
            .next(format!("Run `pilotlight doctor --env-file {ENV_FILE}` to see what it comes to."))
    })
}

fn folder(facts: &Facts) -> &Path {
    let place = facts.place.folder.as_path();
    match place.is_file() {
        true => place.parent().unwrap_or(place),
        false => place,
    }
}
