//! A cluster of three masters, each with a replica.

use crate::{
    redis::RedisServer,
    sentinel_servers::{free_port, words},
};
use conformance::eventually;
use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// The number of slots of every cluster.
const SLOTS: usize = 16384;
/// How long six nodes may take to agree.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a master is silent until it is replaced, in milliseconds.
const NODE_TIMEOUT: u32 = 1500;
/// The same for nodes that no test stops: a busy machine must not make one of them seem dead.
const CALM_NODE_TIMEOUT: u32 = 60_000;

/// Six nodes. Each of the first three is a master at the start, with the replica three after it.
pub(crate) struct Nodes {
    pub(crate) servers: Vec<RedisServer>,
    ports: Vec<u16>,
}

impl Nodes {
    /// Starts all six, with more arguments. `port_flag` is `--port` or `--tls-port`.
    pub(crate) fn start_with(port_flag: &str, arguments: &str) -> Self {
        Self::launch(NODE_TIMEOUT, port_flag, arguments)
    }

    fn launch(timeout: u32, port_flag: &str, arguments: &str) -> Self {
        let ports = [(); 6].map(|()| (free_port(), free_port()));
        let server = |(port, bus): &(u16, u16)| {
            let mut redis = RedisServer::start().expect("redis-server starts");
            let cluster = format!(
                "--cluster-enabled yes --cluster-port {bus} --cluster-node-timeout {timeout}"
            );
            let settings = format!("{port_flag} {port} {cluster} --repl-diskless-sync-delay 0");
            redis
                .launch_with(words(&format!("{settings} {arguments}")))
                .unwrap();
            redis
        };
        let nodes = Self {
            servers: ports.iter().map(server).collect(),
            ports: ports.iter().map(|(port, _)| *port).collect(),
        };
        nodes.assign_slots();
        for (port, bus) in &ports[1..] {
            nodes.command(0, &format!("CLUSTER MEET 127.0.0.1 {port} {bus}"));
        }
        nodes.wait_until("nodes that know each other", |info| {
            info.contains("cluster_known_nodes:6") && info.contains("cluster_state:ok")
        });
        for replica in 3..6 {
            let master = nodes.id(replica - 3);
            nodes.command(replica, &format!("CLUSTER REPLICATE {master}"));
        }
        nodes.wait_until_replicated();
        nodes
    }

    /// Starts all six.
    pub(crate) fn start() -> Self {
        Self::start_with("--port", "")
    }

    /// Starts all six for tests without faults.
    pub(crate) fn start_calm() -> Self {
        Self::launch(CALM_NODE_TIMEOUT, "--port", "")
    }

    fn assign_slots(&self) {
        for node in 0..3 {
            let first = node * SLOTS / 3;
            let last = (node + 1) * SLOTS / 3 - 1;
            self.command(node, &format!("CLUSTER ADDSLOTSRANGE {first} {last}"));
            self.command(node, &format!("CLUSTER SET-CONFIG-EPOCH {}", node + 1));
        }
    }

    /// Returns the address for `--broker`, of two of the nodes.
    pub(crate) fn url(&self) -> String {
        let [master, replica] = self.ports();
        format!("redis+cluster://127.0.0.1:{master},127.0.0.1:{replica}")
    }

    /// Returns the ports of the first master and of a replica.
    pub(crate) fn ports(&self) -> [u16; 2] {
        [self.ports[0], self.ports[4]]
    }

    /// Sends a command to a node, which must accept it.
    fn command(&self, node: usize, command: &str) -> String {
        let reply = self.servers[node].command(command).unwrap();
        assert!(!reply.starts_with('-'), "{command}: {reply}");
        reply
    }

    fn id(&self, node: usize) -> String {
        self.command(node, "CLUSTER MYID").trim().to_owned()
    }

    /// Waits until this is true of all nodes that run.
    fn wait_until(&self, what: &str, is_true: impl Fn(&str) -> bool) {
        wait_for(what, || {
            let mut nodes = self.servers.iter();
            nodes.all(|node| {
                let info = node.command("CLUSTER INFO");
                info.map_or(true, |info| is_true(&info))
            })
        });
    }

    fn wait_until_replicated(&self) {
        let is_replicated = |node: usize| {
            let info = self.command(node, "INFO replication");
            info.contains("state=online")
        };
        wait_for("replicas", || (0..3).all(is_replicated));
    }

    /// Returns the slot of a channel.
    pub(crate) fn slot(&self, channel: &str) -> u16 {
        let reply = self.command(1, &format!("CLUSTER KEYSLOT {channel}"));
        reply.trim().trim_start_matches(':').parse().unwrap()
    }

    /// Returns which of the first masters has a channel at the start.
    pub(crate) fn first_master(&self, channel: &str) -> usize {
        (usize::from(self.slot(channel)) * 3 + 2) / SLOTS
    }

    /// Waits until the replica of one of the first masters has what the master has.
    pub(crate) async fn replicated(&self, master: usize) {
        eventually("a replica with all data", async || {
            let info = self.command(master, "INFO replication");
            let offset = info.split_once("master_repl_offset:").unwrap().1;
            let offset = offset.lines().next().unwrap();
            info.contains(&format!("state=online,offset={offset},"))
        })
        .await;
    }

    /// Waits until the messages of one of these channels were forgotten.
    pub(crate) async fn wait_until_forgotten(&self, prefix: &str, channels: &[&str]) {
        eventually("a channel to be forgotten", async || {
            let is_gone = |channel: &&str| {
                let key = format!("EXISTS {prefix}{{{channel}}}:log");
                self.command(self.first_master(channel), &key).trim() == ":0"
            };
            channels.iter().any(is_gone)
        })
        .await;
    }

    /// Moves a slot from one node to another, as a resharding does.
    pub(crate) fn move_slot(&self, slot: u16, from: usize, to: usize) {
        let (from_id, to_id) = (self.id(from), self.id(to));
        self.command(to, &format!("CLUSTER SETSLOT {slot} IMPORTING {from_id}"));
        self.command(from, &format!("CLUSTER SETSLOT {slot} MIGRATING {to_id}"));
        while let keys = self.keys(from, slot)
            && !keys.is_empty()
        {
            let keys = keys.join(" ");
            let migrate = format!(
                "MIGRATE 127.0.0.1 {} \"\" 0 5000 KEYS {keys}",
                self.ports[to]
            );
            self.command(from, &migrate);
        }
        for node in [to, from] {
            self.command(node, &format!("CLUSTER SETSLOT {slot} NODE {to_id}"));
        }
        self.wait_until_agreed();
    }

    /// Waits until all nodes have the same map. A node that takes a slot back before it knows the
    /// epoch under which the other one got it may lose the slot again, and deletes its keys then.
    fn wait_until_agreed(&self) {
        wait_for("a map", || {
            let maps = self.servers.iter().map(|server| {
                let nodes = server.command("CLUSTER NODES").unwrap();
                Owner::parse_all(&nodes)
            });
            let maps: Vec<_> = maps.collect();
            let mut epochs: Vec<_> = maps[0].iter().map(|owner| owner.epoch.clone()).collect();
            epochs.sort();
            epochs.dedup();
            epochs.len() == maps[0].len() && maps.iter().all(|map| *map == maps[0])
        });
    }

    /// Returns keys of a slot at a node.
    fn keys(&self, node: usize, slot: u16) -> Vec<String> {
        let mut command = Command::new("redis-cli");
        let socket = self.servers[node].directory().join("redis.sock");
        command
            .arg("-s")
            .arg(socket)
            .args(["CLUSTER", "GETKEYSINSLOT"]);
        let output = command.args([&slot.to_string(), "2"]).output().unwrap();
        words(&String::from_utf8(output.stdout).unwrap())
    }
}

fn wait_for(what: &str, is_true: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A master as a node knows it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    id: String,
    epoch: String,
    slots: Vec<String>,
}

impl Owner {
    /// Parses the reply to `CLUSTER NODES`: on each line an id, an address, flags, the id of the
    /// master, two times, an epoch, the state of the link, and ranges of slots.
    fn parse_all(nodes: &str) -> Vec<Self> {
        let masters = nodes.lines().filter_map(|line| {
            let fields = words(line);
            let is_master = fields.get(2)?.contains("master");
            is_master.then(|| Self {
                id: fields[0].clone(),
                epoch: fields[6].clone(),
                slots: fields[8..].to_vec(),
            })
        });
        let mut masters: Vec<_> = masters.collect();
        masters.sort();
        masters
    }
}
