//! Several measurements as one: the median, and how far they lay apart.

/// A median with the least and the greatest measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Half of the measurements are below.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Summary {
    /// Sums up measurements; nothing when there are none.
    pub fn of(mut measured: Vec<f64>) -> Option<Self> {
        measured.sort_by(f64::total_cmp);
        let middle = measured.len() / 2;
        let (min, max) = (*measured.first()?, *measured.last()?);
        let median = match measured.len() % 2 {
            0 => (measured[middle - 1] + measured[middle]) / 2.0,
            _ => measured[middle],
        };
        Some(Self { median, min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let odd = Summary::of(vec![9.0, 1.0, 2.0]);
        let even = Summary::of(vec![4.0, 1.0, 2.0, 100.0]);
        assert_eq!(odd, Some(Summary { median: 2.0, min: 1.0, max: 9.0 }));
        assert_eq!(even, Some(Summary { median: 3.0, min: 1.0, max: 100.0 }));
        assert_eq!(Summary::of(vec![]), None);
    }
}
