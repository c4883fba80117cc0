//! The message itself.

use serde::{Deserialize, Serialize};

/// An order was made and paid for.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct OrderCreated {
    pub(crate) order_id: String,
    pub(crate) user_id: String,
    pub(crate) items: Vec<String>,
    /// US dollars.
    pub(crate) total: f64,
}

impl OrderCreated {
    pub(crate) fn of(order_id: &str, user_id: &str, items: &[String], total: f64) -> Self {
        Self { order_id: order_id.to_owned(), user_id: user_id.to_owned(), items: items.to_vec(), total }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// `None` for what is no such message.
    pub(crate) fn from_json(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read_and_nothing_else() {
        let message = OrderCreated::of("ord_1", "42", &["lamp".into()], 9.5);

        assert_eq!(OrderCreated::from_json(message.to_json().as_bytes()), Some(message));
        assert_eq!(OrderCreated::from_json(b"{\"order_id\":4}"), None);
    }
}
