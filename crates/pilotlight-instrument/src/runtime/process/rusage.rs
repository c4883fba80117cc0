//! `getrusage`: what all threads of the process have used, those that ended too.

use super::usage::{ContextSwitches, CpuTime, Faults, Usage};
use nix::sys::resource::{self, UsageWho};
use nix::sys::time::TimeVal;
use std::time::Duration;

pub(super) fn read(usage: &mut Usage) {
    let Ok(used) = resource::getrusage(UsageWho::RUSAGE_SELF) else { return };
    usage.cpu = cpu_time(&used);
    usage.context_switches = context_switches(&used);
    usage.faults = faults(&used);
}

fn cpu_time(used: &resource::Usage) -> Option<CpuTime> {
    Some(CpuTime { user: duration(used.user_time())?, system: duration(used.system_time())? })
}

fn context_switches(used: &resource::Usage) -> Option<ContextSwitches> {
    Some(ContextSwitches {
        voluntary: used.voluntary_context_switches().try_into().ok()?,
        involuntary: used.involuntary_context_switches().try_into().ok()?,
    })
}

fn faults(used: &resource::Usage) -> Option<Faults> {
    Some(Faults {
        major: used.major_page_faults().try_into().ok()?,
        minor: used.minor_page_faults().try_into().ok()?,
    })
}

fn duration(time: TimeVal) -> Option<Duration> {
    let seconds = time.tv_sec().try_into().ok()?;
    let microseconds = time.tv_usec().try_into().ok()?;
    Some(Duration::from_secs(seconds) + Duration::from_micros(microseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint;

    fn now() -> Usage {
        let mut usage = Usage::default();
        read(&mut usage);
        usage
    }

    #[test]
    fn work_takes_cpu_time() {
        let spent = || now().cpu.map(|cpu| cpu.user + cpu.system).unwrap();
        let before = spent();

        // The clock of the threads may tick as slowly as 100 times a second.
        while spent() < before + Duration::from_millis(20) {
            hint::spin_loop();
        }

        assert!(spent() > before);
    }

    #[test]
    fn a_thread_that_waits_is_switched_away_from() {
        let switches = || now().context_switches.unwrap();
        let before = switches();

        // Each join waits for a thread that has not run yet, or has: some of them must have been waited for.
        while switches().voluntary == before.voluntary {
            std::thread::spawn(|| {}).join().unwrap();
        }

        assert!(switches().voluntary > before.voluntary);
        assert!(switches().involuntary >= before.involuntary);
    }

    #[test]
    fn touching_new_memory_faults() {
        let before = now().faults.unwrap();

        let touched = hint::black_box(vec![1u8; 16 << 20]);

        let after = now().faults.unwrap();
        assert!(after.minor > before.minor, "{before:?} {after:?}, {} bytes", touched.len());
        assert!(after.major >= before.major);
    }
}
