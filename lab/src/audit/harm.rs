//! What is done to the Redis behind the services.

use super::world::{Phase, World};
use crate::{chance::Chance, redis::RedisServer};
use serde::Serialize;
use std::{
    cell::Cell,
    io,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{task::spawn_blocking, time::sleep};

/// The longest time for which Redis is gone, or does nothing though it is there.
const AWAY: Duration = Duration::from_secs(3);

/// How often Redis suffered what.
#[derive(Default, Serialize)]
pub(super) struct Harm {
    /// Killed, and started again with its data.
    pub(super) restarted: Cell<u64>,
    /// Stopped from doing anything for a while.
    pub(super) frozen: Cell<u64>,
    /// All its connections were cut.
    pub(super) cut: Cell<u64>,
}

/// Harms the audit's own Redis, if it has one, while it runs.
pub(super) async fn redis(
    every: Duration,
    mut chance: Chance,
    world: Rc<World>,
    count: &Harm,
) -> io::Result<()> {
    while let Some(redis) = world.deployment.redis().filter(|_| !every.is_zero()) {
        sleep(every).await;
        if !world.is(Phase::Running) {
            break;
        }
        let away = chance.up_to(AWAY);
        let counter = match chance.below(3) {
            0 => {
                let kill = |redis: &mut RedisServer| {
                    redis.kill();
                    Ok(())
                };
                around(&redis, kill, away, RedisServer::launch).await?;
                &count.restarted
            }
            1 => {
                around(&redis, |redis| redis.freeze(), away, |redis| redis.thaw()).await?;
                &count.frozen
            }
            _ => {
                on(&redis, |redis| redis.cut_connections()).await?;
                &count.cut
            }
        };
        counter.set(counter.get() + 1);
    }
    std::future::pending().await
}

type Step = fn(&mut RedisServer) -> io::Result<()>;

async fn around(
    redis: &Arc<Mutex<RedisServer>>,
    begin: Step,
    time: Duration,
    end: Step,
) -> io::Result<()> {
    on(redis, begin).await?;
    sleep(time).await;
    on(redis, end).await
}

/// Away from the thread on which everybody else lives.
async fn on(redis: &Arc<Mutex<RedisServer>>, step: Step) -> io::Result<()> {
    let redis = redis.clone();
    let done = spawn_blocking(move || step(&mut redis.lock().expect("no panic while harming")));
    done.await.map_err(io::Error::other)?
}
