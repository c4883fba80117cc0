//! Everything that conclusions are drawn from.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::environment::Environment;
use super::probe::{self, Probes};
use super::project::Project;
use super::settings::{self, Settings};
use super::source::Sources;

/// Where to look.
#[derive(Debug, Clone)]
pub struct Place {
    /// The variables.
    pub environment: Environment,
    /// The service's folder, or a manifest or lock file in it.
    pub folder: PathBuf,
    /// What says that this is a container, such as `/.dockerenv`; none when it seems to be none.
    pub container: Option<String>,
    /// The longest that one probe may take; the default depends on how far the address is.
    pub probe_timeout: Option<Duration>,
    /// Whether to leave the network alone.
    pub offline: bool,
}

/// What was found at a place.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Where it was found.
    pub place: Place,
    /// The manifests, the lock file, the SDK.
    pub project: Project,
    /// What the sources say for certain.
    pub sources: Sources,
    /// What is in force.
    pub settings: Settings,
    /// Who answers where telemetry goes; none when offline.
    pub probes: Option<Probes>,
    /// When all of this was so.
    pub now: SystemTime,
}

impl Facts {
    /// Looks around at `place`.
    pub async fn gather(place: Place) -> Self {
        let project = Project::read(&place.folder);
        let sources = Sources::read(&project.source_folders());
        let settings = settings::resolve(&place.environment, &project, &sources);
        let mut facts = Self { place, project, sources, settings, probes: None, now: SystemTime::now() };
        if !facts.place.offline {
            facts.ask().await;
        }
        facts
    }

    /// Asks the receivers; once more when what they speak decides about what was only guessed.
    async fn ask(&mut self) {
        let probes = probe::all(&self.settings, &self.place).await;
        let (environment, spoken) = (&self.place.environment, probes.spoken());
        let settings = settings::resolve_after_asking(environment, &self.project, &self.sources, spoken);
        self.probes = Some(match settings.protocols() == self.settings.protocols() {
            true => probes,
            false => probe::all(&settings, &self.place).await,
        });
        self.settings = settings;
        self.now = SystemTime::now();
    }
}
