//! Tasks: long computations whose progress and results are messages.

use crate::{Event, Response, Server, Subscriber, steps::assert_problem};
use serde_json::{Value, json};

/// The largest task that a request may have; no test waits for it.
pub(crate) const LARGE: u64 = 400_000_000;
/// A larger task, which is accepted with `--tasks-inline`.
const ENDLESS: u64 = 10 * LARGE;
pub(crate) const INLINE: [&str; 1] = ["--tasks-inline"];

pub(crate) fn body(primes_below: u64) -> String {
    json!({ "primes_below": primes_below }).to_string()
}

pub(crate) async fn begin(server: &Server, query: &str, primes_below: u64) -> String {
    let response = server
        .post(&format!("/tasks?{query}"), &[], &body(primes_below))
        .await;
    assert_eq!(response.status, 202, "{}", response.body);
    response.json()["task"]
        .as_str()
        .expect("a task's name")
        .to_owned()
}

pub(crate) async fn delete(server: &Server, task: &str) -> Response {
    server
        .request("DELETE", &format!("/tasks/{task}"), &[], "")
        .await
}

/// Waits for the next message, and returns what the task published.
async fn published<S: Subscriber>(subscriber: &mut S) -> Value {
    match subscriber.next().await {
        Event::Message(mut message) => message["message"].take(),
        reset => panic!("expected a message, got {reset:?}"),
    }
}

/// On the channel that the request names, by default on `main`.
pub async fn a_task_publishes_its_result<S: Subscriber>() {
    for (channel, query, primes_below, count) in [("c", "channel=c", 5000, 669), ("main", "", 0, 0)]
    {
        let server = S::start(&[]).await;
        let mut subscriber = S::subscribe(&server, &format!("channel={channel}")).await;
        let task = begin(&server, query, primes_below).await;
        let mut result = published(&mut subscriber).await;
        assert!(result["millis"].take().is_u64(), "{result}");
        assert_eq!(
            result,
            json!({ "task": task, "primes_below": primes_below, "count": count, "millis": null })
        );
        assert_problem(&delete(&server, &task).await, 404, "no-such-task", &task);
    }
}

/// Its last message reports the deletion.
pub async fn a_long_task_publishes_progress_until_it_is_deleted<S: Subscriber>() {
    let server = S::start(&INLINE).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    let task = begin(&server, "channel=c", ENDLESS).await;
    let progress = published(&mut subscriber).await;
    assert_eq!(progress["task"], task);
    assert!(
        progress["progress"]
            .as_f64()
            .is_some_and(|progress| (0.01..1.0).contains(&progress)),
        "{progress}"
    );
    assert_eq!(delete(&server, &task).await.status, 204);
    let end = loop {
        let word = published(&mut subscriber).await;
        if word["progress"].is_null() {
            break word;
        }
    };
    assert_eq!(
        end,
        json!({ "task": task, "primes_below": ENDLESS, "cancelled": "deleted" })
    );
    assert_problem(&delete(&server, &task).await, 404, "no-such-task", &task);
}

/// Before it disconnects its subscribers.
pub async fn a_draining_service_publishes_cancellations<S: Subscriber>() {
    let server = S::start(&INLINE).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    let (first, second) = (
        begin(&server, "channel=c", ENDLESS).await,
        begin(&server, "channel=c", ENDLESS).await,
    );
    let mut cancelled = Vec::new();
    let read = async {
        while cancelled.len() < 2 {
            let word = published(&mut subscriber).await;
            if word["progress"].is_null() {
                assert_eq!(word["cancelled"], "draining");
                cancelled.push(word["task"].as_str().expect("a task's name").to_owned());
            }
        }
    };
    tokio::join!(read, server.stop());
    assert!(
        cancelled.contains(&first) && cancelled.contains(&second),
        "{cancelled:?}"
    );
}
