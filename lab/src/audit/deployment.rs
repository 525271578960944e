//! The three services under audit: our own, which can be stopped and started, or anybody's.

use super::args::{Audit, Behind, Others};
use crate::{
    client::{Base, Transport},
    keyspace::Keyspace,
    lanes::LANES,
    redis::RedisServer,
};
use common::{
    Config,
    broker::Broker,
    message::{ChannelName, MessageId},
    net::listen,
    server::{Running, raise_open_files, start},
};
use longpoll_svc::LongPoll;
use sse_svc::Sse;
use std::{
    cell::RefCell,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};
use ws_svc::Ws;

/// Messages kept by our own services: so many that only a restart loses one to a reader that is away for a while.
const HISTORY: usize = 10_000;
/// How long messages are kept after an audit, in a Redis that is not its own.
const KEPT: Duration = Duration::from_secs(3600);

pub(super) struct Deployment {
    pub(super) channel: ChannelName,
    bases: RefCell<[Base; 3]>,
    own: Option<Own>,
}

/// Services in this process, on one broker in memory that outlives them, or each with a connection of its own to one Redis.
struct Own {
    config: Config,
    memory: Option<Broker>,
    redis: Option<Arc<Mutex<RedisServer>>>,
    running: RefCell<[Option<Running>; 3]>,
}

impl Deployment {
    pub(super) fn of(audit: &Audit, new_channel: &str) -> io::Result<Self> {
        let new = || ChannelName::parse(new_channel).expect("letters and digits");
        match &audit.others {
            Some(Others {
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
        let redis = matches!(audit.broker, Behind::OwnRedis)
            .then(RedisServer::start)
            .transpose()?;
        let url = match (&audit.broker, &redis) {
            (Behind::Redis(url), _) => url.clone(),
            (_, Some(redis)) => redis.url(),
            _ => "memory".to_owned(),
        };
        let config = settings(
            audit.history.map_or(HISTORY, Into::into),
            &Keyspace::new(url),
            audit.duration + KEPT,
        );
        let memory = matches!(audit.broker, Behind::Memory).then(|| Broker::from(&config));
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

    /// Where a service is at the moment.
    pub(super) fn base(&self, transport: usize) -> Base {
        self.bases.borrow()[transport].clone()
    }

    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Whether a service of ours that is started again has none of the messages of before.
    pub(super) fn forgets(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.memory.is_some())
    }

    /// The Redis that is the audit's own.
    pub(super) fn redis(&self) -> Option<Arc<Mutex<RedisServer>>> {
        self.own.as_ref()?.redis.clone()
    }

    /// The history that is promised.
    pub(super) fn history(&self, audit: &Audit) -> Option<u64> {
        let own = self.is_own().then_some(HISTORY);
        audit
            .history
            .map(Into::into)
            .or(own)
            .map(|history| history as u64)
    }

    /// Ends one of our own services: well, or at once.
    pub(super) async fn end(&self, transport: usize, gracefully: bool) {
        let running = self
            .own
            .as_ref()
            .and_then(|own| own.running.borrow_mut()[transport].take());
        let Some(running) = running else { return };
        if gracefully {
            running.stop().await
        } else {
            running.kill().await
        }
    }

    /// Starts it again, elsewhere: its old port may be somebody's by now.
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
        let broker = self
            .memory
            .clone()
            .unwrap_or_else(|| Broker::from(&self.config));
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

/// Nothing but the history decides what is kept, and the shell's variables, which are meant for other services, decide
/// nothing. What the audit leaves in a Redis is gone after `age`.
fn settings(history: usize, keys: &Keyspace, age: Duration) -> Config {
    let age = age.as_secs().to_string();
    let (history, most) = (history.to_string(), (raise_open_files() / 5).to_string());
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

/// Which services share a broker: for each of them the first one that has the same. Brokers are told apart by when the
/// channel's log began, and two messages of one broker by their offsets.
pub(super) fn brokers(first: [MessageId; 3]) -> [usize; 3] {
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
        assert_eq!(brokers([id(7, 1), id(7, 2), id(7, 3)]), [0, 0, 0]);
        assert_eq!(brokers([id(7, 1), id(8, 1), id(9, 1)]), [0, 1, 2]);
        assert_eq!(brokers([id(7, 1), id(8, 1), id(8, 2)]), [0, 1, 1]);
        assert_eq!(brokers([id(7, 1), id(7, 1), id(7, 2)]), [0, 1, 0]);
    }
}
