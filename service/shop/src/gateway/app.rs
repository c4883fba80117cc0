//! The gateway put together: its parts, and its routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use pilotlight_instrument::http::HttpServerLayer;
use tracing::error;

use super::error::{Error, Kind};
use super::inventory::Inventory;
use super::metrics::Metrics;
use super::orders::Orders;
use super::payments::Payments;
use super::routes::{orders, stock, users};
use super::settings::Settings;
use super::spans::Spans;
use super::store::Store;
use crate::serving::{Readiness, Role, Timeouts, health};

/// Everything a request may need.
#[derive(Debug)]
pub struct Gateway {
    pub(super) orders: Orders,
    pub(super) store: Store,
    pub(super) inventory: Inventory,
    pub(super) timeouts: Timeouts,
    readiness: Readiness,
    body_bytes_max: usize,
}

impl Gateway {
    /// Opens the database, creates and seeds it at the first start, and puts the parts together. The inventory and the payments are
    /// called when somebody orders, not before.
    ///
    /// The gateway's spans and metrics go to the providers that are installed now: install them first. Must be called inside a
    /// tokio runtime.
    ///
    /// # Errors
    /// When the database cannot be opened or created, or another program's URL is not one to call.
    pub async fn open(settings: &Settings, timeouts: Timeouts) -> Result<Arc<Self>, Error> {
        let spans = Spans::from_global();
        let metrics = Metrics::from_global();
        let store = Store::open(&settings.database_url, spans.clone(), metrics.clone()).await?;
        let inventory = Inventory::new(&settings.inventory_url, settings.inventory_timeout)?;
        let payments = Payments::new(&settings.payments_url, settings.payments_timeout)?;
        Ok(Arc::new(Self {
            orders: Orders { spans, metrics, inventory: inventory.clone(), payments, store: store.clone() },
            store,
            inventory,
            timeouts,
            readiness: Readiness::default(),
            body_bytes_max: settings.body_bytes_max,
        }))
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

    /// Waits for what is still being written, and closes the database.
    async fn close(&self) {
        self.store.close().await;
    }
}

/// The gateway's routes, without the layer that makes the server spans, for whoever puts another one around them.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/health", health(gateway.readiness()))
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
