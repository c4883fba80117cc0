//! The inventory, as a client sees it.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used)]

mod support;

use shop::inventory::Inventory;
use shop::inventory::proto::inventory_client::InventoryClient;
use shop::inventory::proto::{ListStockRequest, ReleaseRequest, ReserveRequest};
use support::{command, in_background};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

type Client = InventoryClient<Channel>;

#[tokio::test]
async fn what_is_reserved_is_gone_until_it_is_released() {
    let mut client = start().await;

    client.reserve(ReserveRequest { items: items(["lamp", "lamp"]) }).await.unwrap();
    let between = stock(&mut client).await;
    client.release(ReleaseRequest { items: items(["lamp", "lamp"]) }).await.unwrap();

    assert_eq!(between, ["lamp 998", "oil 1000", "wick 1000", "sold-out 0"]);
    assert_eq!(stock(&mut client).await, ["lamp 1000", "oil 1000", "wick 1000", "sold-out 0"]);
}

#[tokio::test]
async fn a_refusal_has_the_code_of_its_kind_and_takes_nothing() {
    let mut client = start().await;

    let sold_out = client.reserve(ReserveRequest { items: items(["lamp", "sold-out"]) }).await.unwrap_err();
    let unknown = client.reserve(ReserveRequest { items: items(["lamp", "moon\n"]) }).await.unwrap_err();

    assert_eq!((sold_out.code(), unknown.code()), (Code::FailedPrecondition, Code::NotFound));
    assert_eq!(sold_out.message(), "the item \"sold-out\" cannot be reserved: none left");
    assert_eq!(unknown.message(), "the item \"moon\\n\" is not one that the warehouse knows");
    assert_eq!(stock(&mut client).await[0], "lamp 1000");
}

async fn start() -> Client {
    let command = command(&[]);
    let addr = in_background(Inventory::open(&command.inventory()).await.unwrap()).await;
    InventoryClient::new(Endpoint::from_shared(format!("http://{addr}")).unwrap().connect_lazy())
}

async fn stock(client: &mut Client) -> Vec<String> {
    let mut stream = client.list_stock(ListStockRequest {}).await.unwrap().into_inner();
    let mut levels = Vec::new();
    while let Some(level) = stream.message().await.unwrap() {
        levels.push(format!("{} {}", level.item, level.left));
    }
    levels
}

fn items<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).into()
}
