//! The memory that all requests in flight share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of bytes to be lent out. A clone is the same room.
#[derive(Debug, Clone)]
pub(super) struct Room {
    /// Bytes not lent. Publishes nothing but itself.
    free: Arc<AtomicUsize>,
}

/// Bytes lent to one request; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    room: Room,
    bytes: usize,
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self { free: Arc::new(AtomicUsize::new(bytes)) }
    }

    /// A lease of nothing yet.
    pub(super) fn lease(&self) -> Lease {
        Lease { room: self.clone(), bytes: 0 }
    }

    fn take(&self, bytes: usize) -> bool {
        self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| free.checked_sub(bytes)).is_ok()
    }
}

impl Lease {
    /// Takes more; false when there is not so much.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let taken = self.room.take(bytes);
        if taken {
            self.bytes += bytes;
        }
        taken
    }

    /// Gives back what is no longer needed.
    pub(super) fn give_back(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.room.free.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.room.free.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn what_a_request_took_is_free_again_when_it_is_done() {
        let room = Room::new(100);
        let (mut first, mut second) = (room.lease(), room.lease());
        assert!(first.grow(60) && first.grow(30));
        assert!(!second.grow(11));
        assert!(second.grow(10));
        drop(first);
        assert!(second.grow(90));
        assert!(!second.grow(1));
        second.give_back(40);
        assert!(room.lease().grow(40));
    }
}
