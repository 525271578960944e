//! The three services under audit: the audit's own, which it can restart, or another deployment.

use super::args::Audit;
use broker::Broker;
use client::{Base, Transport};
use common::message::{ChannelName, MessageId};
use longpoll_svc::LongPoll;
use net::listen;
use parking_lot::Mutex;
use servers::{broker_choice::BrokerChoice, keyspace::Keyspace, redis::RedisServer};
use service::{
    Config,
    server::{Running, raise_open_files, start},
};
use sse_svc::Sse;
use std::{
    cell::RefCell,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use support::transports::LANES;
use ws_svc::Ws;

/// History of the audit's own services, in messages: enough that only a restart causes a loss.
const HISTORY: usize = 10_000;
/// How long messages outlive the audit in a Redis that it did not start.
const KEPT: Duration = Duration::from_secs(3600);

/// The services under audit.
pub(super) struct Deployment {
    pub(super) channel: ChannelName,
    /// The addresses of the audited services. A transport without one is left out.
    bases: RefCell<[Option<Base>; 3]>,
    own: Option<Own>,
}

/// Services in this process. They share a memory broker, or each has its own connection to one
/// Redis.
struct Own {
    config: Config,
    memory: Option<Broker>,
    redis: Option<Arc<Mutex<RedisServer>>>,
    running: RefCell<[Option<Running>; 3]>,
}

impl Deployment {
    pub(super) fn new(audit: &Audit, new_channel: &str) -> io::Result<Self> {
        let new = || ChannelName::parse(new_channel).expect("a valid name");
        match &audit.others {
            Some(others) => Ok(Self {
                channel: others.channel.clone().unwrap_or_else(new),
                bases: others.bases().into(),
                own: None,
            }),
            None => Self::start(new(), audit),
        }
    }

    fn start(channel: ChannelName, audit: &Audit) -> io::Result<Self> {
        let redis = audit.broker.start()?;
        let url = audit.broker.url(redis.as_ref());
        let mut config = settings(
            audit.history.map_or(HISTORY, Into::into),
            &Keyspace::new(url),
            audit.duration + KEPT,
        );
        config.broker_tls = audit.broker_tls.clone();
        let memory = matches!(audit.broker, BrokerChoice::Memory)
            .then(|| Broker::try_from(&config))
            .transpose()?;
        let redis = redis.map(|redis| Arc::new(Mutex::new(redis)));
        let own = Own {
            config,
            memory,
            redis,
            running: RefCell::default(),
        };
        let bases = [own.start(0)?, own.start(1)?, own.start(2)?]
            .map(Some)
            .into();
        Ok(Self {
            channel,
            bases,
            own: Some(own),
        })
    }

    /// Returns the current address of a service.
    pub(super) fn base(&self, transport: usize) -> Base {
        let base = self.bases.borrow()[transport].clone();
        base.expect("a transport with an address")
    }

    /// Returns the audited transports, in the order of the lanes.
    pub(super) fn transports(&self) -> Vec<usize> {
        let bases = self.bases.borrow();
        (0..3).filter(|at| bases[*at].is_some()).collect()
    }

    /// Returns whether the audit started these services itself.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Returns whether a restarted service begins with an empty history.
    pub(super) fn forgets(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.memory.is_some())
    }

    /// Returns whether the broker may lose its last messages in a crash: nothing is known of a Redis
    /// that the audit did not start.
    pub(super) fn may_lose(&self, audit: &Audit) -> bool {
        matches!(audit.broker, BrokerChoice::Redis(_))
    }

    /// Returns the Redis that the audit started.
    pub(super) fn redis(&self) -> Option<Arc<Mutex<RedisServer>>> {
        self.own.as_ref()?.redis.clone()
    }

    /// Returns the promised history in messages.
    pub(super) fn history(&self, audit: &Audit) -> Option<u64> {
        let own = self.is_own().then_some(HISTORY);
        audit
            .history
            .map(Into::into)
            .or(own)
            .map(|history| history as u64)
    }

    /// Stops one of the audit's own services, with or without a drain.
    pub(super) async fn end(&self, transport: usize, gracefully: bool) {
        let running = self
            .own
            .as_ref()
            .and_then(|own| own.running.borrow_mut()[transport].take());
        let Some(running) = running else { return };
        if gracefully {
            running.stop().await;
        } else {
            running.kill().await;
        }
    }

    /// Restarts a service on a new port: another program may have taken the old one.
    pub(super) fn restart(&self, transport: usize) -> io::Result<()> {
        let Some(own) = &self.own else { return Ok(()) };
        let base = own.start(transport)?;
        self.bases.borrow_mut()[transport] = Some(base);
        Ok(())
    }
}

impl Own {
    fn start(&self, transport: usize) -> io::Result<Base> {
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let broker = match &self.memory {
            Some(memory) => memory.clone(),
            None => Broker::try_from(&self.config)?,
        };
        let config = self.config.clone();
        let running = match LANES[transport].transport {
            Transport::Longpoll => start(listener, LongPoll::default(), config, broker)?,
            Transport::Sse => start(listener, Sse::default(), config, broker)?,
            Transport::Ws => start(listener, Ws, config, broker)?,
        };
        let base = format!("http://{}", running.address())
            .parse()
            .map_err(io::Error::other)?;
        self.running.borrow_mut()[transport] = Some(running);
        Ok(base)
    }
}

/// Returns settings in which only the number of messages limits the history. They ignore the
/// environment, which is meant for other services. Redis drops the messages after `age`.
fn settings(history: usize, keys: &Keyspace, age: Duration) -> Config {
    let age = age.as_secs().to_string();
    let history = history.to_string();
    // Only the profile jitter has that many, and one service at a time.
    let most = (raise_open_files() / 2).to_string();
    let plenty = [
        "--history-bytes",
        "1073741824",
        "--history-total",
        "1073741824",
        "--history-age",
        &age,
    ];
    let broker = ["--broker", &keys.url, "--broker-prefix", &keys.prefix];
    let flags = [
        "--history",
        &history,
        "--max-connections",
        &most,
        "--drain",
        "1",
    ];
    Config::from_flags(&[&flags[..], &broker, &plenty].concat())
}

/// Returns, for each service, the first service with the same broker.
///
/// Two services share a broker if their first messages have the same epoch and different offsets.
pub(super) fn ledger_of(first: [Option<MessageId>; 3]) -> [usize; 3] {
    let same = |a: usize, b: usize| match (first[a], first[b]) {
        (Some(one), Some(other)) => one.epoch == other.epoch && one.offset != other.offset,
        _ => false,
    };
    [0, 1, 2].map(|at| (0..at).find(|before| same(*before, at)).unwrap_or(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_of_one_broker_are_found() {
        let id = |epoch, offset| Some(MessageId { epoch, offset });
        assert_eq!(ledger_of([id(7, 1), id(7, 2), id(7, 3)]), [0, 0, 0]);
        assert_eq!(ledger_of([id(7, 1), id(8, 1), id(9, 1)]), [0, 1, 2]);
        assert_eq!(ledger_of([id(7, 1), id(8, 1), id(8, 2)]), [0, 1, 1]);
        assert_eq!(ledger_of([id(7, 1), id(7, 1), id(7, 2)]), [0, 1, 0]);
        assert_eq!(ledger_of([None, id(7, 1), id(7, 2)]), [0, 1, 1]);
    }
}
