//! The shop put together: its parts, and its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tracing::error;

use crate::error::{Error, Kind};
use crate::inventory::Inventory;
use crate::metrics::Metrics;
use crate::orders::Orders;
use crate::payments::Payments;
use crate::readiness::Readiness;
use crate::routes::{health, orders, users};
use crate::settings::{Settings, Timeouts};
use crate::spans::Spans;
use crate::stock::Stock;
use crate::store::Store;

/// Everything a request may need.
#[derive(Debug)]
pub struct Shop {
    pub(crate) orders: Orders,
    pub(crate) store: Store,
    pub(crate) readiness: Readiness,
    pub(crate) timeouts: Timeouts,
    body_bytes_max: usize,
}

impl Shop {
    /// Opens the database, creates and seeds it at the first start, and puts the parts together.
    ///
    /// The shop's spans and metrics go to the providers that are installed now: install them first.
    ///
    /// # Errors
    /// When the database cannot be opened or created.
    pub async fn open(settings: &Settings) -> Result<Arc<Self>, Error> {
        let spans = Spans::from_global();
        let stock = Arc::new(Stock::delivered());
        let metrics = Metrics::from_global(&stock);
        let store = Store::open(&settings.database_url, spans.clone(), metrics.clone()).await?;
        let inventory = Inventory { latency: settings.inventory_latency, stock };
        let payments = Payments { latency: settings.payment_latency, limit: settings.payment_limit };
        Ok(Arc::new(Self {
            orders: Orders { spans, metrics, inventory, payments, store: store.clone() },
            store,
            readiness: Readiness::default(),
            timeouts: settings.timeouts,
            body_bytes_max: settings.body_bytes_max,
        }))
    }

    /// What `/health` reports, for the server that turns it off.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Waits for what is still being written, and closes the database.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// The shop's routes. A layer that makes the server spans goes around this router.
pub fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/health", get(health::check))
        .route("/api/users/{id}", get(users::show))
        .route("/api/orders", post(orders::create))
        .fallback(async || Error::new(Kind::UnknownRoute, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Error::new(Kind::MethodNotAllowed, "this method is not allowed here; see the Allow header")
        })
        .layer(DefaultBodyLimit::max(shop.body_bytes_max))
        .layer(middleware::from_fn_with_state(shop.clone(), answer_in_time))
        .with_state(shop)
}

/// Gives a request the time to read its body plus the time to be answered, then answers in its place.
async fn answer_in_time(State(shop): State<Arc<Shop>>, request: Request, next: Next) -> Response {
    let time = shop.timeouts.read + shop.timeouts.write;
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let error = Error::new(Kind::Overdue, "the answer took too long; try again later");
            error!(error = error.as_dyn(), "Failed to answer in time");
            error.into_response()
        }
    }
}

/// Takes as long as a call to another service would. Zero does not even yield to the scheduler: benches measure
/// the shop, not the timer.
pub(crate) async fn simulate(latency: Duration) {
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
}
