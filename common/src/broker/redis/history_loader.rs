//! Loads the histories of channels, on a connection of its own.
//!
//! Redis disconnects a connection with subscriptions when its output buffer is too large, so
//! histories do not use that one. They are loaded in pages: each is short for Redis and arrives in
//! time over a slow link.

use super::{
    errors::{ErrorScope, is_replica, scope},
    load_state::LoadRequest,
    replies::{HistoryReply, KnownMessage, StoredHistory, parse_history},
    shared::Shared,
};
use crate::message::{ChannelName, Message, MessageId};
use redis::{RedisError, RedisResult, aio::MultiplexedConnection};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Weak},
};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    task::{JoinError, JoinSet},
};

/// How many channels are loaded at a time.
pub(super) const CONCURRENT_LOADS: usize = 8;

/// Loads each channel received from `channels` until the connection fails. The caller has already
/// subscribed to it.
pub(super) async fn run(
    shared: Weak<Shared>,
    connection: MultiplexedConnection,
    mut channels: UnboundedReceiver<ChannelName>,
) -> RedisResult<()> {
    let mut loads = JoinSet::new();
    let mut queue = VecDeque::new();
    loop {
        tokio::select! {
            channel = channels.recv() => queue.push_back(channel.ok_or_else(dropped)?),
            Some(loaded) = loads.join_next() => loaded.map_err(panicked)??,
        }
        while loads.len() < CONCURRENT_LOADS
            && let Some(channel) = queue.pop_front()
        {
            let shared = shared.upgrade().ok_or_else(dropped)?;
            loads.spawn(load(shared, connection.clone(), channel));
        }
    }
}

/// Loads a channel. An error is one of the connection.
async fn load(
    shared: Arc<Shared>,
    mut connection: MultiplexedConnection,
    channel: ChannelName,
) -> RedisResult<()> {
    let Some(request) = shared.subscriptions().begin_load(&channel) else {
        return Ok(());
    };
    match load_pages(&shared, &mut connection, &channel, request).await {
        Ok(stored) => {
            let next = shared
                .subscriptions()
                .finish_load(&channel, request, &stored);
            shared.reported_errors.clear(&channel);
            shared.run(&channel, next);
            Ok(())
        }
        Err(error) => fail(&shared, &channel, Some(request), error),
    }
}

/// Loads the pages of a history, up to the id that was the latest at the first page: later messages
/// are received anyway.
async fn load_pages(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    channel: &ChannelName,
    request: LoadRequest,
) -> RedisResult<StoredHistory> {
    let incarnation = shared.incarnation().ok_or_else(disconnected)?;
    let mut next = request;
    let mut messages = Vec::new();
    let mut until: Option<MessageId> = None;
    loop {
        let reply: HistoryReply = shared
            .scripts
            .history(&incarnation, channel, next)
            .invoke_async(connection)
            .await?;
        let StoredHistory {
            latest,
            messages: page,
        } = parse_history(channel, reply)?;
        let Some(&Message { id, time, .. }) = page.last() else {
            return Ok(StoredHistory { latest, messages });
        };
        append_page(&mut messages, page);
        let target = target(until, latest);
        if id >= target {
            return Ok(StoredHistory {
                latest: id,
                messages,
            });
        }
        until = Some(target);
        next = LoadRequest {
            last: Some(KnownMessage { id, time }),
            all: false,
            ..request
        };
    }
}

/// Returns the id up to which pages are loaded. `until` is that of the page before.
fn target(until: Option<MessageId>, latest: MessageId) -> MessageId {
    match until {
        Some(until) if until.epoch == latest.epoch => until,
        _ => latest,
    }
}

fn append_page(messages: &mut Vec<Message>, page: Vec<Message>) {
    if messages.last().map(|last| last.id.next()) != page.first().map(|first| first.id) {
        // The channel has a new epoch, or the messages in between were trimmed.
        messages.clear();
    }
    messages.extend(page);
}

/// Handles an error. One about the channel fails only this channel; any other is returned and ends
/// the session.
pub(super) fn fail(
    shared: &Shared,
    channel: &ChannelName,
    request: Option<LoadRequest>,
    error: RedisError,
) -> RedisResult<()> {
    match scope(&error) {
        ErrorScope::Writes(why) if is_replica(why) => {
            shared.set_write_refusal(Some(why));
            return Err(error);
        }
        ErrorScope::Connection => return Err(error),
        ErrorScope::Writes(_) | ErrorScope::Channel(_) => {}
    }
    let error = shared.broker_error(channel, &error);
    let is_dropped = shared.subscriptions().fail_load(channel, request, &error);
    if is_dropped {
        shared.unsubscribe(channel);
    }
    Ok(())
}

fn panicked(error: JoinError) -> RedisError {
    io::Error::other(error).into()
}

fn disconnected() -> RedisError {
    io::Error::other("Redis is not connected").into()
}

fn dropped() -> RedisError {
    io::Error::other("the broker was dropped").into()
}
