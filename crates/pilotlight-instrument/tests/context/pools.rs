//! Closures on other threads: one of their own, tokio's for blocking work, rayon's.

use crate::scene::{Scene, handed_over};
use opentelemetry::Context;
use pilotlight_instrument::context::{bind, in_context};
use rayon::prelude::*;

#[tokio::test]
async fn blocking_work_is_in_the_context_of_who_spawned_it() {
    let way =
        async |scene: Scene| tokio::task::spawn_blocking(bind(move || scene.work("blocking"))).await.unwrap();
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          blocking tenant=7                   (blocking) tenant=7                 ⇢ blocking tenant=7
        ",
    )
    .await;
}

#[tokio::test]
async fn a_thread_is_in_the_context_of_who_started_it() {
    let way = async |scene: Scene| std::thread::spawn(bind(move || scene.work("thread"))).join().unwrap();
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          thread tenant=7                     (thread) tenant=7                   ⇢ thread tenant=7
        ",
    )
    .await;
}

#[tokio::test]
async fn threads_that_borrow_are_in_the_context_they_were_given() {
    let way = async |scene: Scene| {
        let context = Context::current();
        std::thread::scope(|threads| {
            threads.spawn(|| in_context(&context, || scene.work("first")));
            threads.spawn(|| in_context(&context, || scene.work("second")));
        });
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          first tenant=7                      (first) tenant=7                    ⇢ first tenant=7
          second tenant=7                     (second) tenant=7                   ⇢ second tenant=7
        ",
    )
    .await;
}

#[tokio::test]
async fn both_sides_of_a_rayon_join_are_in_the_context_they_were_given() {
    let way = async |scene: Scene| {
        let context = Context::current();
        let side = |name| in_context(&context, || scene.work(name));
        on_the_pool(|| rayon::join(|| side("left"), || side("right")));
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          left tenant=7                       (left) tenant=7                     ⇢ left tenant=7
          right tenant=7                      (right) tenant=7                    ⇢ right tenant=7
        ",
    )
    .await;
}

#[tokio::test]
async fn what_a_rayon_scope_spawns_is_in_the_context_it_was_given() {
    let way = async |scene: Scene| {
        let context = Context::current();
        on_the_pool(|| {
            rayon::scope(|scope| {
                scope.spawn(|_| in_context(&context, || scene.work("first")));
                scope.spawn(|_| in_context(&context, || scene.work("second")));
            });
        });
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          first tenant=7                      (first) tenant=7                    ⇢ first tenant=7
          second tenant=7                     (second) tenant=7                   ⇢ second tenant=7
        ",
    )
    .await;
}

#[tokio::test]
async fn the_items_of_a_parallel_iterator_are_in_the_context_they_were_given() {
    let way = async |scene: Scene| {
        let context = Context::current();
        let work = |item: &str| in_context(&context, || scene.work(item));
        on_the_pool(|| ["item 1", "item 2", "item 3"].par_iter().for_each(|item| work(item)));
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          item 1 tenant=7                     (item 1) tenant=7                   ⇢ item 1 tenant=7
          item 2 tenant=7                     (item 2) tenant=7                   ⇢ item 2 tenant=7
          item 3 tenant=7                     (item 3) tenant=7                   ⇢ item 3 tenant=7
        ",
    )
    .await;
}

/// On rayon's threads, none of which is the caller's.
fn on_the_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap().install(work)
}
