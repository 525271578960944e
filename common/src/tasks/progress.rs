//! Tells a task's channel how it goes, and how it ends.

use super::task::{Cancelled, Counted, Task};
use crate::{
    broker::{BrokerError, Publication, PublishAck},
    http::AppState,
    message::ChannelName,
};
use actix_web::web;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, interval_at, sleep},
};

/// Between two messages of progress, and between two attempts to publish a result.
const PACE: Duration = Duration::from_secs(1);
/// How many attempts there are to publish a result while the broker takes nothing.
const ATTEMPTS: usize = 60;

/// What a task's channel is told.
#[derive(Serialize)]
#[serde(untagged)]
enum Word<'a> {
    Progress {
        task: &'a str,
        progress: f64,
    },
    Result {
        task: &'a str,
        primes_below: u64,
        #[serde(flatten)]
        counted: Counted,
    },
    Cancelled {
        task: &'a str,
        primes_below: u64,
        cancelled: Cancelled,
    },
}

/// Until the task has ended and its channel knows.
pub(super) async fn follow(
    service: web::Data<AppState>,
    task: Arc<Task>,
    outcome: oneshot::Receiver<Counted>,
) {
    let counted = tell_progress(&service, &task, outcome).await;
    service.tasks.end(&task);
    tell_end(&service, &task, counted).await;
    service.tasks.leave(&task);
    service.hub.metrics().tasks.dec();
}

/// Computes on the event loop, to show what that does to everybody else there; then as any other task.
pub(crate) async fn inline(service: &AppState, channel: ChannelName, primes_below: u64) -> String {
    let task = Task::new(channel, None, primes_below);
    tell_end(service, &task, task.count()).await;
    task.id
}

async fn tell_progress(
    service: &AppState,
    task: &Task,
    mut outcome: oneshot::Receiver<Counted>,
) -> Option<Counted> {
    let mut pace = interval_at(Instant::now() + PACE, PACE);
    let mut told = 0;
    loop {
        tokio::select! {
            counted = &mut outcome => return counted.ok(),
            _ = pace.tick() => {}
        }
        let percent = task.percent();
        if percent > told {
            told = percent;
            let word = Word::Progress {
                task: &task.id,
                progress: percent as f64 / 100.0,
            };
            // The next one is as good.
            let _ = publish(service, task, &word, None).await;
        }
    }
}

async fn tell_end(service: &AppState, task: &Task, counted: Option<Counted>) {
    let Task {
        id, primes_below, ..
    } = task;
    let (task_id, primes_below) = (&**id, *primes_below);
    let word = match (task.cancelled(), counted) {
        (None, Some(counted)) => Word::Result {
            task: task_id,
            primes_below,
            counted,
        },
        // A thread ends without a result only if it is told to.
        (cancelled, _) => Word::Cancelled {
            task: task_id,
            primes_below,
            cancelled: cancelled.unwrap_or(Cancelled::Draining),
        },
    };
    for _ in 0..ATTEMPTS {
        // With a key, since an attempt that seemed to fail may have succeeded.
        match publish(service, task, &word, Some(format!("task {id}"))).await {
            Ok(_) => return,
            Err(error) => log::debug!(
                "{}: how task {id} ended cannot be published yet: {error}",
                service.transport
            ),
        }
        sleep(PACE).await;
    }
    log::error!("{}: nobody was told how task {id} ended", service.transport);
}

async fn publish(
    service: &AppState,
    task: &Task,
    word: &Word<'_>,
    key: Option<String>,
) -> Result<PublishAck, BrokerError> {
    let body = serde_json::to_string(word).expect("plain data is JSON");
    service
        .broker
        .publish(Publication {
            channel: task.channel.clone(),
            body,
            key,
            holder: 0,
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_pinned() {
        let json = |word| serde_json::to_string(&word).unwrap();
        let counted = Counted {
            count: 348_513,
            millis: 12,
        };
        assert_eq!(
            json(Word::Progress {
                task: "a",
                progress: 0.42
            }),
            r#"{"task":"a","progress":0.42}"#
        );
        assert_eq!(
            json(Word::Result {
                task: "a",
                primes_below: 5_000_000,
                counted
            }),
            r#"{"task":"a","primes_below":5000000,"count":348513,"millis":12}"#
        );
        assert_eq!(
            json(Word::Cancelled {
                task: "a",
                primes_below: 5_000_000,
                cancelled: Cancelled::Deleted
            }),
            r#"{"task":"a","primes_below":5000000,"cancelled":"deleted"}"#
        );
    }
}
