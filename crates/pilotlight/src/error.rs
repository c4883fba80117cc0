use std::error::Error;
use std::fmt;

/// Why telemetry could not be turned on.
///
/// Bad settings are not among the reasons: they are warned about and replaced by defaults.
///
/// Its `Debug` is made for people too, since it is what a `main` that returns it prints: the message and its causes.
pub struct InitError {
    kind: Kind,
}

enum Kind {
    AlreadyInitialized,
    #[cfg(feature = "tracing")]
    SubscriberInstalled,
    Engine(pilotlight_sdk::Error),
}

impl InitError {
    #[cold]
    pub(crate) fn already_initialized() -> Self {
        Self { kind: Kind::AlreadyInitialized }
    }

    #[cfg(feature = "tracing")]
    #[cold]
    pub(crate) fn subscriber_installed() -> Self {
        Self { kind: Kind::SubscriberInstalled }
    }

    #[cold]
    pub(crate) fn engine(error: pilotlight_sdk::Error) -> Self {
        Self { kind: Kind::Engine(error) }
    }

    /// Whether telemetry is on already, turned on by an earlier call whose guard is still held.
    pub fn is_already_initialized(&self) -> bool {
        matches!(self.kind, Kind::AlreadyInitialized)
    }

    /// Whether the program has a `tracing` subscriber that Pilotlight is no part of. Nothing was started then. Either leave that
    /// subscriber out, or make [`pilotlight::tracing::layer`](crate::tracing::layer) one of its layers; where that happens after
    /// `init`, say [`Builder::without_subscriber`](crate::Builder::without_subscriber).
    #[cfg(feature = "tracing")]
    pub fn is_subscriber_installed(&self) -> bool {
        matches!(self.kind, Kind::SubscriberInstalled)
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::AlreadyInitialized => {
                "telemetry is on already: init was called before, and its guard is still held. Call init once, in \
                 main; to change settings, shut the first guard down before"
            }
            #[cfg(feature = "tracing")]
            Kind::SubscriberInstalled => {
                "telemetry was not turned on: the program has a `tracing` subscriber already, and there can be one alone. \
                 Leave that one out, since init installs one that writes log lines too; or keep it, with \
                 pilotlight::tracing::layer() among the layers of its registry, and call init after it was installed, or \
                 pilotlight::builder().without_subscriber().init() before"
            }
            Kind::Engine(_) => "telemetry could not be started",
        })
    }
}

impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::AlreadyInitialized => None,
            #[cfg(feature = "tracing")]
            Kind::SubscriberInstalled => None,
            Kind::Engine(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_that_returns_the_error_tells_people_what_to_do() {
        let again = InitError::already_initialized();
        assert_eq!(format!("{again:?}"), again.to_string());

        let cause = std::io::Error::other("Resource temporarily unavailable");
        let no_thread = InitError::engine(pilotlight_sdk::Error::failed("no thread").caused_by(cause));
        assert_eq!(
            format!("{no_thread:?}"),
            "telemetry could not be started: no thread: Resource temporarily unavailable"
        );
    }
}
