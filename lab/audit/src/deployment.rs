//! The three services under audit: the audit's own, which it can restart, or another deployment.

use super::args::{Audit, BrokerChoice, ExistingDeployment};
use client::{Base, Transport};
use common::{
    Config,
    broker::Broker,
    message::{ChannelName, MessageId},
    net::listen,
    server::{Running, raise_open_files, start},
};
use longpoll_svc::LongPoll;
use parking_lot::Mutex;
use servers::{keyspace::Keyspace, redis::RedisServer};
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
    bases: RefCell<[Base; 3]>,
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
        let new = || ChannelName::parse(new_channel).expect("letters and digits");
        match &audit.others {
            Some(ExistingDeployment {
                longpoll,
                sse,
                ws,
                channel,
            }) => {
                let bases = [longpoll.clone(), sse.clone(), ws.clone()].into();
                Ok(Self {
                    channel: channel.clone().unwrap_or_else(new),
                    bases,
                    own: None,
                })
            }
            None => Self::start(new(), audit),
        }
    }

    fn start(channel: ChannelName, audit: &Audit) -> io::Result<Self> {
        let redis = matches!(audit.broker, BrokerChoice::OwnRedis)
            .then(RedisServer::start)
            .transpose()?;
        let url = match (&audit.broker, &redis) {
            (BrokerChoice::Redis(url), _) => url.clone(),
            (_, Some(redis)) => redis.url(),
            _ => "memory".to_owned(),
        };
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
        let bases = [own.start(0)?, own.start(1)?, own.start(2)?].into();
        Ok(Self {
            channel,
            bases,
            own: Some(own),
        })
    }

    /// Returns the current address of a service.
    pub(super) fn base(&self, transport: usize) -> Base {
        self.bases.borrow()[transport].clone()
    }

    /// Returns whether the audit started these services itself.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Returns whether a restarted service begins with an empty history.
    pub(super) fn forgets(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.memory.is_some())
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
        self.bases.borrow_mut()[transport] = base;
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
    let most = (raise_open_files() / 5).to_string();
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
pub(super) fn ledger_of(first: [MessageId; 3]) -> [usize; 3] {
    let same = |a: usize, b: usize| {
        a == b || (first[a].epoch == first[b].epoch && first[a].offset != first[b].offset)
    };
    [0, 1, 2].map(|at| (0..at).find(|before| same(*before, at)).unwrap_or(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_of_one_broker_are_found() {
        let id = |epoch, offset| MessageId { epoch, offset };
        assert_eq!(ledger_of([id(7, 1), id(7, 2), id(7, 3)]), [0, 0, 0]);
        assert_eq!(ledger_of([id(7, 1), id(8, 1), id(9, 1)]), [0, 1, 2]);
        assert_eq!(ledger_of([id(7, 1), id(8, 1), id(8, 2)]), [0, 1, 1]);
        assert_eq!(ledger_of([id(7, 1), id(7, 1), id(7, 2)]), [0, 1, 0]);
    }
}
