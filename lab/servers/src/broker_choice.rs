//! The broker of the lab's own services, as an argument names it.

use crate::redis::RedisServer;
use broker::Address;
use std::{io, str::FromStr};

/// Which broker the lab's own services use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerChoice {
    /// `memory`: a broker in memory.
    Memory,
    /// `redis`: a Redis that is started for them.
    OwnRedis,
    /// The Redis at this URL, which may contain a password.
    Redis(String),
}

impl FromStr for BrokerChoice {
    type Err = <Address as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "redis" {
            return Ok(Self::OwnRedis);
        }
        Ok(match text.parse()? {
            Address::Memory => Self::Memory,
            Address::Redis(_) => Self::Redis(text.to_owned()),
        })
    }
}

impl BrokerChoice {
    /// Starts a Redis if that was chosen.
    ///
    /// # Errors
    /// Returns an error if `redis-server` is not installed or does not start.
    pub fn start(&self) -> io::Result<Option<RedisServer>> {
        matches!(self, Self::OwnRedis)
            .then(RedisServer::start)
            .transpose()
    }

    /// Returns the value of `--broker`. `started` is what [`Self::start`] returned.
    pub fn url(&self, started: Option<&RedisServer>) -> String {
        match (self, started) {
            (Self::Redis(url), _) => url.clone(),
            (_, Some(redis)) => redis.url(),
            _ => "memory".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_names_the_broker() {
        let url = "redis://:secret@localhost:6379/0";
        for (text, choice, address) in [
            ("memory", BrokerChoice::Memory, "memory"),
            (url, BrokerChoice::Redis(url.to_owned()), url),
        ] {
            assert_eq!(text.parse().ok().as_ref(), Some(&choice));
            assert_eq!(choice.url(None), address);
        }
        assert_eq!("redis".parse().ok(), Some(BrokerChoice::OwnRedis));
        assert!("http://localhost".parse::<BrokerChoice>().is_err());
    }
}
