//! The one connection to Redis: kept, lost, made again, and what every new one begins with.
//!
//! Redis tells a follower what is published on the same connection on which it answers, in order. So what a process
//! publishes reaches its own hubs before the publisher is answered.

use super::{
    Shared,
    channels::Question,
    names::Names,
    refusal::{is_replica, refusal},
    script::{Reply, held, news},
};
use crate::message::Channel;
use log::Level;
use redis::{
    AsyncConnectionConfig, Client, PushInfo, PushKind, RedisError, RedisResult, Value, aio::MultiplexedConnection,
};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc::UnboundedReceiver},
    time::{Instant, MissedTickBehavior, interval, sleep},
};

/// How long Redis may take for an answer, or to be connected to.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is asked whether it is there and takes messages.
const PROBE: Duration = Duration::from_secs(1);
/// How many of these later every channel is asked for: for losses without a lost connection, and so that none expires.
const CHECK: u32 = 30;
/// Before the first new attempt to connect; doubled after each.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How many histories are asked for at a time: each may be as large as a channel's history.
const BATCH: usize = 16;

/// What the link is to do beside keeping the connection.
#[derive(Debug)]
pub(super) enum Request {
    /// Follow a channel, or find what is missing of it.
    Ask(Channel),
    /// Follow it no more.
    Forget(Channel),
}

/// Keeps a connection for as long as anybody has the broker.
pub(super) async fn keep(client: Client, shared: Weak<Shared>, mut requests: UnboundedReceiver<Request>) {
    let mut pause = PAUSE;
    for number in 1.. {
        let began = Instant::now();
        let Err(error) = session(&client, &shared, number, &mut requests).await else { return };
        let Some(shared) = shared.upgrade() else { return };
        // Once for each time that it goes, and not for each attempt to find it again.
        let level =
            if number == 1 || shared.connection.send_replace(None).is_some() { Level::Warn } else { Level::Debug };
        log::log!(level, "broker: {} is away: {error}", shared.address);
        drop(shared);
        sleep(pause).await;
        pause = if began.elapsed() > 2 * LONGEST_PAUSE { PAUSE } else { LONGEST_PAUSE.min(2 * pause) };
    }
}

/// One connection from its beginning to its end, which is an error unless the broker is no more.
async fn session(
    client: &Client,
    shared: &Weak<Shared>,
    number: u64,
    requests: &mut UnboundedReceiver<Request>,
) -> RedisResult<()> {
    let Some(strong) = shared.upgrade() else { return Ok(()) };
    let session = Session::begin(client, &strong, number).await?;
    log::info!("broker: connected to {}", strong.address);
    drop(strong);
    session.serve(requests).await
}

/// One connection.
struct Session {
    connection: MultiplexedConnection,
    shared: Weak<Shared>,
    lost: Arc<Notify>,
}

impl Session {
    /// Connects, and lets every channel be asked for.
    async fn begin(client: &Client, shared: &Arc<Shared>, number: u64) -> RedisResult<Self> {
        let lost = Arc::new(Notify::new());
        let listener = Listener { number, shared: Arc::downgrade(shared), lost: lost.clone() };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(move |push| listener.hear(&push));
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        shared.scripts.append.load_async(&mut connection).await?;
        shared.scripts.history.load_async(&mut connection).await?;
        probe(shared, &mut connection).await?;
        shared.begin_session(number);
        shared.connection.send_replace(Some(connection.clone()));
        Ok(Self { connection, shared: Arc::downgrade(shared), lost })
    }

    /// Serves until the connection is lost, which is an error, or the broker is no more.
    async fn serve(mut self, requests: &mut UnboundedReceiver<Request>) -> RedisResult<()> {
        let mut probes = interval(PROBE);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (lost, mut count) = (self.lost.clone(), 0u32);
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                () = lost.notified() => return Err(closed()),
                _ = probes.tick() => {
                    let Some(shared) = self.shared.upgrade() else { return Ok(()) };
                    probe(&shared, &mut self.connection).await?;
                    count += 1;
                    if count.is_multiple_of(CHECK) {
                        shared.ask_for_all();
                    }
                }
                received = requests.recv_many(&mut batch, BATCH) => match received {
                    0 => return Ok(()),
                    _ => self.work(batch).await?,
                }
            }
        }
    }

    async fn work(&mut self, requests: Vec<Request>) -> RedisResult<()> {
        let Some(shared) = self.shared.upgrade() else { return Ok(()) };
        let mut asked = Vec::new();
        for request in requests {
            match request {
                Request::Ask(channel) if !asked.contains(&channel) => asked.push(channel),
                Request::Ask(_) => {}
                // Unless it is wanted again: then it is asked for again, and that comes later.
                Request::Forget(channel) if !shared.channels().has(&channel) => {
                    self.connection.unsubscribe(shared.scripts.topic(&channel)).await?;
                }
                Request::Forget(_) => {}
            }
        }
        asked.retain(|channel| shared.channels().has(channel));
        let answered = if asked.is_empty() { Ok(()) } else { self.ask(&shared, &asked).await };
        answered.or_else(|error| tolerate(&shared, error))
    }

    /// Follows these channels and finds out what they hold: in this order, so that nothing falls between.
    async fn ask(&mut self, shared: &Shared, channels: &[Channel]) -> RedisResult<()> {
        let topics: Vec<_> = channels.iter().map(|channel| shared.scripts.topic(channel)).collect();
        self.connection.subscribe(topics).await?;
        let questions: Vec<(&Channel, Question)> = {
            let mut all = shared.channels();
            channels.iter().filter_map(|channel| Some((channel, all.ask(channel)?))).collect()
        };
        let mut pipe = redis::pipe();
        for (channel, question) in &questions {
            pipe.invoke_script(&shared.scripts.history(channel, *question));
        }
        let replies: Vec<Reply> = pipe.query_async(&mut self.connection).await?;
        for ((channel, question), reply) in questions.into_iter().zip(replies) {
            let history = held(channel, reply)?;
            let then = shared.channels().fill(channel, question, history);
            shared.follow_up(channel, then);
        }
        Ok(())
    }
}

/// Hears what Redis tells one connection.
struct Listener {
    number: u64,
    shared: Weak<Shared>,
    lost: Arc<Notify>,
}

impl Listener {
    /// Nobody minds an error: it says that nobody listens any more.
    fn hear(&self, push: &PushInfo) -> Result<(), ()> {
        let shared = self.shared.upgrade().ok_or(())?;
        match (&push.kind, &push.data[..]) {
            (PushKind::Disconnection, _) => self.lost.notify_one(),
            (PushKind::Message, [topic, payload]) if shared.is_session(self.number) => {
                if let Err(error) = tell(&shared, topic, payload) {
                    log::error!("broker: {} said something strange: {error}", shared.address);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Asks whether messages would be taken.
async fn probe(shared: &Shared, connection: &mut MultiplexedConnection) -> RedisResult<()> {
    match shared.scripts.probe().query_async::<Value>(connection).await {
        Ok(_) => shared.set_refusal(None),
        Err(error) => tolerate(shared, error)?,
    }
    Ok(())
}

/// A Redis that takes no messages is still good for its readers, unless another connection may lead to a better one.
fn tolerate(shared: &Shared, error: RedisError) -> RedisResult<()> {
    let refusal = refusal(&error);
    // One that is lost says nothing about what the next will take.
    shared.set_refusal(refusal.or(shared.refusal().filter(|_| !error.is_io_error())));
    if refusal.is_some_and(|why| !is_replica(why)) { Ok(()) } else { Err(error) }
}

fn tell(shared: &Shared, topic: &Value, payload: &Value) -> RedisResult<()> {
    let (topic, payload) = (text(topic)?, text(payload)?);
    let Some(channel) = Names::channel(topic) else { return Ok(()) };
    let news = news(&channel, payload)?;
    let then = shared.channels().take(&channel, news);
    shared.follow_up(&channel, then);
    Ok(())
}

fn text(value: &Value) -> RedisResult<&str> {
    let text = match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    };
    text.ok_or_else(|| (redis::ErrorKind::UnexpectedReturnType, "no text").into())
}

fn closed() -> RedisError {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the connection was lost").into()
}
