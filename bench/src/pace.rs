//! Makes work at a steady rate.

use std::time::{Duration, Instant};

/// Asks `work` for `rate` pieces a second during `time`, in portions of about a hundred, and returns how many it asked for.
///
/// Portions rather than single pieces, because waking up costs more than a span; at least a millisecond apart,
/// because timers are not finer. A late portion makes up for what is due.
pub fn paced(rate: u64, time: Duration, mut work: impl FnMut(u64)) -> u64 {
    let total = due(rate, time);
    let between = Duration::from_secs_f64(100.0 / rate as f64).max(Duration::from_millis(1));
    let start = Instant::now();
    let mut made = 0;
    for portion in 1_u32.. {
        let now = due(rate, start.elapsed()).min(total);
        if now > made {
            work(now - made);
            made = now;
        }
        if made == total {
            break;
        }
        std::thread::sleep((start + between * portion).saturating_duration_since(Instant::now()));
    }
    made
}

fn due(rate: u64, elapsed: Duration) -> u64 {
    (rate as f64 * elapsed.as_secs_f64()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_due_is_asked_for_once() {
        let mut asked = 0;
        let made = paced(50_000, Duration::from_millis(20), |pieces| asked += pieces);
        assert_eq!((made, asked), (1_000, 1_000));
    }
}
