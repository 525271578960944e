//! Publishes a task's progress and outcome on its channel.

use super::task::{CancelReason, PrimeCount, Task};
use broker::{Broker, BrokerError, Publication};
use common::message::Attributes;
use serde::Serialize;
use std::time::Duration;
use tokio::{
    sync::oneshot,
    time::{Instant, interval_at, sleep},
};

/// The time between two progress messages, and between two attempts to publish an outcome.
const INTERVAL: Duration = Duration::from_secs(1);
/// The most attempts to publish an outcome, one per [`INTERVAL`].
const ATTEMPTS: usize = 60;

/// Publishes for the tasks of one service.
pub(super) struct Publisher {
    pub(super) transport: &'static str,
    pub(super) broker: Broker,
}

/// A message of a task.
#[derive(Serialize)]
#[serde(untagged)]
enum TaskMessage<'a> {
    Progress {
        task: &'a str,
        progress: f64,
    },
    Result {
        task: &'a str,
        primes_below: u64,
        #[serde(flatten)]
        counted: PrimeCount,
    },
    Cancelled {
        task: &'a str,
        primes_below: u64,
        cancelled: CancelReason,
    },
}

impl Publisher {
    /// Publishes the progress of a task until it ends, and returns its result unless it is
    /// cancelled.
    pub(super) async fn publish_progress(
        &self,
        task: &Task,
        mut outcome: oneshot::Receiver<PrimeCount>,
    ) -> Option<PrimeCount> {
        let mut ticks = interval_at(Instant::now() + INTERVAL, INTERVAL);
        let mut published = 0;
        loop {
            tokio::select! {
                counted = &mut outcome => return counted.ok(),
                _ = ticks.tick() => {}
            }
            let percent = task.percent();
            if percent > published {
                published = percent;
                let message = TaskMessage::Progress {
                    task: &task.id,
                    progress: percent as f64 / 100.0,
                };
                // Not retried: the next progress message replaces it.
                let _ = self.publish(task, &message, None).await;
            }
        }
    }

    /// Publishes how a task ended; retries for a minute while the broker takes no messages.
    pub(super) async fn publish_outcome(&self, task: &Task, counted: Option<PrimeCount>) {
        let Self { transport, .. } = self;
        let Task { id, .. } = task;
        let message = outcome_message(task, counted);
        for _ in 0..ATTEMPTS {
            // With a key, since an attempt that seemed to fail may have succeeded.
            let key = format!("task {id}");
            match self.publish(task, &message, Some(key)).await {
                Ok(()) => return,
                Err(BrokerError::Ended) => {
                    log::debug!("{transport}: the channel of task {id} has ended");
                    return;
                }
                Err(error) => {
                    log::debug!(
                        "{transport}: cannot publish the outcome of task {id} yet: {error}"
                    );
                }
            }
            sleep(INTERVAL).await;
        }
        log::error!("{transport}: gave up publishing the outcome of task {id}");
    }

    async fn publish(
        &self,
        task: &Task,
        message: &TaskMessage<'_>,
        key: Option<String>,
    ) -> Result<(), BrokerError> {
        let publication = Publication {
            channel: task.channel.clone(),
            body: serde_json::to_string(message).expect("numbers and strings can be JSON"),
            attributes: Attributes::default(),
            key,
        };
        self.broker.publish(publication, 0).await.map(drop)
    }
}

fn outcome_message(task: &Task, counted: Option<PrimeCount>) -> TaskMessage<'_> {
    let primes_below = task.primes_below;
    match (task.cancelled(), counted) {
        (None, Some(counted)) => TaskMessage::Result {
            task: &task.id,
            primes_below,
            counted,
        },
        // A cancelled task may still have counted: the cancellation counts. A task whose thread
        // panicked has no reason and is published as `draining`.
        (reason, _) => TaskMessage::Cancelled {
            task: &task.id,
            primes_below,
            cancelled: reason.unwrap_or(CancelReason::Draining),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_of_messages_is_pinned() {
        let json = |message| serde_json::to_string(&message).unwrap();
        let counted = PrimeCount {
            count: 348_513,
            millis: 12,
        };
        assert_eq!(
            json(TaskMessage::Progress {
                task: "a",
                progress: 0.42
            }),
            r#"{"task":"a","progress":0.42}"#
        );
        assert_eq!(
            json(TaskMessage::Result {
                task: "a",
                primes_below: 5_000_000,
                counted
            }),
            r#"{"task":"a","primes_below":5000000,"count":348513,"millis":12}"#
        );
        assert_eq!(
            json(TaskMessage::Cancelled {
                task: "a",
                primes_below: 5_000_000,
                cancelled: CancelReason::Deleted
            }),
            r#"{"task":"a","primes_below":5000000,"cancelled":"deleted"}"#
        );
    }
}
