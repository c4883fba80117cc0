//! The process's subscriber and logger, which are installed once and outlive every guard.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use pilotlight_sdk::Error;
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use tracing::dispatcher;
use tracing::subscriber::NoSubscriber;

use crate::InitError;

/// Where the subscriber and the logger lead: to the providers of the guard that is held.
pub(crate) static BRIDGE: LazyLock<Bridge> = LazyLock::new(Bridge::new);

/// What passes. `init` puts the filters of its settings into it.
pub(crate) static FILTERS: LazyLock<Filters> =
    LazyLock::new(|| Filters::new(Filters::DEFAULT, Filters::DEFAULT).0);

/// Whether the process's subscriber is ours alone. Relaxed: it publishes nothing, and is used by who holds the claim.
static IS_OURS_ALONE: AtomicBool = AtomicBool::new(false);

/// Whose the current subscriber is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// There is none.
    Nothing,
    /// The one that [`install`] installed.
    Ours,
    /// Somebody's, with our layer among others.
    Shared,
    /// Somebody's that Pilotlight is no part of.
    Foreign,
}

pub(crate) fn find() -> Found {
    dispatcher::get_default(|subscriber| match () {
        () if subscriber.is::<NoSubscriber>() => Found::Nothing,
        () if !BRIDGE.is_in(subscriber) => Found::Foreign,
        () if IS_OURS_ALONE.load(Ordering::Relaxed) => Found::Ours,
        () => Found::Shared,
    })
}

/// Makes ours the subscriber of the whole process.
pub(crate) fn install() -> Result<(), InitError> {
    tracing::subscriber::set_global_default(BRIDGE.subscriber(&FILTERS))
        .map_err(|_| InitError::subscriber_installed())?;
    IS_OURS_ALONE.store(true, Ordering::Relaxed);
    Ok(())
}

/// Makes ours the logger of the whole process, unless it is already.
#[cfg(feature = "log")]
pub(crate) fn install_logger() -> Result<(), Error> {
    use pilotlight_sdk::bridge::LogBridge;
    use std::sync::{Mutex, PoisonError};

    /// Held while it is installed, so that of two at once the second finds it done.
    static IS_INSTALLED: Mutex<bool> = Mutex::new(false);

    let mut is_installed = IS_INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_installed {
        LogBridge::new(&BRIDGE, &FILTERS).install()?;
        *is_installed = true;
    }
    Ok(())
}

/// There is no bridge for it in this build.
#[cfg(not(feature = "log"))]
pub(crate) fn install_logger() -> Result<(), Error> {
    Ok(())
}
