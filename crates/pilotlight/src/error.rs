use std::error::Error;
use std::fmt;

/// Why telemetry could not be turned on.
///
/// Bad settings are not among the reasons: they are warned about and replaced by defaults.
#[derive(Debug)]
pub struct InitError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    AlreadyInitialized,
    Engine(pilotlight_sdk::Error),
}

impl InitError {
    #[cold]
    pub(crate) fn already_initialized() -> Self {
        Self { kind: Kind::AlreadyInitialized }
    }

    #[cold]
    pub(crate) fn engine(error: pilotlight_sdk::Error) -> Self {
        Self { kind: Kind::Engine(error) }
    }

    /// Whether telemetry is on already, turned on by an earlier call whose guard is still held.
    pub fn is_already_initialized(&self) -> bool {
        matches!(self.kind, Kind::AlreadyInitialized)
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::AlreadyInitialized => {
                "telemetry is on already: init was called before, and its guard is still held. Call init once, in \
                 main; to change settings, shut the first guard down before"
            }
            Kind::Engine(_) => "telemetry could not be started",
        })
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::AlreadyInitialized => None,
            Kind::Engine(error) => Some(error),
        }
    }
}
