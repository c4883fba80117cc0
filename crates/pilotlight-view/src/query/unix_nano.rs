//! A moment, as exact as OTLP's.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// Nanoseconds since 1970 UTC. In JSON a string of decimal digits, since JavaScript's numbers end at 2^53.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, example = "1763880000000000000")]
pub struct UnixNano(pub u64);

impl UnixNano {
    /// Milliseconds since 1970, as pages count.
    #[allow(clippy::cast_precision_loss)] // A page's time axis has no nanoseconds.
    pub fn milliseconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Serialize for UnixNano {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
