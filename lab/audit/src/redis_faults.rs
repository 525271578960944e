//! Faults of the Redis server behind the services.

use super::state::{AuditState, Phase};
use parking_lot::Mutex;
use serde::Serialize;
use servers::redis::RedisServer;
use std::{cell::Cell, io, rc::Rc, sync::Arc, time::Duration};
use support::random::Random;
use tokio::{task::spawn_blocking, time::sleep};

/// The longest time for which Redis is down or frozen.
const AWAY: Duration = Duration::from_secs(3);

/// Number of faults by kind.
#[derive(Default, Serialize)]
pub(super) struct RedisFaults {
    /// Killed, and restarted with its data.
    pub(super) restarted: Cell<u64>,
    /// Frozen (`SIGSTOP`) and continued.
    pub(super) frozen: Cell<u64>,
    /// All its connections cut.
    pub(super) cut: Cell<u64>,
}

/// Injects faults into the audit's own Redis, if it has one, while the audit runs.
pub(super) async fn redis(
    every: Duration,
    mut random: Random,
    state: Rc<AuditState>,
    count: &RedisFaults,
) -> io::Result<()> {
    while let Some(redis) = state.deployment.redis().filter(|_| !every.is_zero()) {
        sleep(every).await;
        if !state.is(Phase::Running) {
            break;
        }
        let away = random.up_to(AWAY);
        let counter = match random.below(3) {
            0 => {
                let kill = |redis: &mut RedisServer| {
                    redis.kill();
                    Ok(())
                };
                run_pair(&redis, kill, away, RedisServer::launch).await?;
                &count.restarted
            }
            1 => {
                run_pair(&redis, |redis| redis.freeze(), away, |redis| redis.thaw()).await?;
                &count.frozen
            }
            _ => {
                run_blocking(&redis, |redis| redis.cut_connections()).await?;
                &count.cut
            }
        };
        counter.set(counter.get() + 1);
    }
    std::future::pending().await
}

type Step = fn(&mut RedisServer) -> io::Result<()>;

/// Runs `begin`, and `end` after `time`.
async fn run_pair(
    redis: &Arc<Mutex<RedisServer>>,
    begin: Step,
    time: Duration,
    end: Step,
) -> io::Result<()> {
    run_blocking(redis, begin).await?;
    sleep(time).await;
    run_blocking(redis, end).await
}

/// Runs a step on another thread: publishers and subscribers share this one.
async fn run_blocking(redis: &Arc<Mutex<RedisServer>>, step: Step) -> io::Result<()> {
    let redis = redis.clone();
    let done = spawn_blocking(move || step(&mut redis.lock()));
    done.await.map_err(io::Error::other)?
}
