//! How many different things there were, without remembering them.
//!
//! Each thing is known by a hash. Its first bits choose one of 4,096 registers; the register keeps the longest run of zeros that the
//! other bits ever began with. Many things make long runs likely, so the runs tell how many there were: within some 2 %, in 4 KiB. While
//! registers are still empty, their share tells it more exactly. (HyperLogLog, Flajolet and others, 2007.)

/// A count of different things.
#[derive(Debug, Clone)]
pub(crate) struct Distinct {
    registers: Box<[u8]>,
}

const BITS: u32 = 12;
const REGISTERS: usize = 1 << BITS;

impl Default for Distinct {
    fn default() -> Self {
        Self { registers: vec![0; REGISTERS].into() }
    }
}

impl Distinct {
    /// Counts a thing by its hash, of which all bits have to be good.
    pub(crate) fn add(&mut self, hash: u64) {
        let register = (hash >> (64 - BITS)) as usize;
        let run = (hash << BITS).leading_zeros().min(64 - BITS) as u8 + 1;
        self.registers[register] = self.registers[register].max(run);
    }

    /// About how many there were.
    pub(crate) fn count(&self) -> u64 {
        let registers = REGISTERS as f64;
        let empty = self.registers.iter().filter(|run| **run == 0).count();
        let sum: f64 = self.registers.iter().map(|run| f64::powi(2.0, -i32::from(*run))).sum();
        let estimate = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        if estimate <= 2.5 * registers && empty > 0 {
            return (registers * (registers / empty as f64).ln()).round() as u64;
        }
        estimate.round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Well mixed, and the same each time.
    fn hash(i: u64) -> u64 {
        let mut x = i.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn each_thing_is_counted_once_within_some_percent() {
        for (many, error_max) in [(0_u64, 0.0), (1, 0.0), (100, 0.03), (10_000, 0.06), (1_000_000, 0.06)] {
            let mut distinct = Distinct::default();
            (0..many).chain(0..many).for_each(|i| distinct.add(hash(i)));
            let error = (distinct.count() as f64 - many as f64).abs() / (many as f64).max(1.0);
            assert!(error <= error_max, "{many}: {error}");
        }
    }
}
