//! The calls that the inventory answers.

use std::sync::Arc;
use std::time::Duration;

use tonic::{Request, Response, Status, async_trait};
use tracing::{info, warn};

use super::proto::inventory_server;
use super::proto::{
    ListStockRequest, ReleaseRequest, ReleaseResponse, ReserveRequest, ReserveResponse, StockLevel,
};
use super::stock::{Refusal, Stock};
use crate::latency::simulate;

/// Answers calls with what is on the shelves.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) stock: Arc<Stock>,
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
        self.stock.reserve(&items).map_err(refused)?;
        info!(items.count = items.len(), "Reserved");
        Ok(Response::new(ReserveResponse {}))
    }

    async fn release(&self, request: Request<ReleaseRequest>) -> Result<Response<ReleaseResponse>, Status> {
        let items = request.into_inner().items;
        self.stock.release(&items).map_err(refused)?;
        info!(items.count = items.len(), "Released");
        Ok(Response::new(ReleaseResponse {}))
    }

    type ListStockStream = Levels;

    async fn list_stock(&self, _: Request<ListStockRequest>) -> Result<Response<Levels>, Status> {
        let levels: Vec<_> =
            self.stock.levels().map(|(item, left)| Ok(StockLevel { item: item.to_owned(), left })).collect();
        Ok(Response::new(tokio_stream::iter(levels)))
    }
}

/// That an item is sold out is a state of the warehouse, which may change; an item that it does not know is a mistake.
fn refused(refusal: Refusal) -> Status {
    warn!(error = &refusal as &dyn std::error::Error, "Refused");
    match refusal {
        Refusal::SoldOut(_) => Status::failed_precondition(refusal.to_string()),
        Refusal::Unknown(_) => Status::not_found(refusal.to_string()),
    }
}
