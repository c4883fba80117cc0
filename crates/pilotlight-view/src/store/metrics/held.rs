//! Series that stay while others go: they tell what senders have lost, and nobody else knows it.

use super::Origin;
use super::canonical;
use super::series::Series;
use super::tally::Tally;
use crate::query::losses;
use foldhash::fast::RandomState;
use hashbrown::HashSet;

/// What is to stay.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// What these series can take, when all of their points but the newest have gone.
    bytes: usize,
    /// Services of which a series stays that counts no loss.
    services: HashSet<String, RandomState>,
}

/// The part of the memory that they may take. Beyond it, new ones are series like all others.
const PART: usize = 8;

impl Held {
    /// Whether a new series of sums is to stay, within so many bytes of memory for all metrics. Of those that count what was not lost,
    /// one of each service says that the service tells of its losses.
    pub(super) fn takes(&mut self, name: &str, origin: &Origin, attributes: &[u8], bytes_max: usize) -> bool {
        if !losses::are_told_by(name) {
            return false;
        }
        let texts = 2 * origin.texts_bytes() + origin.service.len() + attributes.len();
        let bytes = size_of::<Series>() + Tally::BYTES_MAX + texts;
        let fits = self.bytes + bytes <= bytes_max / PART;
        let stays = fits && (is_loss(attributes) || self.services.insert(origin.service.clone()));
        self.bytes += if stays { bytes } else { 0 };
        stays
    }
}

fn is_loss(attributes: &[u8]) -> bool {
    canonical::keys(attributes).any(|key| key == losses::REASON)
}
