//! Keeps a session with Redis: connects, and reconnects after a loss.

use super::{
    command::Command,
    diagnosis::{Diagnosis, diagnose},
    history_loader,
    locator::Locator,
    memory_limit,
    session::Session,
    shared::Shared,
    target::Target,
};
use log::Level;
use redis::{ErrorKind, RedisResult};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{Instant, sleep},
};

/// The pause before the first attempt to reconnect. It doubles after each failure.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Keeps a session until the broker is dropped.
pub(super) async fn keep(
    mut locator: Locator,
    shared: Weak<Shared>,
    mut commands: UnboundedReceiver<Command>,
) {
    let mut pause = FIRST_PAUSE;
    let mut reported = None;
    for number in 1.. {
        let began = Instant::now();
        let Err(diagnosis) = attempt(&mut locator, &shared, number, &mut commands).await else {
            return;
        };
        let Some(shared) = shared.upgrade() else {
            return;
        };
        report_outage(&shared, diagnosis, &mut reported);
        drop(shared);
        sleep(pause).await;
        pause = if began.elapsed() > 2 * MAX_PAUSE {
            FIRST_PAUSE
        } else {
            MAX_PAUSE.min(2 * pause)
        };
    }
}

/// Finds Redis and runs a session with it. Returns why there is none, or no longer one, unless the
/// broker was dropped.
async fn attempt(
    locator: &mut Locator,
    shared: &Weak<Shared>,
    number: u64,
    commands: &mut UnboundedReceiver<Command>,
) -> Result<(), Diagnosis> {
    let target = locator.locate().await?;
    let Err(error) = run_session(locator, &target, shared, number, commands).await else {
        return Ok(());
    };
    let was_connected = shared
        .upgrade()
        .is_some_and(|shared| shared.connected.borrow().is_some());
    // The end of a session is reported at once: publications wait for the next one. Only an
    // attempt that failed is worth another connection, which finds out why.
    Err(if was_connected {
        Diagnosis::of(&error)
    } else {
        diagnose(&target, &error).await
    })
}

/// Logs an outage: as a warning when the connection is lost or the reason changes, and not for each
/// failed attempt.
fn report_outage(shared: &Arc<Shared>, diagnosis: Diagnosis, reported: &mut Option<String>) {
    shared.set_why_away(diagnosis.why);
    let was_connected = shared.connected.send_replace(None).is_some();
    let reason = diagnosis.to_string();
    let level = if was_connected || reported.as_ref() != Some(&reason) {
        Level::Warn
    } else {
        Level::Debug
    };
    log::log!(level, "broker: {} is away: {reason}", shared.address);
    *reported = Some(reason);
}

/// Runs a session to its end, which is an error unless the broker was dropped.
async fn run_session(
    locator: &mut Locator,
    target: &Target,
    shared: &Weak<Shared>,
    number: u64,
    commands: &mut UnboundedReceiver<Command>,
) -> RedisResult<()> {
    let Some(strong) = shared.upgrade() else {
        return Ok(());
    };
    let (to_load, channels) = unbounded_channel();
    let (session, second) = Session::begin(target, &strong, number, to_load).await?;
    log::info!("broker: connected to {}", strong.address);
    drop(strong);
    tokio::select! {
        end = session.serve(commands) => end,
        end = history_loader::run(shared.clone(), second.clone(), channels) => end,
        end = memory_limit::run(shared.clone(), second) => end,
        () = locator.wait_for_failover(target) => {
            Err((ErrorKind::Client, "another server is the master now").into())
        }
    }
}
