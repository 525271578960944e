//! A master with two replicas, and the three sentinels that watch them.

use crate::redis::RedisServer;
use conformance::eventually;
use std::net::{Ipv4Addr, TcpListener};

/// The name of the master.
const NAME: &str = "cache";
/// How long a master is silent until it is replaced, in milliseconds.
const DOWN_AFTER: u32 = 1000;

/// Servers and sentinels. The first server is the first master.
pub(crate) struct Watched {
    pub(crate) servers: Vec<RedisServer>,
    pub(crate) sentinels: Vec<RedisServer>,
    ports: Vec<u16>,
    sentinel_ports: Vec<u16>,
}

/// Returns a free port.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Splits the arguments of a program.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// How servers and sentinels listen, and their users.
pub(crate) struct Access<'a> {
    /// Arguments before the port, and after it.
    pub(crate) port: (&'static str, String),
    /// More arguments of the servers.
    pub(crate) server: &'a str,
    /// More arguments of the sentinels.
    pub(crate) sentinel: &'a str,
}

impl Default for Access<'_> {
    fn default() -> Self {
        Self {
            port: ("--port", String::new()),
            server: "",
            sentinel: "",
        }
    }
}

impl Watched {
    /// Starts all six.
    pub(crate) async fn start() -> Self {
        Self::start_with(&Access::default()).await
    }

    /// Starts all six with these arguments.
    pub(crate) async fn start_with(access: &Access<'_>) -> Self {
        let (port_flag, after) = &access.port;
        let ports = [(); 3].map(|()| free_port());
        let server = |port: &u16| {
            let mut redis = RedisServer::start().expect("redis-server starts");
            let settings = format!("{port_flag} {port} {after} {}", access.server);
            // A replica may be promoted however long it was cut off.
            let replication = "--repl-diskless-sync-delay 0 --replica-priority 1";
            redis
                .launch_with(words(&format!("{settings} {replication}")))
                .unwrap();
            redis
        };
        let servers: Vec<_> = ports.iter().map(server).collect();
        for replica in &servers[1..] {
            let command = format!("REPLICAOF 127.0.0.1 {}", ports[0]);
            replica.command(&command).unwrap();
        }
        let sentinel_ports = [(); 3].map(|()| free_port());
        let sentinel = |port: &u16| {
            let arguments = words(&format!("{port_flag} {port} {after} {}", access.sentinel));
            RedisServer::start_sentinel(&configuration(ports[0]), arguments)
                .expect("redis-server starts as a sentinel")
        };
        let watched = Self {
            servers,
            sentinels: sentinel_ports.iter().map(sentinel).collect(),
            ports: ports.into(),
            sentinel_ports: sentinel_ports.into(),
        };
        watched.settled().await;
        watched
    }

    /// Returns the address for `--broker`.
    pub(crate) fn url(&self) -> String {
        let hosts = self.sentinel_ports.iter();
        let hosts: Vec<_> = hosts.map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis+sentinel://{}/{NAME}", hosts.join(","))
    }

    /// Returns which server a sentinel names as master.
    pub(crate) fn master(&self) -> usize {
        let info = self.sentinels[0].command("INFO sentinel").unwrap();
        let is_named = |port: &u16| info.contains(&format!("address=127.0.0.1:{port},"));
        self.ports.iter().position(is_named).expect("a master")
    }

    /// Waits until the sentinels know each other and both replicas have what the master has.
    pub(crate) async fn settled(&self) {
        eventually("sentinels that know each other", async || {
            self.sentinels.iter().all(|sentinel| {
                let info = sentinel.command("INFO sentinel").unwrap();
                info.contains("status=ok,") && info.contains("slaves=2,sentinels=3")
            })
        })
        .await;
        self.replicated().await;
    }

    /// Waits until both replicas have what the master has.
    pub(crate) async fn replicated(&self) {
        let master = &self.servers[self.master()];
        eventually("replicas with all data", async || {
            let info = master.command("INFO replication").unwrap();
            let offset = info.split_once("master_repl_offset:").unwrap().1;
            let offset = offset.lines().next().unwrap();
            let current = format!("state=online,offset={offset},");
            info.matches(&current).count() == 2
        })
        .await;
    }

    /// Cuts the replicas off the master, which goes on without them.
    pub(crate) fn cut_replicas_off(&self) {
        let master = self.master();
        for (at, server) in self.servers.iter().enumerate() {
            if at != master {
                server.freeze().unwrap();
            }
        }
        self.servers[master]
            .command("CLIENT KILL TYPE replica")
            .unwrap();
    }
}

fn configuration(master: u16) -> String {
    format!(
        "sentinel monitor {NAME} 127.0.0.1 {master} 2\n\
         sentinel down-after-milliseconds {NAME} {DOWN_AFTER}\n\
         sentinel failover-timeout {NAME} 4000\n"
    )
}
