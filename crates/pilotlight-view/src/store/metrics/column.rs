//! The points of one series, by time.

use super::point::{Heap, Point};
use std::cmp::Ordering;
use std::collections::VecDeque;

/// Points by time. Between [`push`](Self::push) and [`settle`](Self::settle) late ones may be at the end.
#[derive(Debug, Clone)]
pub(crate) struct Column<V> {
    points: VecDeque<Point<V>>,
    /// Bytes that the values point to.
    heap_bytes: usize,
    /// So many of the first are by time and start, no two of both the same; a late one and what came after it are behind them.
    settled: usize,
    /// Points that were there already, with another value: two senders take themselves for one.
    contradicted: u64,
}

/// So many late points find their places one by one. Others have to move for each, so that for more it is quicker to sort them all.
const FEW: usize = 16;

impl<V> Default for Column<V> {
    fn default() -> Self {
        Self { points: VecDeque::new(), heap_bytes: 0, settled: 0, contradicted: 0 }
    }
}

impl<V: Heap + PartialEq> Column<V> {
    /// Takes a point. One of the same time and start takes the place of the one before: what is sent again is not counted twice.
    pub(super) fn push(&mut self, point: Point<V>) {
        let was_settled = self.is_settled();
        let order = self.points.back().map(|last| order(&point).cmp(&order(last)));
        self.heap_bytes += point.value.heap_bytes();
        if order == Some(Ordering::Equal) {
            self.take_back(&point);
        }
        self.points.push_back(point);
        if was_settled && order != Some(Ordering::Less) {
            self.settled = self.points.len();
        }
    }

    /// Puts late points where they belong. A few that are late by little, or older than most, cost next to nothing.
    pub(super) fn settle(&mut self) {
        if self.points.len() - self.settled <= FEW {
            let late = self.points.split_off(self.settled);
            late.into_iter().for_each(|point| self.put_in_place(point));
        } else {
            self.sort();
        }
        self.settled = self.points.len();
    }

    fn put_in_place(&mut self, point: Point<V>) {
        let place = self.points.partition_point(|known| order(known) < order(&point));
        match self.points.get_mut(place).filter(|known| order(known) == order(&point)) {
            Some(known) => {
                self.heap_bytes -= known.value.heap_bytes();
                self.contradicted += u64::from(known.value != point.value);
                *known = point;
            }
            None => self.points.insert(place, point),
        }
    }

    /// As quick as a pass over the points when few were late.
    fn sort(&mut self) {
        self.points.make_contiguous().sort_by_key(order);
        let mut in_order = VecDeque::with_capacity(self.points.len());
        std::mem::swap(&mut self.points, &mut in_order);
        for point in in_order {
            if self.points.back().is_some_and(|last| order(last) == order(&point)) {
                self.take_back(&point);
            }
            self.points.push_back(point);
        }
    }

    /// Lets go of the first ones, of a settled column.
    pub(super) fn drop_oldest(&mut self, many: usize) {
        let many = many.min(self.points.len());
        let freed: usize = self.points.drain(..many).map(|p| p.value.heap_bytes()).sum();
        self.heap_bytes -= freed;
        self.settled -= many;
        if self.points.capacity() > 2 * self.points.len() {
            self.points.shrink_to(self.points.len() + self.points.len() / 4);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.points.capacity() * size_of::<Point<V>>() + self.heap_bytes
    }

    fn take_back(&mut self, for_this: &Point<V>) {
        if let Some(taken) = self.points.pop_back() {
            self.heap_bytes -= taken.value.heap_bytes();
            self.contradicted += u64::from(taken.value != for_this.value);
        }
    }
}

impl<V> Column<V> {
    /// By time.
    pub(crate) fn iter(&self) -> std::collections::vec_deque::Iter<'_, Point<V>> {
        self.points.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.points.len()
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled == self.points.len()
    }

    /// How many points were there already with another value.
    pub(crate) fn contradicted(&self) -> u64 {
        self.contradicted
    }
}

fn order<V>(point: &Point<V>) -> (u64, u64) {
    (point.time, point.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(column: &Column<f64>) -> Vec<(u64, f64)> {
        column.iter().map(|point| (point.time, point.value)).collect()
    }

    fn column(points: &[(u64, f64)]) -> Column<f64> {
        let mut column = Column::default();
        for (time, value) in points {
            column.push(Point { start: 1, time: *time, value: *value });
        }
        column.settle();
        column
    }

    #[test]
    fn late_points_find_their_place() {
        assert_eq!(times(&column(&[(10, 1.0), (30, 3.0), (20, 2.0)])), [(10, 1.0), (20, 2.0), (30, 3.0)]);
    }

    #[test]
    fn what_is_sent_again_is_there_once_and_another_value_is_noticed() {
        let same = column(&[(10, 1.0), (10, 1.0), (20, 2.0), (10, 1.0)]);
        assert_eq!((times(&same), same.contradicted()), (vec![(10, 1.0), (20, 2.0)], 0));
        let other = column(&[(10, 1.0), (20, 2.0), (10, 7.0)]);
        assert_eq!((times(&other), other.contradicted()), (vec![(10, 7.0), (20, 2.0)], 1));
    }

    #[test]
    fn many_late_points_find_their_places_as_few_do() {
        let mut points: Vec<(u64, f64)> = (0..200).map(|i| (i * 2, 0.0)).collect();
        points.extend((0..150).map(|i| (i * 3, 1.0)));
        let mut one_by_one = Column::default();
        for (time, value) in &points {
            one_by_one.push(Point { start: 1, time: *time, value: *value });
            one_by_one.settle();
        }
        let at_once = column(&points);
        assert_eq!(times(&one_by_one), times(&at_once));
        assert_eq!(one_by_one.contradicted(), at_once.contradicted());
        assert!(times(&at_once).windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn points_that_are_each_a_little_late_do_not_take_forever() {
        let mut column = Column::default();
        for time in (0..100_000).map(|i| if i % 2 == 0 { i + 2_000 } else { i }) {
            column.push(Point { start: 1, time, value: 0.0 });
            column.settle();
        }
        assert_eq!(column.len(), 100_000);
    }

    #[test]
    fn memory_is_given_back_with_the_oldest_points() {
        let mut many = column(&(0..10_000).map(|i| (i, 0.0)).collect::<Vec<_>>());
        let before = many.bytes();
        many.drop_oldest(9_000);
        assert_eq!(many.len(), 1_000);
        assert_eq!(many.iter().next().map(|point| point.time), Some(9_000));
        assert!(many.bytes() < before / 4);
    }
}
