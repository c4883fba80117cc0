//! Messages whose receivers know who sent them.

use crate::scene::{Scene, handed_over};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use pilotlight_instrument::context::{Carried, in_context, links};
use std::thread;
use tokio::sync::mpsc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_for_a_message_is_a_child_of_who_sent_it() {
    let way = async |scene: Scene| {
        let (sender, mut receiver) = mpsc::channel::<Carried<&'static str>>(2);
        let worker = tokio::spawn(async move {
            while let Some(message) = receiver.recv().await {
                message.with_parent_async(|name| scene.clone().task(name)).await;
                scene.work("tidied up");
            }
        });
        sender.send(Carried::new("handled")).await.unwrap();
        drop(sender);
        worker.await.unwrap();
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          handled tenant=7                    (handled) tenant=7                  ⇢ handled tenant=7
        tidied up                           (tidied up)                         tidied up
        ",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_for_a_message_has_a_trace_of_its_own_with_a_link_to_who_sent_it() {
    let way = async |scene: Scene| {
        let (sender, mut receiver) = mpsc::channel::<Carried<&'static str>>(2);
        let worker = tokio::spawn(async move {
            while let Some(message) = receiver.recv().await {
                let span = scene.tracer.span_builder("worker");
                let (inside, tracer) = (scene.clone(), &scene.tracer);
                let work = async move |name| {
                    inside.in_span("worker");
                    inside.task(name).await;
                };
                message.with_link_async(tracer, span, work).await;
            }
        });
        sender.send(Carried::new("handled")).await.unwrap();
        drop(sender);
        worker.await.unwrap();
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
        worker tenant=7 → request           (worker) tenant=7                   worker tenant=7 → caller
          handled tenant=7                    (handled) tenant=7                  handled tenant=7
        ",
    )
    .await;
}

#[tokio::test]
async fn threads_handle_messages_as_tasks_do() {
    let way = async |scene: Scene| {
        let (sender, receiver) = std::sync::mpsc::channel();
        let worker = thread::spawn(move || {
            let message: Carried<&str> = receiver.recv().unwrap();
            message.clone().with_parent(|name| scene.work(name));
            message
                .with_link(&scene.tracer, scene.tracer.span_builder("worker"), |_| scene.in_span("worker"));
        });
        sender.send(Carried::new("handled")).unwrap();
        worker.join().unwrap();
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
          handled tenant=7                    (handled) tenant=7                  ⇢ handled tenant=7
        worker tenant=7 → request           (worker) tenant=7                   worker tenant=7 → caller
        ",
    )
    .await;
}

#[tokio::test]
async fn a_batch_has_a_link_to_each_of_its_senders() {
    let way = async |scene: Scene| {
        let batch = [Carried::new(1), Carried::new(2), in_context(&Context::new(), || Carried::new(3))];
        thread::scope(|threads| {
            threads.spawn(|| {
                let span = scene.tracer.span_builder("worker").with_links(links(&batch));
                let context = Context::current_with_span(scene.tracer.build(span));
                in_context(&context, || scene.in_span("worker"));
            });
        });
    };
    handed_over(
        way,
        "
        sampled                             not sampled                         remote parent
        request tenant=7                    (request) tenant=7                  «caller» tenant=7
        worker → request                    (worker)                            worker → caller
        ",
    )
    .await;
}

#[tokio::test]
async fn a_message_that_waits_does_not_keep_its_senders_span_open() {
    let scene = Scene::sampled_as_the_parent();
    let span = scene.tracer.start("request");
    let context = Context::current_with_span(span);
    let message = async {
        scene.in_span("request");
        Carried::new("handled")
    }
    .with_context(context)
    .await;

    let finished_before_it_is_received = scene.exported();
    message.with_parent(|name| scene.work(name));

    assert_eq!(finished_before_it_is_received, ["request"]);
    assert_eq!(scene.exported(), ["request", "handled"]);
}
