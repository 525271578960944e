//! What channels hold, asked for over a connection of its own.
//!
//! Redis ends a connection with subscriptions when too much waits to be sent on it, so histories do not go there. They come
//! in pages: none keeps Redis from its other work for long, and each is in time over a slow link.

use super::{
    Shared,
    channels::Question,
    refusal::{Trouble, is_replica, trouble},
    script::{History, Known, Reply, held},
};
use crate::message::{ChannelName, Message, MessageId};
use redis::{RedisError, RedisResult, aio::MultiplexedConnection};
use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    task::{JoinError, JoinSet},
};

/// How many channels are loaded at a time.
pub(super) const AT_A_TIME: usize = 8;

/// Loads the channels that come through `wanted`, each of which is followed by then, until something is wrong with the
/// connection.
pub(super) async fn load_all(
    shared: Weak<Shared>,
    connection: MultiplexedConnection,
    mut wanted: UnboundedReceiver<ChannelName>,
) -> RedisResult<()> {
    let (mut loading, mut due) = (JoinSet::new(), VecDeque::new());
    loop {
        tokio::select! {
            channel = wanted.recv() => due.push_back(channel.ok_or_else(stopped)?),
            Some(loaded) = loading.join_next() => loaded.map_err(panicked)??,
        }
        while loading.len() < AT_A_TIME
            && let Some(channel) = due.pop_front()
        {
            let shared = shared.upgrade().ok_or_else(stopped)?;
            loading.spawn(load(shared, connection.clone(), channel));
        }
    }
}

/// Finds out what a channel holds. An error is about the connection.
async fn load(
    shared: Arc<Shared>,
    mut connection: MultiplexedConnection,
    channel: ChannelName,
) -> RedisResult<()> {
    let Some(question) = shared.channels().ask(&channel) else {
        return Ok(());
    };
    match history(&shared, &mut connection, &channel, question).await {
        Ok(history) => {
            let then = shared.channels().fill(&channel, question, &history);
            shared.troubles.clear(&channel);
            shared.follow_up(&channel, then);
            Ok(())
        }
        Err(error) => fail(&shared, &channel, Some(question), error),
    }
}

/// What a channel holds, page by page, up to what it held when it was asked first: what comes later is told.
async fn history(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    channel: &ChannelName,
    question: Question,
) -> RedisResult<History> {
    let life = shared.life().ok_or_else(stopped)?;
    let (mut next, mut messages) = (question, Vec::<Message>::new());
    let mut until: Option<MessageId> = None;
    loop {
        let reply: Reply = shared
            .scripts
            .history(&life, channel, next)
            .invoke_async(connection)
            .await?;
        let History {
            head,
            messages: page,
        } = held(channel, reply)?;
        let Some(newest) = page.last().map(|newest| Known {
            id: newest.id,
            time: newest.time,
        }) else {
            return Ok(History { head, messages });
        };
        if messages.last().map(|last| last.id.next()) != page.first().map(|first| first.id) {
            // The channel was renewed, or what was to follow is held no more.
            messages.clear();
        }
        messages.extend(page);
        let last = *until.insert(
            until
                .filter(|until| until.epoch == head.epoch)
                .unwrap_or(head),
        );
        if newest.id >= last {
            return Ok(History {
                head: newest.id,
                messages,
            });
        }
        next = Question {
            last: Some(newest),
            all: false,
            ..question
        };
    }
}

/// A channel that Redis cannot give harms no other; any other error is the connection's.
pub(super) fn fail(
    shared: &Shared,
    channel: &ChannelName,
    question: Option<Question>,
    error: RedisError,
) -> RedisResult<()> {
    match trouble(&error) {
        Trouble::Refusal(why) if is_replica(why) => {
            shared.set_refusal(Some(why));
            return Err(error);
        }
        Trouble::Outage => return Err(error),
        Trouble::Refusal(_) | Trouble::ChannelName(_) => {}
    }
    let problem = shared.refused(channel, &error);
    let forget = shared.channels().fail(channel, question, &problem);
    if forget {
        shared.forget(channel);
    }
    Ok(())
}

fn panicked(error: JoinError) -> RedisError {
    std::io::Error::other(error).into()
}

fn stopped() -> RedisError {
    std::io::Error::other("the broker is no more").into()
}
