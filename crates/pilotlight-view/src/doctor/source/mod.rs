//! A light reading of Rust sources: tokens, functions, chains of calls, and nothing that would need types.
//!
//! Only what is certain enough to be said is looked for; tests (`#[cfg(test)]`) are left out, since they do not run in production.

mod calls;
mod exporters;
mod files;
mod functions;
mod guards;
mod sightings;
mod tokens;

pub use exporters::{Built, Endpoint, Transport};
pub use sightings::{Sightings, What};

use super::project::SourceFolder;
use super::settings::Signal;

/// More exporters than a program has: of the others nothing is kept.
const EXPORTERS_MAX: usize = 200;

/// What the sources say.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// How many files were read.
    pub files: usize,
    /// Whether there were more than are read.
    pub is_cut: bool,
    /// The places that build an OTLP exporter.
    pub exporters: Vec<Built>,
    /// Everything else of interest.
    pub sightings: Sightings,
}

impl Sources {
    /// Reads the `.rs` files in `folders`, as far as the bounds allow.
    pub fn read(folders: &[SourceFolder]) -> Self {
        let found = files::in_folders(folders);
        let mut sources = Self { is_cut: found.is_cut, ..Self::default() };
        for path in &found.paths {
            let Some(text) = files::read(path) else { continue };
            sources.add(&files::shown(path), &text);
        }
        sources
    }

    /// Reads one file, called `name`.
    pub fn add(&mut self, name: &str, text: &str) {
        self.files += 1;
        let tokens = tokens::Tokens::of(text);
        exporters::find(name, &tokens, &mut self.exporters);
        self.is_cut |= self.exporters.len() > EXPORTERS_MAX;
        self.exporters.truncate(EXPORTERS_MAX);
        sightings::find(name, &tokens, &mut self.sightings);
        guards::find(name, &tokens, &mut self.sightings);
    }

    /// How the exporter of `signal` is built, as far as all places agree; what they do not agree on is computed.
    pub fn exporter(&self, signal: Signal) -> Option<&Built> {
        let mut found = self.exporters.iter().filter(|built| built.signal.is_none_or(|of| of == signal));
        let first = found.next()?;
        found.all(|other| other.says_the_same(first)).then_some(first)
    }

    /// Where an exporter of `signal` is given an endpoint, when there are several that disagree: only the running program knows which.
    pub fn undecided(&self, signal: Signal) -> Option<&str> {
        if self.exporter(signal).is_some() {
            return None;
        }
        let mut built = self.exporters.iter().filter(|built| built.signal.is_none_or(|of| of == signal));
        built.find(|built| built.endpoint.is_some()).map(|built| built.place.as_str())
    }

    /// Whether exporters are built here, signal by signal, and none of them for `signal`.
    pub fn leaves_out(&self, signal: Signal) -> bool {
        let builds = |of| self.exporters.iter().any(|built| built.signal == Some(of));
        !self.is_cut
            && !self.has(What::ForeignSetup)
            && !builds(signal)
            && Signal::ALL.into_iter().any(builds)
    }

    /// The first places where `what` was seen.
    pub fn places(&self, what: What) -> impl Iterator<Item = &str> {
        self.sightings.places(what)
    }

    /// Whether `what` was seen anywhere.
    pub fn has(&self, what: What) -> bool {
        self.places(what).next().is_some()
    }
}
