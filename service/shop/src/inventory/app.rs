//! The inventory put together: its shelves, and its routes.

use std::sync::Arc;

use axum::Router;
use pilotlight_instrument::grpc::GrpcServerLayer;
use tonic::service::Routes;

use super::metrics;
use super::proto::inventory_server::{InventoryServer, SERVICE_NAME};
use super::service::Service;
use super::settings::Settings;
use super::stock::Stock;
use crate::serving::{Readiness, Role, Timeouts};

/// A warehouse that serves.
#[derive(Debug)]
pub struct Inventory {
    service: Service,
    readiness: Readiness,
    timeouts: Timeouts,
}

impl Inventory {
    /// A warehouse to which the first delivery has come. Its metrics go to the provider that is installed now: install it first.
    #[must_use]
    pub fn open(settings: &Settings, timeouts: Timeouts) -> Arc<Self> {
        let stock = Arc::new(Stock::delivered());
        metrics::observe(&stock);
        let service = Service { stock, latency: settings.inventory_latency };
        Arc::new(Self { service, readiness: Readiness::default(), timeouts })
    }
}

impl Role for Inventory {
    const TITLE: &'static str = "inventory";

    fn router(self: Arc<Self>) -> Router {
        let routes = Routes::new(InventoryServer::new(self.service.clone()));
        let spans = GrpcServerLayer::builder().services([SERVICE_NAME]).build();
        routes.into_axum_router().layer(spans)
    }

    fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn timeouts(&self) -> Timeouts {
        self.timeouts
    }
}
