//! The gateway put together: its parts, and its routes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use pilotlight_instrument::http::HttpServerLayer;
use tokio::task::JoinHandle;
use tracing::error;

use super::error::{Error, Kind};
use super::inventory::Inventory;
use super::metrics::{MessageMetrics, Metrics};
use super::orders::Orders;
use super::payments::Payments;
use super::relay::{Outlet, Relay};
use super::reservation::Reservations;
use super::routes::{orders, stock, users};
use super::spans::Spans;
use super::store::{MIGRATIONS, Store};
use crate::cli::GatewayCommand;
use crate::database::{Database, Migrations};
use crate::failure::Failure;
use crate::messages::{Nats, queue};
use crate::serving::{Readiness, Role, Timeouts, health};
use crate::worker::{self, Desk, Shipments, work_through_queue};

/// Everything a request may need.
#[derive(Debug)]
pub struct Gateway {
    pub(super) orders: Orders,
    back_room: BackRoom,
    pub(super) store: Store,
    pub(super) inventory: Inventory,
    pub(super) timeouts: Timeouts,
    readiness: Readiness,
    body_bytes_max: usize,
    outbox_drain: Duration,
}

/// What goes on behind the answers: messages go out, and without NATS the worker takes them in.
#[derive(Debug)]
struct BackRoom {
    relay: Arc<Relay>,
    nats: Option<Nats>,
    /// None once it is waited for, and where it is a program of its own.
    worker: Mutex<Option<JoinHandle<()>>>,
}

impl Gateway {
    /// Opens the database, creates and seeds it at the first start, and puts the parts together. The inventory and the payments are
    /// called when somebody orders, not before. What was left in the outbox is told now.
    ///
    /// The gateway's spans and metrics go to the providers that are installed now: install them first. Must be called inside a
    /// tokio runtime.
    ///
    /// # Errors
    /// When the database cannot be opened, or does not answer in the time that it is given to start; when the URL of another program, or
    /// of NATS, is not one to call.
    pub async fn open(command: &GatewayCommand) -> Result<Arc<Self>, Failure> {
        let GatewayCommand { settings, timeouts, .. } = command;
        let wrong = |error| Failure::because("the gateway cannot call the others", error);
        let spans = Spans::from_global();
        let inventory = Inventory::new(&settings.inventory_url, settings.inventory_timeout).map_err(wrong)?;
        let payments = Payments::new(&settings.payments_url, settings.payments_timeout).map_err(wrong)?;
        let nats = Nats::connect(&command.messages).await?;
        let store = Store::new(Database::open(&command.database, &tables(nats.is_none())).await?);
        let back_room = BackRoom::open(command, &store, nats);
        Ok(Arc::new(Self {
            orders: Orders {
                reservations: Reservations::new(inventory.clone(), spans.clone()),
                spans,
                metrics: Metrics::from_global(),
                payments,
                store: store.clone(),
                relay: back_room.relay.clone(),
            },
            back_room,
            store,
            inventory,
            timeouts: *timeouts,
            readiness: Readiness::default(),
            body_bytes_max: settings.body_bytes_max,
            outbox_drain: settings.outbox_drain,
        }))
    }
}

/// The gateway's tables, and the worker's where that is a task of the gateway.
fn tables(and_workers: bool) -> Vec<Migrations> {
    [MIGRATIONS].into_iter().chain(and_workers.then_some(worker::MIGRATIONS)).collect()
}

impl BackRoom {
    fn open(command: &GatewayCommand, store: &Store, nats: Option<Nats>) -> Self {
        let (outlet, worker) = match &nats {
            Some(nats) => (Outlet::Nats(Box::new(nats.clone())), None),
            None => {
                let (queue, messages, client) = queue();
                let desk =
                    Desk::new(Shipments::new(store.database().clone()), command.worker.shipping_latency);
                (Outlet::Queue(queue), Some(tokio::spawn(work_through_queue(desk, messages, client))))
            }
        };
        let relay = Arc::new(Relay::start(store.outbox(), outlet, MessageMetrics::from_global()));
        Self { relay, nats, worker: Mutex::new(worker) }
    }

    /// In the order of the flow: what is in the outbox is told, and what the worker was told, it finishes.
    async fn close(&self, time: Duration) {
        self.relay.finish(time).await;
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut worker) = worker
            && tokio::time::timeout(time, &mut worker).await.is_err()
        {
            worker.abort();
            // It ends at its next await, and what it had in hand is cancelled, in the spans as well.
            let _ = worker.await;
        }
        if let Some(nats) = &self.nats {
            nats.close().await;
        }
    }
}

impl Role for Gateway {
    // What it is to those who do not see behind it.
    const TITLE: &'static str = "shop";

    /// Health checks have spans too, here where every route is to be seen; a service that is probed every second would leave them out
    /// with `.filter(…)`.
    fn router(self: Arc<Self>) -> Router {
        router(self).layer(HttpServerLayer::new())
    }

    fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Waits for what is being put back and what is being told, and closes the database.
    async fn close(&self) {
        self.orders.reservations.settled().await;
        self.back_room.close(self.outbox_drain).await;
        self.store.database().close().await;
    }
}

/// The gateway's routes, without the layer that makes the server spans, for whoever puts another one around them.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .merge(health(gateway.readiness(), Some(gateway.store.database().clone())))
        .route("/api/users/{id}", get(users::show))
        .route("/api/stock", get(stock::list))
        .route("/api/orders", post(orders::create))
        .fallback(async || Error::new(Kind::UnknownRoute, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Error::new(Kind::MethodNotAllowed, "this method is not allowed here; see the Allow header")
        })
        .layer(DefaultBodyLimit::max(gateway.body_bytes_max))
        .layer(middleware::from_fn_with_state(gateway.clone(), answer_in_time))
        .with_state(gateway)
}

/// Gives a request the time to read its body plus the time to be answered, then answers in its place.
async fn answer_in_time(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let time = gateway.timeouts.read + gateway.timeouts.write;
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let error = Error::new(Kind::Overdue, "the answer took too long; try again later");
            error!(error = error.as_dyn(), "Failed to answer in time");
            error.into_response()
        }
    }
}
