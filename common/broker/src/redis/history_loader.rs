//! Loads the histories of channels, on a connection of its own.
//!
//! Redis disconnects a connection with subscriptions when its output buffer is too large, so
//! histories do not use that one. The first pages of many channels are loaded in one round trip;
//! most histories end there. The others are loaded page by page: each is short for Redis and
//! arrives in time over a slow link.

use super::{
    cluster::Redirect,
    errors::{ErrorScope, is_replica, scope},
    history_pages::HistoryPages,
    load_queue::{CONCURRENT_LOADS, Load, LoadQueue, Loads},
    load_state::LoadRequest,
    replies::{HistoryReply, StoredHistory, parse_history},
    scripts::PageSize,
    shared::Shared,
};
use common::message::ChannelName;
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind, aio::MultiplexedConnection};
use std::{
    io,
    sync::{Arc, Weak},
};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    task::{JoinError, JoinSet},
};

/// Loads the channels received from `loads` until the connection fails. The caller has already
/// subscribed to them.
pub(super) async fn run(
    shared: Weak<Shared>,
    connection: MultiplexedConnection,
    mut loads: UnboundedReceiver<Loads>,
) -> RedisResult<()> {
    let mut running = JoinSet::new();
    let mut queue = LoadQueue::default();
    loop {
        tokio::select! {
            loads = loads.recv() => queue.add(loads.ok_or_else(dropped)?),
            Some(loaded) = running.join_next() => queue.add_long(loaded.map_err(panicked)??),
        }
        while running.len() < CONCURRENT_LOADS
            && let Some(load) = queue.next()
        {
            let shared = shared.upgrade().ok_or_else(dropped)?;
            running.spawn(run_load(shared, connection.clone(), load));
        }
    }
}

/// Runs a load. Returns the histories that need more pages. An error is one of the connection.
async fn run_load(
    shared: Arc<Shared>,
    mut connection: MultiplexedConnection,
    load: Load,
) -> RedisResult<Vec<HistoryPages>> {
    let Ok(_permit) = shared.state.loads.acquire().await else {
        return Ok(Vec::new());
    };
    match load {
        Load::Long(pages) => load_rest(&shared, &mut connection, pages).await?,
        Load::First(channels) => return load_first(&shared, &mut connection, channels).await,
        Load::Reload { channels, turn } => {
            for pages in load_first(&shared, &mut connection, channels).await? {
                load_rest(&shared, &mut connection, pages).await?;
            }
            drop(turn);
        }
    }
    Ok(Vec::new())
}

/// Loads the first pages of channels in one round trip. Returns the histories that need more.
async fn load_first(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    channels: Vec<ChannelName>,
) -> RedisResult<Vec<HistoryPages>> {
    let loads = shared.subscriptions().begin_loads(channels);
    if loads.is_empty() {
        return Ok(Vec::new());
    }
    let replies = query_first(shared, connection, &loads).await?;
    let mut long = Vec::new();
    for (mut pages, reply) in loads.into_iter().zip(replies) {
        match reply.and_then(|reply| add(&mut pages, reply)) {
            Ok(Some(stored)) => finish(shared, &pages, &stored),
            Ok(None) => long.push(pages),
            Err(error) => fail(shared, &pages.channel, Some(pages.request), error)?,
        }
    }
    Ok(long)
}

/// Requests the first page of each, and has Redis load the script if it does not have it.
async fn query_first(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    loads: &[HistoryPages],
) -> RedisResult<Vec<RedisResult<HistoryReply>>> {
    let scripts = &shared.state.scripts;
    let incarnation = shared.incarnation().ok_or_else(disconnected)?;
    let mut pipe = redis::pipe();
    for HistoryPages { channel, next, .. } in loads {
        pipe.invoke_script(&scripts.history(&incarnation, channel, *next, PageSize::First));
    }
    pipe.ignore_errors();
    let replies: Vec<RedisResult<_>> = pipe.query_async(connection).await?;
    if !replies.iter().any(is_without_script) {
        return Ok(replies);
    }
    scripts.history.load_async(connection).await?;
    pipe.query_async(connection).await
}

fn is_without_script(reply: &RedisResult<HistoryReply>) -> bool {
    let no_script = ErrorKind::Server(ServerErrorKind::NoScript);
    reply.as_ref().is_err_and(|error| error.kind() == no_script)
}

/// Loads all further pages of a history.
async fn load_rest(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    mut pages: HistoryPages,
) -> RedisResult<()> {
    match load_pages(shared, connection, &mut pages).await {
        Ok(stored) => {
            finish(shared, &pages, &stored);
            Ok(())
        }
        Err(error) => fail(shared, &pages.channel, Some(pages.request), error),
    }
}

async fn load_pages(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    pages: &mut HistoryPages,
) -> RedisResult<StoredHistory> {
    let incarnation = shared.incarnation().ok_or_else(disconnected)?;
    loop {
        let HistoryPages { channel, next, .. } = &*pages;
        let scripts = &shared.state.scripts;
        let call = scripts.history(&incarnation, channel, *next, PageSize::Full);
        let reply = call.invoke_async(connection).await?;
        if let Some(stored) = add(pages, reply)? {
            return Ok(stored);
        }
    }
}

fn add(pages: &mut HistoryPages, reply: HistoryReply) -> RedisResult<Option<StoredHistory>> {
    let page = parse_history(&pages.channel, reply)?;
    Ok(pages.add(page))
}

fn finish(shared: &Shared, pages: &HistoryPages, stored: &StoredHistory) {
    let HistoryPages {
        channel, request, ..
    } = pages;
    let next = shared
        .subscriptions()
        .finish_load(channel, *request, stored);
    shared.state.reported_errors.clear(channel);
    shared.run(channel, next);
    shared.state.report_arrival();
}

/// Handles an error. One about the channel fails only this channel; any other is returned and ends
/// the session.
pub(super) fn fail(
    shared: &Shared,
    channel: &ChannelName,
    request: Option<LoadRequest>,
    error: RedisError,
) -> RedisResult<()> {
    if shared.node.is_some() && Redirect::of(&error).is_some() {
        shared.load_elsewhere(channel.clone());
        return Ok(());
    }
    match scope(&error) {
        ErrorScope::Writes(why) if is_replica(why) => {
            shared.set_write_refusal(Some(why));
            return Err(error);
        }
        ErrorScope::User | ErrorScope::Connection => return Err(error),
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
