//! The instruments, by name.

use super::sample::Sample;
use crate::runtime::observables::{Observables, signed, text};
use crate::runtime::recent::Recent;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};
use std::time::{Duration, Instant};

pub(super) fn register(meter: &Meter, age_max: Duration) {
    let recent = Recent::new(Sample::first(), age_max);
    let instruments = Observables::new(meter, move || Some(recent.get(Instant::now(), Sample::after)));
    cpu(&instruments);
    memory(&instruments);
    counts(&instruments);
    kernel(&instruments);
    input_and_output(&instruments);
    age(&instruments);
}

fn cpu(instruments: &Observables<'_, Sample>) {
    let time = text("process.cpu.time", "s", "CPU time that the process used.");
    instruments.seconds(time, |sample, instrument| {
        if let Some(cpu) = sample.usage.cpu {
            by(
                instrument,
                "cpu.mode",
                [("user", cpu.user.as_secs_f64()), ("system", cpu.system.as_secs_f64())],
            );
        }
    });
    let share = "Share of the available CPUs' time that the process used since the previous collection.";
    instruments.gauge(text("process.cpu.utilization", "1", share), |sample, instrument| {
        if let Some(cpu) = sample.utilization {
            by(instrument, "cpu.mode", [("user", cpu.user), ("system", cpu.system)]);
        }
    });
}

fn memory(instruments: &Observables<'_, Sample>) {
    let resident = text("process.memory.usage", "By", "Physical memory in use.");
    instruments.up_down_counter(resident, |sample, instrument| {
        if let Some(memory) = sample.usage.memory {
            instrument.observe(signed(memory.resident_bytes), &[]);
        }
    });
    let address_space = text("process.memory.virtual", "By", "Committed virtual memory.");
    instruments.up_down_counter(address_space, |sample, instrument| {
        if let Some(memory) = sample.usage.memory {
            instrument.observe(signed(memory.virtual_bytes), &[]);
        }
    });
}

fn counts(instruments: &Observables<'_, Sample>) {
    let threads = text("process.thread.count", "{thread}", "Threads of the process.");
    instruments.up_down_counter(threads, |sample, instrument| {
        if let Some(threads) = sample.usage.threads {
            instrument.observe(signed(threads), &[]);
        }
    });
    let files = text(
        "process.unix.file_descriptor.count",
        "{file_descriptor}",
        "File descriptors the process has open.",
    );
    instruments.up_down_counter(files, |sample, instrument| {
        if let Some(files) = sample.usage.file_descriptors {
            instrument.observe(signed(files), &[]);
        }
    });
}

fn kernel(instruments: &Observables<'_, Sample>) {
    let switches =
        text("process.context_switches", "{context_switch}", "Times the process was switched away from.");
    instruments.counter(switches, |sample, instrument| {
        if let Some(switches) = sample.usage.context_switches {
            let values = [("voluntary", switches.voluntary), ("involuntary", switches.involuntary)];
            by(instrument, "process.context_switch.type", values);
        }
    });
    let faults = text("process.paging.faults", "{fault}", "Page faults the process has made.");
    instruments.counter(faults, |sample, instrument| {
        if let Some(faults) = sample.usage.faults {
            let values = [("major", faults.major), ("minor", faults.minor)];
            by(instrument, "system.paging.fault.type", values);
        }
    });
}

fn input_and_output(instruments: &Observables<'_, Sample>) {
    let disk = text("process.disk.io", "By", "Bytes that the process moved from and to disks.");
    instruments.counter(disk, |sample, instrument| {
        if let Some(disk) = sample.usage.disk {
            by(instrument, "disk.io.direction", [("read", disk.read), ("write", disk.written)]);
        }
    });
}

fn age(instruments: &Observables<'_, Sample>) {
    let uptime = text("process.uptime", "s", "Time since the process started.");
    instruments.gauge(uptime, |sample, instrument| {
        if let Some(uptime) = sample.usage.uptime {
            instrument.observe(uptime.as_secs_f64(), &[]);
        }
    });
}

/// Two observations that differ in one attribute.
fn by<T>(instrument: &dyn AsyncInstrument<T>, key: &'static str, values: [(&'static str, T); 2]) {
    for (value, measurement) in values {
        instrument.observe(measurement, &[KeyValue::new(key, value)]);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::runtime::collected::Metered;

    #[test]
    fn every_metric_is_reported_with_the_attributes_of_the_conventions() {
        let metered = Metered::new();
        register(&metered.meter(), Duration::ZERO);

        let mut points = metered.collect();

        // A sandbox may keep it to itself.
        points.retain(|key, _| !key.starts_with("process.disk.io"));
        let keys: Vec<_> = points.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "process.context_switches{process.context_switch.type=involuntary}",
                "process.context_switches{process.context_switch.type=voluntary}",
                "process.cpu.time{cpu.mode=system}",
                "process.cpu.time{cpu.mode=user}",
                "process.cpu.utilization{cpu.mode=system}",
                "process.cpu.utilization{cpu.mode=user}",
                "process.memory.usage",
                "process.memory.virtual",
                "process.paging.faults{system.paging.fault.type=major}",
                "process.paging.faults{system.paging.fault.type=minor}",
                "process.thread.count",
                "process.unix.file_descriptor.count",
                "process.uptime",
            ]
        );
    }

    #[test]
    fn disk_traffic_is_reported_exactly_where_the_kernel_tells_it() {
        let metered = Metered::new();
        register(&metered.meter(), Duration::ZERO);

        let points = metered.collect();

        let told = std::fs::read_to_string("/proc/self/io").is_ok();
        assert_eq!(points.contains_key("process.disk.io{disk.io.direction=read}"), told);
        assert_eq!(points.contains_key("process.disk.io{disk.io.direction=write}"), told);
    }

    #[test]
    fn a_busy_process_uses_part_of_the_available_cpus() {
        let metered = Metered::new();
        register(&metered.meter(), Duration::ZERO);
        let modes = ["process.cpu.utilization{cpu.mode=user}", "process.cpu.utilization{cpu.mode=system}"];

        // Collecting is the work. The kernel's clocks may tick as slowly as 100 times a second: most collections fall
        // between two ticks.
        let used = |_| modes.map(|mode| metered.collect()[mode]).iter().sum::<f64>() > 0.0;

        assert!((0..100_000).any(used));
    }
}
