//! Runs the commands to a session: subscribes, unsubscribes, deletes.

use super::{
    command::Command,
    connections::Connections,
    errors::{ErrorScope, scope},
    history_loader,
    load_queue::Loads,
    reload::Reload,
    shared::Shared,
};
use common::message::ChannelName;
use redis::RedisResult;
use tokio::sync::{OwnedSemaphorePermit, mpsc::UnboundedSender};

/// Runs commands. Channels that are subscribed to and have to be loaded go to `to_load`.
///
/// # Errors
///
/// If the connection fails, or a command ends the session.
pub(super) async fn run(
    commands: Vec<Command>,
    shared: &Shared,
    connections: &mut Connections,
    to_load: &UnboundedSender<Loads>,
    reload: &mut Reload,
) -> RedisResult<()> {
    let mut wanted = Vec::new();
    let mut unwanted = Vec::new();
    let mut doomed = Vec::new();
    for command in commands {
        match command {
            Command::Load(channel) if !wanted.contains(&channel) => wanted.push(channel),
            Command::Load(_) => {}
            Command::LoadAll => reload.load_all(),
            Command::LoadOutdated => reload.load_outdated(),
            Command::Unsubscribe(channel) => unwanted.push(channel),
            Command::Forget(channel) => doomed.push(channel),
            Command::End(error) => return Err(error),
        }
    }
    if !doomed.is_empty() {
        shared.forget(&mut connections.publishing, &doomed).await?;
    }
    // A channel may be wanted again by now: then its `Load` comes later.
    unwanted.retain(|channel| !shared.subscriptions().contains(channel));
    wanted.retain(|channel| shared.subscriptions().contains(channel));
    if !unwanted.is_empty() {
        let names = pubsub_names(shared, &unwanted);
        connections.unsubscribe(names).await?;
    }
    if !wanted.is_empty() {
        subscribe(wanted, None, shared, connections, to_load).await?;
    }
    Ok(())
}

/// Subscribes to channels, and then has them loaded: in this order, no message can be missed.
///
/// # Errors
///
/// If the connection fails, or the user may not subscribe. An error about one channel fails only
/// its load.
pub(super) async fn subscribe(
    channels: Vec<ChannelName>,
    turn: Option<OwnedSemaphorePermit>,
    shared: &Shared,
    connections: &mut Connections,
    to_load: &UnboundedSender<Loads>,
) -> RedisResult<()> {
    let names = pubsub_names(shared, &channels);
    match connections.subscribe(names).await {
        Ok(()) => {
            // Fails only while the session ends.
            let _ = to_load.send(Loads { channels, turn });
        }
        Err(error) if channels.len() > 1 && scope(&error) != ErrorScope::Connection => {
            for channel in channels {
                // One by one, so that only channels without permission fail.
                let one = vec![channel];
                Box::pin(subscribe(one, None, shared, connections, to_load)).await?;
            }
        }
        Err(error) => history_loader::fail(shared, &channels[0], None, error)?,
    }
    Ok(())
}

fn pubsub_names(shared: &Shared, channels: &[ChannelName]) -> Vec<String> {
    channels
        .iter()
        .map(|channel| shared.state.scripts.pubsub(channel))
        .collect()
}
