//! The inventory put together: its shelves, and its routes.

use std::sync::Arc;

use axum::Router;
use pilotlight_instrument::grpc::GrpcServerLayer;
use tonic::service::Routes;

use super::levels::Levels;
use super::metrics;
use super::proto::inventory_server::{InventoryServer, SERVICE_NAME};
use super::service::Service;
use super::stock::{MIGRATIONS, Stock};
use crate::cli::InventoryCommand;
use crate::database::Database;
use crate::failure::Failure;
use crate::serving::{Readiness, Role, Timeouts, health};

/// A warehouse that serves.
#[derive(Debug)]
pub struct Inventory {
    service: Service,
    readiness: Readiness,
    timeouts: Timeouts,
}

impl Inventory {
    /// Opens the database, to which the first delivery comes at the first start. Its spans and metrics go to the providers that are
    /// installed now: install them first. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the database cannot be opened, or does not answer in the time that it is given to start.
    pub async fn open(command: &InventoryCommand) -> Result<Arc<Self>, Failure> {
        let database = Database::open(&command.database, &[MIGRATIONS]).await?;
        let levels = Arc::new(Levels::default());
        metrics::observe(&levels);
        let stock = Stock::open(database, levels)
            .await
            .map_err(|cause| Failure::because("the stock cannot be read", cause))?;
        let service = Service { stock, latency: command.settings.inventory_latency };
        Ok(Arc::new(Self { service, readiness: Readiness::default(), timeouts: command.timeouts }))
    }
}

impl Role for Inventory {
    const TITLE: &'static str = "inventory";

    fn router(self: Arc<Self>) -> Router {
        let routes = Routes::new(InventoryServer::new(self.service.clone()));
        let spans = GrpcServerLayer::builder().services([SERVICE_NAME]).build();
        // Beside the calls, and not of them: for whoever has no client for gRPC at hand, as a container's health check.
        let health = health(self.readiness(), Some(self.service.stock.database().clone()));
        routes.into_axum_router().layer(spans).merge(health)
    }

    fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    async fn close(&self) {
        self.service.stock.database().close().await;
    }
}
