//! The gateway's client of the inventory.

use std::time::Duration;

use pilotlight_instrument::grpc::{GrpcCallService, GrpcClientLayer};
use reqwest::Url;
use tonic::transport::{self, Channel, Endpoint};
use tonic::{Code, Request, Response, Status, TimeoutExpired};
use tower::Layer;
use tower::util::MapErr;

use super::error::{Error, Kind};
use crate::inventory::proto::inventory_client::InventoryClient;
use crate::inventory::proto::{ListStockRequest, ReleaseRequest, ReserveRequest, StockLevel};

/// How often the connection is probed while nobody calls: often enough that the inventory does not close it for being idle.
const PROBE_INTERVAL: Duration = Duration::from_secs(20);

/// What an answer has to be complete after it was to begin: little, as answers are short, but enough that a call that is overdue ends
/// as such, and not because nobody waits for it any more.
const GRACE: Duration = Duration::from_millis(100);

/// A channel whose calls have spans.
type Calls = GrpcCallService<MapErr<Channel, fn(transport::Error) -> Status>>;

/// Calls the inventory over one connection, which is opened by the first call, and again after it broke.
#[derive(Clone, Debug)]
pub(crate) struct Inventory {
    client: InventoryClient<Calls>,
    timeout: Duration,
}

impl Inventory {
    /// Must be called inside a tokio runtime.
    pub(crate) fn new(url: &Url, timeout: Duration) -> Result<Self, Error> {
        let endpoint = endpoint(url, timeout).map_err(|cause| {
            let message = format!("the inventory cannot be called at {url}; check --inventory-url");
            Error::call(Kind::InventoryUnavailable, message, cause)
        })?;
        Ok(Self { client: InventoryClient::new(calls(&endpoint)), timeout })
    }

    /// Takes an order's items off the shelves: all of them, or none. One whose answer was lost may have been done all the same.
    pub(crate) async fn reserve(&self, items: &[String]) -> Result<(), Error> {
        let request = self.request(ReserveRequest { items: items.to_vec() });
        self.in_time(self.client.clone().reserve(request)).await.map(drop)
    }

    /// Puts back what was reserved.
    pub(crate) async fn release(&self, items: &[String]) -> Result<(), Error> {
        let request = self.request(ReleaseRequest { items: items.to_vec() });
        self.in_time(self.client.clone().release(request)).await.map(drop)
    }

    /// How many are left of each item.
    pub(crate) async fn stock(&self) -> Result<Vec<StockLevel>, Error> {
        let levels = async {
            let mut stream =
                self.client.clone().list_stock(self.request(ListStockRequest {})).await?.into_inner();
            let mut levels = Vec::new();
            while let Some(level) = stream.message().await? {
                levels.push(level);
            }
            Ok(Response::new(levels))
        };
        self.in_time(levels).await
    }

    /// A call with its deadline, which the inventory is told, too.
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    /// The channel keeps the time until an answer begins; this keeps it until the answer is complete.
    async fn in_time<T>(&self, call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, Error> {
        match tokio::time::timeout(self.timeout + GRACE, call).await {
            Ok(outcome) => outcome.map(Response::into_inner).map_err(failure),
            Err(_) => {
                let message = format!("the answer was not complete within {:?}", self.timeout);
                Err(failure(Status::deadline_exceeded(message)))
            }
        }
    }
}

fn endpoint(url: &Url, timeout: Duration) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(url.to_string())?;
    Ok(endpoint
        .connect_timeout(timeout)
        .http2_keep_alive_interval(PROBE_INTERVAL)
        .keep_alive_while_idle(true))
}

fn calls(endpoint: &Endpoint) -> Calls {
    let channel = MapErr::new(endpoint.connect_lazy(), overdue_as_such as fn(_) -> _);
    GrpcClientLayer::builder().endpoint(endpoint.uri()).build().layer(channel)
}

/// A channel says of a call that is overdue that it was cancelled; for gRPC, its deadline is exceeded.
fn overdue_as_such(error: transport::Error) -> Status {
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        if error.is::<TimeoutExpired>() {
            return Status::deadline_exceeded("the answer did not come in time");
        }
        cause = error.source();
    }
    Status::from_error(error.into())
}

/// What the inventory refuses is an answer; all else is a call that failed.
fn failure(status: Status) -> Error {
    match status.code() {
        Code::FailedPrecondition => Error::new(Kind::SoldOut, status.message()),
        Code::NotFound => Error::new(Kind::UnknownItem, status.message()),
        _ => {
            Error::call(Kind::InventoryUnavailable, "the inventory does not answer; try again later", status)
        }
    }
}
