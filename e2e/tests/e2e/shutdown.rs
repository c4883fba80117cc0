//! Shutdown returns within its deadline, wherever it is called and whatever the receiver does, and tells the truth.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use e2e::{Behaviour, Receiver};
use pilotlight::Report;
use pilotlight::sdk::record::TracerProvider;
use tokio::runtime::Builder;

use crate::support::{GRACE, GRPC, HTTP, PLENTY, assert_adds_up, assert_agrees, make_spans, provider};

/// Shuts down and sees to it that the deadline is kept.
fn shut_down_within(provider: &TracerProvider, timeout: Duration) -> Report {
    let began = Instant::now();
    let report = provider.shutdown(timeout);
    assert!(began.elapsed() < timeout + GRACE, "{:?} instead of {timeout:?}: {report}", began.elapsed());
    report
}

#[test]
fn a_collector_that_is_down_is_given_up_before_the_deadline() {
    for protocol in [GRPC, HTTP] {
        let receiver = Receiver::dead();
        let provider = provider(&receiver, protocol, &[]);

        make_spans(&provider, 2_000);
        let report = shut_down_within(&provider, Duration::from_secs(8));

        assert_adds_up(&report, 2_000);
        assert_eq!(report.exporters[0].dropped.shutdown, 2_000, "{report}");
        assert!(report.exporters[0].in_time, "{report}");
        assert!(report.to_string().contains("connection refused"), "{report}");
    }
}

#[test]
fn a_collector_that_never_answers_costs_the_deadline_and_no_more() {
    for protocol in [GRPC, HTTP] {
        let receiver = Receiver::start();
        receiver.behave(Behaviour::KeepSilent);
        let provider = provider(&receiver, protocol, &[]);

        make_spans(&provider, 2_000);
        let report = shut_down_within(&provider, Duration::from_millis(700));

        assert_adds_up(&report, 2_000);
        assert_eq!(report.exporters[0].dropped.shutdown, 2_000, "{report}");
        assert!(report.exporters[0].in_time, "{report}");
        assert!(report.to_string().contains("had not answered"), "{report}");
    }
}

#[test]
fn a_collector_that_answers_slowly_gets_everything_there_is_time_for() {
    for protocol in [GRPC, HTTP] {
        let receiver = Receiver::start();
        receiver.behave(Behaviour::TakeSlowly(Duration::from_millis(300)));
        let provider = provider(&receiver, protocol, &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100")]);

        make_spans(&provider, 300);
        let report = shut_down_within(&provider, PLENTY);

        assert!(report.is_complete(), "{report}");
        assert_agrees(&report, &receiver, 300);
    }
}

#[test]
fn a_collector_too_slow_for_the_deadline_leaves_a_loss_that_is_reported() {
    for protocol in [GRPC, HTTP] {
        let receiver = Receiver::start();
        receiver.behave(Behaviour::TakeSlowly(Duration::from_millis(400)));
        let provider = provider(&receiver, protocol, &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100")]);

        make_spans(&provider, 1_000);
        let report = shut_down_within(&provider, Duration::from_secs(1));

        assert_agrees(&report, &receiver, 1_000);
        assert!(report.exporters[0].dropped.shutdown > 0, "{report}");
    }
}

#[test]
fn shutdown_ends_the_wait_between_two_attempts() {
    for protocol in [GRPC, HTTP] {
        let receiver = Receiver::start();
        receiver.answer_next([Behaviour::UnavailableFor(Duration::from_secs(20))]);
        let provider = provider(&receiver, protocol, &[("OTEL_BSP_SCHEDULE_DELAY", "1")]);

        make_spans(&provider, 10);
        receiver.wait_for_requests(1);
        let report = shut_down_within(&provider, Duration::from_secs(5));

        assert!(report.is_complete(), "{report}");
        assert_eq!(receiver.spans().len(), 10);
    }
}

#[test]
fn a_pause_the_collector_asked_for_does_not_outlast_the_shutdown() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, HTTP, &[("OTEL_BSP_EXPORT_TIMEOUT", "100")]);
    receiver.answer_next([Behaviour::UnavailableFor(Duration::from_secs(3600))]);
    make_spans(&provider, 1);
    assert!(provider.force_flush(PLENTY).is_err());

    make_spans(&provider, 2);
    let report = shut_down_within(&provider, Duration::from_secs(5));

    assert!(report.exporters[0].in_time, "{report}");
    assert_eq!((report.exported(), report.dropped()), (2, 1), "{report}");
}

#[test]
fn a_current_thread_runtime_can_shut_down_by_blocking() {
    for protocol in [GRPC, HTTP] {
        let receiver = Receiver::start();
        let provider = provider(&receiver, protocol, &[]);

        let report = Builder::new_current_thread().build().unwrap().block_on(async {
            make_spans(&provider, 100);
            shut_down_within(&provider, PLENTY)
        });

        assert!(report.is_complete(), "{report}");
        assert_agrees(&report, &receiver, 100);
    }
}

#[test]
fn a_spawned_task_can_shut_down_by_blocking() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, GRPC, &[]);
    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();

    let report = runtime.block_on(async move {
        let task = tokio::spawn(async move {
            make_spans(&provider, 100);
            shut_down_within(&provider, PLENTY)
        });
        task.await.unwrap()
    });

    assert!(report.is_complete(), "{report}");
    assert_agrees(&report, &receiver, 100);
}

#[test]
fn shutdown_async_leaves_a_current_thread_runtime_to_others() {
    let receiver = Receiver::start();
    receiver.behave(Behaviour::KeepSilent);
    let provider = provider(&receiver, GRPC, &[("OTEL_BSP_SCHEDULE_DELAY", "1")]);
    make_spans(&provider, 10);
    receiver.wait_for_requests(1);

    let (report, others) = Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
        let others = tokio::spawn(async {
            tokio::task::yield_now().await;
            Instant::now()
        });
        let report = provider.shutdown_async(Duration::from_millis(500)).await;
        (report, others.await.unwrap())
    });

    assert!(others.elapsed() >= Duration::from_millis(400), "the other task had to wait");
    assert_adds_up(&report, 10);
    assert_eq!(report.dropped(), 10, "{report}");
}

#[test]
fn a_shutdown_whose_future_is_dropped_goes_on() {
    let receiver = Receiver::start();
    receiver.behave(Behaviour::TakeSlowly(Duration::from_millis(200)));
    let provider = provider(&receiver, GRPC, &[]);
    make_spans(&provider, 10);

    Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
        let shutdown = provider.shutdown_async(PLENTY);
        assert!(tokio::time::timeout(Duration::from_millis(1), shutdown).await.is_err());
    });

    receiver.wait_for_spans(10);
    assert!(provider.shutdown(PLENTY).is_complete());
}

#[test]
fn a_second_shutdown_answers_at_once_and_with_the_same_report() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, GRPC, &[]);
    make_spans(&provider, 10);

    let first = provider.shutdown(PLENTY);
    make_spans(&provider, 5);
    let second = shut_down_within(&provider, Duration::ZERO);

    assert!(first.is_complete(), "{first}");
    assert_eq!(first, second);
    assert!(provider.force_flush(PLENTY).unwrap_err().is_shut_down());
}

#[test]
fn shutdowns_at_the_same_time_all_get_the_same_report() {
    for _ in 0..50 {
        let receiver = Receiver::start();
        let provider = provider(&receiver, HTTP, &[]);
        make_spans(&provider, 10);
        let together = Barrier::new(4);

        let reports: Vec<Report> = std::thread::scope(|scope| {
            let shut_down = || {
                together.wait();
                provider.shutdown(PLENTY)
            };
            let callers: Vec<_> = (0..4).map(|_| scope.spawn(shut_down)).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });

        for report in reports {
            assert!(report.is_complete() && report.exported() == 10, "{report}");
        }
    }
}

#[test]
fn a_deadline_beyond_what_a_clock_can_hold_is_no_panic() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, GRPC, &[]);
    make_spans(&provider, 10);

    provider.force_flush(Duration::MAX).unwrap();
    let report = provider.shutdown(Duration::MAX);

    assert!(report.is_complete() && report.exported() == 10, "{report}");
}

#[test]
fn dropping_the_last_provider_delivers() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, GRPC, &[]);
    make_spans(&provider, 10);

    drop(provider);

    assert_eq!(receiver.spans().len(), 10);
}

#[test]
fn flushes_from_many_threads_deliver_what_each_had_made() {
    let receiver = Receiver::start();
    let provider = provider(&receiver, GRPC, &[]);
    let together = Barrier::new(16);

    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                make_spans(&provider, 100);
                together.wait();
                provider.force_flush(PLENTY).unwrap();
            });
        }
    });

    assert_eq!(receiver.unique_spans(), 1_600);
    assert!(provider.shutdown(PLENTY).is_complete());
}

#[test]
fn flushes_that_nobody_waits_for_any_more_do_not_hold_up_the_shutdown() {
    let receiver = Receiver::dead();
    let provider = provider(&receiver, GRPC, &[]);
    for _ in 0..50 {
        make_spans(&provider, 1);
        assert!(provider.force_flush(Duration::ZERO).unwrap_err().is_timeout());
    }

    let began = Instant::now();
    let report = provider.shutdown(PLENTY);

    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(report.dropped(), 50, "{report}");
}

#[test]
fn spans_of_threads_that_end_with_the_provider_are_not_lost() {
    let receiver = Receiver::start();
    for _ in 0..200 {
        let provider = provider(&receiver, HTTP, &[]);

        // A scope waits for its threads' work, and not for what they clean up.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| make_spans(&provider, 1));
            }
        });
        let report = provider.shutdown(PLENTY);

        assert!(report.is_complete() && report.exported() == 4, "{report}");
    }
}
