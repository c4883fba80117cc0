//! The calls that the inventory answers.

use std::time::Duration;

use tonic::{Request, Response, Status, async_trait};
use tracing::{error, info, warn};

use super::proto::inventory_server;
use super::proto::{
    ListStockRequest, ReleaseRequest, ReleaseResponse, ReserveRequest, ReserveResponse, StockLevel,
};
use super::stock::{Refusal, Stock};
use crate::latency::simulate;

/// Answers calls with what is on the shelves.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) stock: Stock,
    /// How long it takes to reserve.
    pub(super) latency: Duration,
}

/// Each shelf's level is one message.
type Levels = tokio_stream::Iter<std::vec::IntoIter<Result<StockLevel, Status>>>;

#[async_trait]
impl inventory_server::Inventory for Service {
    async fn reserve(&self, request: Request<ReserveRequest>) -> Result<Response<ReserveResponse>, Status> {
        simulate(self.latency).await;
        let items = request.into_inner().items;
        self.stock.reserve(&items).await.map_err(refused)?;
        info!(stock.items_count = items.len(), "Reserved");
        Ok(Response::new(ReserveResponse {}))
    }

    async fn release(&self, request: Request<ReleaseRequest>) -> Result<Response<ReleaseResponse>, Status> {
        let items = request.into_inner().items;
        self.stock.release(&items).await.map_err(refused)?;
        info!(stock.items_count = items.len(), "Released");
        Ok(Response::new(ReleaseResponse {}))
    }

    type ListStockStream = Levels;

    async fn list_stock(&self, _: Request<ListStockRequest>) -> Result<Response<Levels>, Status> {
        let levels = self.stock.levels().await.map_err(|cause| refused(Refusal::Database(cause)))?;
        let levels: Vec<_> = levels.into_iter().map(|(item, left)| Ok(StockLevel { item, left })).collect();
        Ok(Response::new(tokio_stream::iter(levels)))
    }
}

/// That an item is sold out is a state of the warehouse, which may change; an item that it does not know is a mistake. A database that
/// is away may be back when the call is made again.
fn refused(refusal: Refusal) -> Status {
    let told = refusal.to_string();
    match &refusal {
        Refusal::Database(_) => {
            error!(error = &refusal as &dyn std::error::Error, "Failed to use the database");
            Status::unavailable(told)
        }
        Refusal::SoldOut(_) | Refusal::Unknown(_) => {
            warn!(error = &refusal as &dyn std::error::Error, "Refused");
            match refusal {
                Refusal::SoldOut(_) => Status::failed_precondition(told),
                _ => Status::not_found(told),
            }
        }
    }
}
