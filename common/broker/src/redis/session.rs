//! One session with Redis, on two connections; with a node of a cluster, on three.
//!
//! The first has the subscriptions, the publications and everything else that is short. Redis sends
//! published messages and replies to publishers on it in order, so a process's own message reaches
//! its hubs before its publisher gets the reply. Long replies use the second. The third one has the
//! subscriptions to a node of a cluster: a publication there waits for its message.

use super::{
    command::Command,
    commands,
    connections::Connections,
    load_queue::Loads,
    probe::{check_permissions, probe},
    push_receiver::PushReceiver,
    reload::{PROBES_PER_CHECK, Reload},
    server::Server,
    shared::{Connected, Shared},
    target::{TIMEOUT, Target, config},
};
use redis::{ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection};
use std::{
    io,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{
        Notify, OwnedSemaphorePermit,
        mpsc::{UnboundedReceiver, UnboundedSender},
    },
    time::{MissedTickBehavior, interval},
};

/// How long Redis may take to reply with a page of a history, which may be one message of any size.
const PAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// The time between two probes.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How many commands are run at a time.
const BATCH: usize = 64;

pub(super) struct Session {
    connections: Connections,
    server: Server,
    shared: Weak<Shared>,
    lost: Arc<Notify>,
    /// Takes channels that are subscribed to and have to be loaded.
    to_load: UnboundedSender<Loads>,
    reload: Reload,
}

/// Connects once more to the server that the first connection led to, to read whole histories.
async fn second_connection(target: &Target, server: &Server) -> RedisResult<MultiplexedConnection> {
    let mut second = target.connect(&config(PAGE_TIMEOUT)).await?;
    if Server::query(&mut second).await?.is_same_run(server) {
        Ok(second)
    } else {
        Err((ErrorKind::Client, "two connections led to two servers").into())
    }
}

impl Session {
    /// Connects twice. Returns the second connection too.
    ///
    /// # Errors
    ///
    /// If Redis does not connect in time, takes no messages, refuses a permission, or if two
    /// connections lead to two servers.
    pub(super) async fn begin(
        target: &Target,
        shared: &Arc<Shared>,
        number: u64,
        to_load: UnboundedSender<Loads>,
    ) -> RedisResult<(Self, MultiplexedConnection)> {
        let lost = Arc::new(Notify::new());
        let receiver = PushReceiver {
            session: number,
            shared: Arc::downgrade(shared),
            lost: lost.clone(),
        };
        let first = config(TIMEOUT).set_push_sender(move |push| receiver.receive(&push));
        let mut connection = target.connect(&first).await?;
        let server = Server::query(&mut connection).await?;
        let sharded = match &shared.node {
            Some(_) => Some(target.connect(&first).await?),
            None => None,
        };
        let append = &shared.state.scripts.append;
        append.load_async(&mut connection).await?;
        probe(shared, &mut connection).await?;
        check_permissions(shared, &mut connection).await?;
        server.report_eviction(&shared.address);
        let second = second_connection(target, &server).await?;
        let connected = Connected {
            connection: connection.clone(),
            server: server.clone().into(),
        };
        shared.begin_session(number, connected).await;
        let session = Self {
            connections: Connections {
                publishing: connection,
                sharded,
            },
            server,
            shared: Arc::downgrade(shared),
            lost,
            to_load,
            reload: Reload::new(),
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
                    probe(&shared, &mut self.connections.publishing).await?;
                    count += 1;
                    if count.is_multiple_of(PROBES_PER_CHECK) {
                        self.check(&shared).await?;
                        self.reload.begin_shares();
                    }
                    let channels = shared.subscriptions().len();
                    self.reload.add_share(channels);
                }
                received = commands.recv_many(&mut batch, BATCH) => match received {
                    0 => return Ok(()),
                    _ => self.run(batch).await?,
                },
                turn = self.reload.turn() => self.load_next(turn).await?,
            }
        }
    }

    /// Finds changes that Redis does not report.
    async fn check(&mut self, shared: &Shared) -> RedisResult<()> {
        let server = Server::query(&mut self.connections.publishing).await?;
        check_permissions(shared, &mut self.connections.publishing).await?;
        if server != self.server {
            server.report_eviction(&shared.address);
            self.server = server.clone();
            shared.connected.send_replace(Some(Connected {
                connection: self.connections.publishing.clone(),
                server: server.into(),
            }));
        }
        Ok(())
    }

    async fn run(&mut self, batch: Vec<Command>) -> RedisResult<()> {
        match self.shared.upgrade() {
            Some(shared) => {
                let Self {
                    connections,
                    to_load,
                    reload,
                    ..
                } = self;
                commands::run(batch, &shared, connections, to_load, reload).await
            }
            None => Ok(()),
        }
    }

    /// Loads the next channels of a reload.
    async fn load_next(&mut self, turn: Option<OwnedSemaphorePermit>) -> RedisResult<()> {
        let Some(shared) = self.shared.upgrade() else {
            return Ok(());
        };
        let channels = self.reload.next(&shared);
        if channels.is_empty() {
            return Ok(());
        }
        let Self {
            connections,
            to_load,
            ..
        } = self;
        commands::subscribe(channels, turn, &shared, connections, to_load).await
    }
}

fn connection_lost() -> RedisError {
    io::Error::new(io::ErrorKind::ConnectionReset, "the connection was lost").into()
}
