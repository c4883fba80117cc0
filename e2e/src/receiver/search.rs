//! Whether something is anywhere in what was received: what must not leave a process.

use prost::Message;

use super::Receiver;
use super::points::Point;

impl Receiver {
    /// Whether `text` is in any byte that was taken: names, keys, values, bodies, resources, scopes, exemplars.
    pub fn holds(&self, text: &str) -> bool {
        assert!(!text.is_empty(), "everything holds nothing");
        let is_in = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        self.ledger.read(|book| {
            let spans = book.spans.iter().flat_map(|received| {
                [
                    received.resource.encode_to_vec(),
                    received.scope.encode_to_vec(),
                    received.span.encode_to_vec(),
                ]
            });
            let logs = book.logs.iter().flat_map(|received| {
                [
                    received.resource.encode_to_vec(),
                    received.scope.encode_to_vec(),
                    received.record.encode_to_vec(),
                ]
            });
            let points = book.points.iter().flat_map(|received| {
                let words = [&*received.name, &*received.description, &*received.unit].join("\n");
                [
                    received.resource.encode_to_vec(),
                    received.scope.encode_to_vec(),
                    words.into_bytes(),
                    bytes_of(&received.point),
                ]
            });
            spans.chain(logs).chain(points).any(is_in)
        })
    }
}

fn bytes_of(point: &Point) -> Vec<u8> {
    match point {
        Point::Gauge(point) | Point::Sum { point, .. } => point.encode_to_vec(),
        Point::Histogram { point, .. } => point.encode_to_vec(),
        Point::ExponentialHistogram { point, .. } => point.encode_to_vec(),
        Point::Summary(point) => point.encode_to_vec(),
    }
}
