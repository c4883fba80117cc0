//! Consumers that go away before they commit.

use crate::recorded::Recorded;
use crate::support::{consumer, process, send, shop};
use rdkafka::consumer::CommitMode;

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

    let second = consumer(&recorded, &crate::broker::config(), "again");
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
    let second = consumer(&recorded, &crate::broker::config(), "once");
    assert_eq!(rdkafka::Message::offset(&*second.recv().await.unwrap()), 1);
}
