//! The messages, the client and the server of `proto/inventory.proto`, as they are generated. A test generates them anew, and compares.

// Nobody writes or reads them as code of ours.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

include!("shop.inventory.v1.rs");
