//! What the rest of the broker asks of a session: to subscribe, and to unsubscribe.

use super::{
    errors::{ErrorScope, scope},
    history_loader,
    shared::Shared,
};
use crate::message::ChannelName;
use redis::{RedisResult, aio::MultiplexedConnection};
use tokio::sync::mpsc::UnboundedSender;

#[derive(Debug)]
pub(super) enum Command {
    /// Subscribe to a channel and load its history, or what is missing of it.
    Load(ChannelName),
    /// Unsubscribe from a channel.
    Unsubscribe(ChannelName),
}

/// Runs commands. Channels that are subscribed to and have to be loaded go to `to_load`.
pub(super) async fn run(
    commands: Vec<Command>,
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    to_load: &UnboundedSender<ChannelName>,
) -> RedisResult<()> {
    let mut wanted = Vec::new();
    let mut unwanted = Vec::new();
    for command in commands {
        match command {
            Command::Load(channel) if !wanted.contains(&channel) => wanted.push(channel),
            Command::Load(_) => {}
            Command::Unsubscribe(channel) => unwanted.push(channel),
        }
    }
    // A channel may be wanted again by now: then its `Load` comes later.
    unwanted.retain(|channel| !shared.subscriptions().contains(channel));
    wanted.retain(|channel| shared.subscriptions().contains(channel));
    if !unwanted.is_empty() {
        let names = pubsub_names(shared, &unwanted);
        connection.unsubscribe(names).await?;
    }
    if !wanted.is_empty() {
        subscribe(wanted, shared, connection, to_load).await?;
    }
    Ok(())
}

/// Subscribes to channels, and then has them loaded: in this order, no message can be missed.
async fn subscribe(
    channels: Vec<ChannelName>,
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    to_load: &UnboundedSender<ChannelName>,
) -> RedisResult<()> {
    let names = pubsub_names(shared, &channels);
    match connection.subscribe(names).await {
        Ok(()) => {
            for channel in channels {
                // Fails only while the session ends.
                let _ = to_load.send(channel);
            }
        }
        Err(error) if channels.len() > 1 && scope(&error) != ErrorScope::Connection => {
            for channel in channels {
                // One by one, so that only channels without permission fail.
                Box::pin(subscribe(vec![channel], shared, connection, to_load)).await?;
            }
        }
        Err(error) => history_loader::fail(shared, &channels[0], None, error)?,
    }
    Ok(())
}

fn pubsub_names(shared: &Shared, channels: &[ChannelName]) -> Vec<String> {
    channels
        .iter()
        .map(|channel| shared.scripts.pubsub(channel))
        .collect()
}
