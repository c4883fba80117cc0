//! Futures and streams: awaited, spawned, raced, polled by others.

use crate::scene::{Scene, handed_over};
use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use pilotlight_instrument::context::{bind_future, bind_stream};
use tokio::task::JoinSet;

#[tokio::test]
async fn what_is_awaited_is_in_the_context() {
    let way = async |scene: Scene| scene.task("awaited").await;
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          awaited tenant=7                    (awaited) tenant=7                  ⇢ awaited tenant=7
        ",
    )
    .await;
}

/// Why there are helpers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_spawned_bare_loses_its_trace_and_its_baggage() {
    let way = async |scene: Scene| tokio::spawn(scene.task("task")).await.unwrap();
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
        task                                (task)                              task
        ",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bound_task_is_in_the_context_of_who_spawned_it() {
    let way = async |scene: Scene| tokio::spawn(bind_future(scene.task("task"))).await.unwrap();
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          task tenant=7                       (task) tenant=7                     ⇢ task tenant=7
        ",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tasks_of_a_join_set_are_in_the_context_of_who_spawned_them() {
    let way = async |scene: Scene| {
        let mut tasks = JoinSet::new();
        for name in ["first", "second"] {
            tasks.spawn(bind_future(scene.clone().task(name)));
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aborted_task_cleans_up_in_the_context_of_who_spawned_it() {
    let way = async |scene: Scene| {
        let cleans_up = scene.at_the_end("cleaned up");
        let task = tokio::spawn(bind_future(waits_for_ever(cleans_up)));
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          cleaned up tenant=7                 (cleaned up) tenant=7               ⇢ cleaned up tenant=7
        ",
    )
    .await;
}

/// Raced by a task without a context, as by an actor that waits for work of many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wins_and_who_loses_a_select_are_each_in_their_context() {
    let way = async |scene: Scene| {
        let loses = bind_future(waits_for_ever(scene.at_the_end("lost")));
        let wins = bind_future(scene.task("won"));
        let race = async {
            tokio::select! {
                () = wins => {}
                () = loses => {}
            }
        };
        tokio::spawn(race).await.unwrap();
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          lost tenant=7                       (lost) tenant=7                     ⇢ lost tenant=7
          won tenant=7                        (won) tenant=7                      ⇢ won tenant=7
        ",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_that_another_task_polls_are_in_the_context_of_who_made_them() {
    let way = async |scene: Scene| {
        let futures: FuturesUnordered<_> =
            ["first", "second"].map(|name| bind_future(scene.clone().task(name))).into_iter().collect();
        tokio::spawn(futures.collect::<Vec<()>>()).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_another_task_polls_is_in_the_context_of_who_made_it() {
    let way = async |scene: Scene| {
        let rows = stream::iter(["row 1", "row 2"]).then(move |row| scene.clone().task(row));
        tokio::spawn(bind_stream(rows).collect::<Vec<()>>()).await.unwrap();
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          row 1 tenant=7                      (row 1) tenant=7                    ⇢ row 1 tenant=7
          row 2 tenant=7                      (row 2) tenant=7                    ⇢ row 2 tenant=7
        ",
    )
    .await;
}

async fn waits_for_ever<T>(_kept: T) {
    std::future::pending().await
}
