//! The worker put together: its intake, and its routes.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::intake::work_through_nats;
use super::shipments::{MIGRATIONS, Shipments};
use crate::cli::WorkerCommand;
use crate::database::Database;
use crate::failure::Failure;
use crate::messages::Nats;
use crate::serving::{Readiness, Role, Timeouts, health};

/// A worker that works.
#[derive(Debug)]
pub struct Worker {
    database: Database,
    nats: Nats,
    stopping: CancellationToken,
    /// None once it is waited for.
    intake: Mutex<Option<JoinHandle<()>>>,
    readiness: Readiness,
    timeouts: Timeouts,
}

impl Worker {
    /// Opens the database, and begins to ship what NATS hands out: now, or when it is there. Its spans and metrics go to the providers
    /// that are installed now: install them first. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Without a URL of NATS; when the database cannot be opened, or does not answer in the time that it is given to start.
    pub async fn open(command: &WorkerCommand) -> Result<Arc<Self>, Failure> {
        let Some(nats) = Nats::connect(&command.messages).await? else {
            return Err(Failure::new(
                "the worker has nobody to hear from: set NATS_URL; without it, the gateway is the worker",
            ));
        };
        let database = Database::open(&command.database, &[MIGRATIONS]).await?;
        let desk = Desk::new(Shipments::new(database.clone()), command.settings.shipping_latency);
        let stopping = CancellationToken::new();
        let intake = tokio::spawn(work_through_nats(desk, nats.clone(), stopping.clone()));
        Ok(Arc::new(Self {
            database,
            nats,
            stopping,
            intake: Mutex::new(Some(intake)),
            readiness: Readiness::default(),
            timeouts: command.timeouts,
        }))
    }
}

impl Role for Worker {
    const TITLE: &'static str = "worker";

    /// Nothing but its health: its work comes from NATS.
    fn router(self: Arc<Self>) -> Router {
        health(self.readiness(), Some(self.database.clone()))
    }

    fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Takes no more messages in, finishes those in hand for as long as requests in flight would be waited for, and closes the
    /// database. What is not finished then, NATS hands out again.
    async fn close(&self) {
        self.stopping.cancel();
        let intake = self.intake.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut intake) = intake
            && tokio::time::timeout(self.timeouts.drain, &mut intake).await.is_err()
        {
            intake.abort();
            // It ends at its next await, and what it had in hand is cancelled, in the spans as well.
            let _ = intake.await;
        }
        self.nats.close().await;
        self.database.close().await;
    }
}
