//! What an order is called, from before it is written: so that it can be written again, and paid for again, without being two.

use sha2::{Digest, Sha256};

use super::error::{Error, Kind};

/// How long an `Idempotency-Key` may be: longer than any that is made by rule.
const KEY_BYTES_MAX: usize = 255;

/// `ord_` and 128 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderId(String);

impl OrderId {
    /// One that no other order has.
    pub(crate) fn random() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|cause| {
            Error::call(Kind::Overdue, "the system has no random numbers for the order's id", cause)
        })?;
        Ok(Self::of(u128::from_be_bytes(bytes)))
    }

    /// The one that this user's orders with this key have. Nobody finds another key, or another user, that leads to the same.
    pub(crate) fn of_key(user_id: &str, key: &[u8]) -> Result<Self, Error> {
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            let message = format!(
                "the Idempotency-Key has not between 1 and {KEY_BYTES_MAX} bytes; take a shorter one"
            );
            return Err(Error::new(Kind::InvalidKey, message));
        }
        let mut hash = Sha256::new();
        // The length keeps the two apart.
        hash.update((user_id.len() as u64).to_be_bytes());
        hash.update(user_id);
        hash.update(key);
        let hash = hash.finalize();
        Ok(Self::of(hash[..16].iter().fold(0, |number, byte| number << 8 | u128::from(*byte))))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn of(number: u128) -> Self {
        Self(format!("ord_{number:032x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_to_one_order_of_one_user() {
        let id = |user, key: &str| OrderId::of_key(user, key.as_bytes()).unwrap();

        assert_eq!(id("42", "key"), id("42", "key"));
        assert_ne!(id("42", "key"), id("43", "key"));
        assert_ne!(id("4", "2key"), id("42", "key"));
        assert_eq!(id("42", "key").as_str().len(), "ord_".len() + 32);
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        for key in [String::new(), "k".repeat(256)] {
            assert_eq!(OrderId::of_key("42", key.as_bytes()).unwrap_err().kind(), Kind::InvalidKey);
        }
    }

    #[test]
    fn no_two_are_the_same_without_a_key() {
        assert_ne!(OrderId::random().unwrap(), OrderId::random().unwrap());
    }
}
