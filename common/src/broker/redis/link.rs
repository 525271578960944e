//! The connections to Redis: kept, lost, made again, and what every new one begins with.
//!
//! Redis tells a follower what is published on the same connection on which it answers publishers, in order. So what a process
//! publishes reaches its own hubs before the publisher is answered. What is long comes on a second one.

use super::{
    Link, Shared, accounts, histories,
    names::Names,
    refusal::{Trouble, is_replica, refusal, trouble},
    script::news,
    server::Server,
    why::why,
};
use crate::message::ChannelName;
use log::Level;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, PushInfo, PushKind, RedisError, RedisResult, Value,
    aio::MultiplexedConnection,
};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
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
/// How many channels are followed, or followed no more, at a time.
const BATCH: usize = 64;
/// How long a page of a history may take, which may be one message of any size.
const PATIENCE_FOR_PAGES: Duration = Duration::from_secs(10);

/// What the link is to do beside keeping the connection.
#[derive(Debug)]
pub(super) enum Request {
    /// Follow a channel, or find what is missing of it.
    Ask(ChannelName),
    /// Follow it no more.
    Forget(ChannelName),
}

/// Keeps the connections for as long as anybody has the broker.
pub(super) async fn keep(
    client: Client,
    shared: Weak<Shared>,
    mut requests: UnboundedReceiver<Request>,
) {
    let (mut pause, mut said) = (PAUSE, None);
    for number in 1.. {
        let began = Instant::now();
        let Err(error) = session(&client, &shared, number, &mut requests).await else {
            return;
        };
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let why = why(&client, &error).await;
        // Once for each time that it goes and for each reason why it stays away, and not for each attempt to find it again.
        let is_news = shared.link.send_replace(None).is_some() || said.as_ref() != Some(&why);
        log::log!(
            if is_news { Level::Warn } else { Level::Debug },
            "broker: {} is away: {why}",
            shared.address
        );
        said = Some(why);
        drop(shared);
        sleep(pause).await;
        pause = if began.elapsed() > 2 * LONGEST_PAUSE {
            PAUSE
        } else {
            LONGEST_PAUSE.min(2 * pause)
        };
    }
}

/// Two connections from their beginning to their end, which is an error unless the broker is no more.
async fn session(
    client: &Client,
    shared: &Weak<Shared>,
    number: u64,
    requests: &mut UnboundedReceiver<Request>,
) -> RedisResult<()> {
    let Some(strong) = shared.upgrade() else {
        return Ok(());
    };
    let (wanted, to_load) = unbounded_channel();
    let (session, ordinary) = Session::begin(client, &strong, number, wanted).await?;
    log::info!("broker: connected to {}", strong.address);
    drop(strong);
    tokio::select! {
        end = session.serve(requests) => end,
        end = histories::load_all(shared.clone(), ordinary.clone(), to_load) => end,
        end = accounts::keep(shared.clone(), ordinary) => end,
    }
}

/// The connection with the subscriptions, on which everything else that is short is asked too.
struct Session {
    connection: MultiplexedConnection,
    server: Server,
    shared: Weak<Shared>,
    lost: Arc<Notify>,
    /// The channels that are followed and have to be loaded.
    wanted: UnboundedSender<ChannelName>,
}

impl Session {
    /// Connects twice, and lets every channel be asked for.
    async fn begin(
        client: &Client,
        shared: &Arc<Shared>,
        number: u64,
        wanted: UnboundedSender<ChannelName>,
    ) -> RedisResult<(Self, MultiplexedConnection)> {
        let lost = Arc::new(Notify::new());
        let listener = Listener {
            number,
            shared: Arc::downgrade(shared),
            lost: lost.clone(),
        };
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE));
        let to_listen = config.clone().set_response_timeout(Some(PATIENCE));
        let to_listen = to_listen.set_push_sender(move |push| listener.hear(&push));
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&to_listen)
            .await?;
        shared.scripts.append.load_async(&mut connection).await?;
        probe(shared, &mut connection).await?;
        let server = Server::ask(&mut connection).await?;
        let ordinary = config.set_response_timeout(Some(PATIENCE_FOR_PAGES));
        let mut ordinary = client
            .get_multiplexed_async_connection_with_config(&ordinary)
            .await?;
        if !Server::ask(&mut ordinary).await?.is(&server) {
            return Err((ErrorKind::Client, "two connections led to two servers").into());
        }
        shared.begin_session(
            number,
            Link {
                connection: connection.clone(),
                server: server.clone().into(),
            },
        );
        Ok((
            Self {
                connection,
                server,
                shared: Arc::downgrade(shared),
                lost,
                wanted,
            },
            ordinary,
        ))
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
                        self.check(&shared).await?;
                    }
                }
                received = requests.recv_many(&mut batch, BATCH) => match received {
                    0 => return Ok(()),
                    _ => self.work(batch).await?,
                }
            }
        }
    }

    /// Finds out whether anything has changed that Redis tells nobody.
    async fn check(&mut self, shared: &Shared) -> RedisResult<()> {
        let server = Server::ask(&mut self.connection).await?;
        if server != self.server {
            self.server = server.clone();
            shared.link.send_replace(Some(Link {
                connection: self.connection.clone(),
                server: server.into(),
            }));
        }
        shared.ask_for_all();
        Ok(())
    }

    async fn work(&mut self, requests: Vec<Request>) -> RedisResult<()> {
        let Some(shared) = self.shared.upgrade() else {
            return Ok(());
        };
        let (mut asked, mut forgotten) = (Vec::new(), Vec::new());
        for request in requests {
            match request {
                Request::Ask(channel) if !asked.contains(&channel) => asked.push(channel),
                Request::Ask(_) => {}
                Request::Forget(channel) => forgotten.push(channel),
            }
        }
        // One that is wanted again was asked for again, and that comes later.
        forgotten.retain(|channel| !shared.channels().has(channel));
        asked.retain(|channel| shared.channels().has(channel));
        if !forgotten.is_empty() {
            self.connection
                .unsubscribe(topics(&shared, &forgotten))
                .await?;
        }
        if !asked.is_empty() {
            self.follow(&shared, asked).await?;
        }
        Ok(())
    }

    /// Follows these channels, and then lets them be loaded: in this order, so that nothing falls between.
    async fn follow(&mut self, shared: &Shared, channels: Vec<ChannelName>) -> RedisResult<()> {
        match self.connection.subscribe(topics(shared, &channels)).await {
            Err(error) if channels.len() > 1 && trouble(&error) != Trouble::Outage => {
                for channel in channels {
                    // Only those fail that may not be followed.
                    Box::pin(self.follow(shared, vec![channel])).await?;
                }
            }
            Err(error) => histories::fail(shared, &channels[0], None, error)?,
            Ok(()) => channels
                .into_iter()
                .for_each(|channel| self.wanted.send(channel).unwrap_or(())),
        }
        Ok(())
    }
}

fn topics(shared: &Shared, channels: &[ChannelName]) -> Vec<String> {
    channels
        .iter()
        .map(|channel| shared.scripts.topic(channel))
        .collect()
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

/// Asks for the time, and whether messages would be taken.
async fn probe(shared: &Shared, connection: &mut MultiplexedConnection) -> RedisResult<()> {
    match shared
        .scripts
        .probe()
        .query_async::<((u64, u32),)>(connection)
        .await
    {
        Ok(((seconds, micros),)) => {
            shared
                .clock
                .learn(Duration::from_secs(seconds) + Duration::from_micros(micros.into()));
            shared.set_refusal(None);
        }
        Err(error) => tolerate(shared, error)?,
    }
    Ok(())
}

/// A Redis that takes no messages is still good for its readers, unless another connection may lead to a better one.
fn tolerate(shared: &Shared, error: RedisError) -> RedisResult<()> {
    let refusal = refusal(&error);
    // One that is lost says nothing about what the next will take.
    shared.set_refusal(refusal.or(shared.refusal().filter(|_| !error.is_io_error())));
    if refusal.is_some_and(|why| !is_replica(why)) {
        Ok(())
    } else {
        Err(error)
    }
}

fn tell(shared: &Shared, topic: &Value, payload: &Value) -> RedisResult<()> {
    let (topic, payload) = (text(topic)?, text(payload)?);
    let Some(channel) = Names::channel(topic) else {
        return Ok(());
    };
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
    std::io::Error::new(
        std::io::ErrorKind::ConnectionReset,
        "the connection was lost",
    )
    .into()
}
