//! One session with Redis, on two connections.
//!
//! The first has the subscriptions, the publications and everything else that is short. Redis sends
//! published messages and replies to publishers on it in order, so a process's own message reaches
//! its hubs before its publisher gets the reply. Long replies use the second.

use super::{
    commands::{self, Command},
    probe::probe,
    push_receiver::PushReceiver,
    server::Server,
    shared::{Connected, Shared},
};
use crate::message::ChannelName;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection,
};
use std::{
    io,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender},
    },
    time::{MissedTickBehavior, interval},
};

/// How long Redis may take to connect or to reply.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The same for a page of a history, which may be one message of any size.
const PAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// The time between two probes.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How many probes there are between two checks of the server, which also reload all channels: to
/// find losses without a lost connection, and so that no channel expires.
const PROBES_PER_CHECK: u32 = 30;
/// How many commands are run at a time.
const BATCH: usize = 64;

pub(super) struct Session {
    connection: MultiplexedConnection,
    server: Server,
    shared: Weak<Shared>,
    lost: Arc<Notify>,
    /// Takes channels that are subscribed to and have to be loaded.
    to_load: UnboundedSender<ChannelName>,
}

impl Session {
    /// Connects twice, and requests that all channels be loaded. Returns the second connection too.
    pub(super) async fn begin(
        client: &Client,
        shared: &Arc<Shared>,
        number: u64,
        to_load: UnboundedSender<ChannelName>,
    ) -> RedisResult<(Self, MultiplexedConnection)> {
        let lost = Arc::new(Notify::new());
        let receiver = PushReceiver {
            session: number,
            shared: Arc::downgrade(shared),
            lost: lost.clone(),
        };
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(TIMEOUT));
        let first = config
            .clone()
            .set_response_timeout(Some(TIMEOUT))
            .set_push_sender(move |push| receiver.receive(&push));
        let mut connection = connect(client, &first).await?;
        shared.scripts.append.load_async(&mut connection).await?;
        probe(shared, &mut connection).await?;
        let server = Server::query(&mut connection).await?;
        let second = config.set_response_timeout(Some(PAGE_TIMEOUT));
        let mut second = connect(client, &second).await?;
        if !Server::query(&mut second).await?.is_same_run(&server) {
            return Err((ErrorKind::Client, "two connections led to two servers").into());
        }
        shared.begin_session(
            number,
            Connected {
                connection: connection.clone(),
                server: server.clone().into(),
            },
        );
        let session = Self {
            connection,
            server,
            shared: Arc::downgrade(shared),
            lost,
            to_load,
        };
        Ok((session, second))
    }

    /// Serves until the connection is lost, which is an error, or the broker is dropped.
    pub(super) async fn serve(
        mut self,
        commands: &mut UnboundedReceiver<Command>,
    ) -> RedisResult<()> {
        let mut probes = interval(PROBE_INTERVAL);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let lost = self.lost.clone();
        let mut count = 0u32;
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                () = lost.notified() => return Err(connection_lost()),
                _ = probes.tick() => {
                    let Some(shared) = self.shared.upgrade() else { return Ok(()) };
                    probe(&shared, &mut self.connection).await?;
                    count += 1;
                    if count.is_multiple_of(PROBES_PER_CHECK) {
                        self.check(&shared).await?;
                    }
                }
                received = commands.recv_many(&mut batch, BATCH) => match received {
                    0 => return Ok(()),
                    _ => self.run(batch).await?,
                }
            }
        }
    }

    /// Finds changes that Redis does not report.
    async fn check(&mut self, shared: &Shared) -> RedisResult<()> {
        let server = Server::query(&mut self.connection).await?;
        if server != self.server {
            self.server = server.clone();
            shared.connected.send_replace(Some(Connected {
                connection: self.connection.clone(),
                server: server.into(),
            }));
        }
        shared.load_all();
        Ok(())
    }

    async fn run(&mut self, batch: Vec<Command>) -> RedisResult<()> {
        match self.shared.upgrade() {
            Some(shared) => {
                commands::run(batch, &shared, &mut self.connection, &self.to_load).await
            }
            None => Ok(()),
        }
    }
}

async fn connect(
    client: &Client,
    config: &AsyncConnectionConfig,
) -> RedisResult<MultiplexedConnection> {
    client
        .get_multiplexed_async_connection_with_config(config)
        .await
}

fn connection_lost() -> RedisError {
    io::Error::new(io::ErrorKind::ConnectionReset, "the connection was lost").into()
}
