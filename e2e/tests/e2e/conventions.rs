//! Everything that the shop emits, held against the semantic conventions.

use e2e::Receiver;
use e2e::conventions::violations;

use crate::shop_process::{GOOD_ORDER, Shop};
use crate::support::GRPC;

/// What the shop, and Pilotlight where there is no convention yet, name by themselves.
const OWN: [&str; 9] = [
    "shop.",
    "order.",
    "payment.",
    "validation.",
    "user_id",
    "action",
    "tokio.runtime.",
    "pilotlight.",
    "connections.",
];

#[test]
fn everything_the_shop_emits_keeps_to_the_conventions() {
    let receiver = Receiver::start();
    let shop = Shop::start(&receiver, GRPC);
    shop.ask("POST", "/api/orders", GOOD_ORDER);
    shop.stop();

    let found = violations(&receiver, &OWN);

    assert!(found.is_empty(), "{found:#?}");
}
