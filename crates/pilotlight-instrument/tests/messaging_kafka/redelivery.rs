//! Consumers that go away before they commit.

use crate::broker::{config, create_topic};
use crate::recorded::Recorded;
use crate::support::{consumer, process, producer, send, shop};
use rdkafka::ClientConfig;
use rdkafka::consumer::CommitMode;
use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, stdin};
use std::process::{Child, Command, Stdio};

#[tokio::test]
async fn what_a_consumer_did_not_commit_another_gets_again_at_the_same_offset() {
    let recorded = Recorded::new();
    let (producer, first) = shop(&recorded, "again").await;
    send(&producer, "again", "created").await;
    let message = first.recv().await.unwrap();
    // It goes away in the middle of its work.
    drop(message.process());
    drop(message);
    drop(first);

    let second = consumer(&recorded, &config(), "again");
    let message = second.recv().await.unwrap();
    process(&message).await;
    second.commit_message(&message, CommitMode::Sync).unwrap();

    assert_eq!(
        recorded.tree_of(&["kafka."]),
        crate::recorded::dedented(
            "
            PRODUCER send again
                kafka.offset = 0
            CLIENT poll again ~> send again
                kafka.offset = 0
              CONSUMER process again ~> send again
                  kafka.offset = 0
                  * cancelled
            CLIENT poll again ~> send again
                kafka.offset = 0
              CONSUMER process again ~> send again
                  kafka.offset = 0
              CLIENT commit again ~> send again
                  kafka.offset = 0
            "
        )
    );
}

#[tokio::test]
async fn what_was_committed_is_not_delivered_again() {
    let recorded = Recorded::new();
    let (producer, first) = shop(&recorded, "once").await;
    for payload in ["one", "two"] {
        send(&producer, "once", payload).await;
    }
    first.commit_message(&first.recv().await.unwrap(), CommitMode::Sync).unwrap();
    drop(first);
    let second = consumer(&recorded, &config(), "once");
    assert_eq!(rdkafka::Message::offset(&*second.recv().await.unwrap()), 1);
}

/// Tells this test that it is the process that dies, and where the broker is.
const VICTIM: &str = "PILOTLIGHT_TEST_KAFKA_VICTIM";
const RECEIVED: &str = "the victim has the message";

#[tokio::test]
async fn what_a_killed_consumer_had_in_its_hands_another_gets_when_its_session_is_over() {
    if let Ok(bootstrap) = std::env::var(VICTIM) {
        return die_in_the_middle(&bootstrap).await;
    }
    let (recorded, config) = (Recorded::new(), config());
    create_topic(&config, "killed-consumer", 1).await;
    send(&producer(&recorded, &config), "killed-consumer", "created").await;
    let mut victim = victim(config.get("bootstrap.servers").unwrap());
    let output = BufReader::new(victim.stdout.take().unwrap());
    assert!(output.lines().any(|line| line.unwrap().contains(RECEIVED)));
    victim.kill().unwrap();
    victim.wait().unwrap();

    let second = consumer(&recorded, &config, "killed-consumer");
    let message = second.recv().await.unwrap();
    process(&message).await;
    assert_eq!(
        recorded.tree_of(&["kafka."]),
        crate::recorded::dedented(
            "
            PRODUCER send killed-consumer
                kafka.offset = 0
            CLIENT poll killed-consumer ~> send killed-consumer
                kafka.offset = 0
              CONSUMER process killed-consumer ~> send killed-consumer
                  kafka.offset = 0
            "
        )
    );
}

/// This test once more, as a process of its own.
fn victim(bootstrap: &str) -> Child {
    let name = std::thread::current().name().unwrap().to_owned();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([&name, "--exact", "--nocapture"]).env(VICTIM, bootstrap);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

async fn die_in_the_middle(bootstrap: &str) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap);
    // Its silence is noticed soon.
    config.set("session.timeout.ms", "1000").set("heartbeat.interval.ms", "300");
    let consumer = consumer(&Recorded::new(), &config, "killed-consumer");
    let message = consumer.recv().await.unwrap();
    let kill = || {
        println!("{RECEIVED}");
        // Until it is killed, or whoever would do that has gone.
        let _ = stdin().read(&mut [0]);
        Ok::<_, Infallible>(())
    };
    message.process().within(kill).unwrap();
}
