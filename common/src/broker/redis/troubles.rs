//! What is wrong with single channels, so that the log names each once.

use crate::message::ChannelName;
use redis::RedisError;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

/// The most channels that are remembered; beyond it all are forgotten, and named again.
const MOST: usize = 100;

#[derive(Default)]
pub(super) struct Troubles {
    channels: Mutex<HashMap<ChannelName, String>>,
    account: Mutex<Option<String>>,
}

impl Troubles {
    /// Whether it is news that this is wrong with a channel.
    pub(super) fn is_new(&self, channel: &ChannelName, why: &str) -> bool {
        let mut channels = self.channels();
        if channels.len() >= MOST {
            channels.clear();
        }
        channels.insert(channel.clone(), why.to_owned()).as_deref() != Some(why)
    }

    /// The channel is well.
    pub(super) fn clear(&self, channel: &ChannelName) {
        self.channels().remove(channel);
    }

    /// Logs why the account of memory cannot be kept, if that is news.
    pub(super) fn note_account(&self, address: &str, error: Option<&RedisError>) {
        let why = error.map(ToString::to_string);
        let mut known = self.account.lock().expect("no panic while storing");
        if let Some(why) = why.as_ref().filter(|why| known.as_ref() != Some(why)) {
            log::warn!("broker: {address} cannot be kept from filling up: {why}");
        }
        *known = why;
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<ChannelName, String>> {
        self.channels.lock().expect("no panic while storing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_news_once_until_the_channel_is_well_or_another_comes() {
        let (troubles, main) = (Troubles::default(), ChannelName::main());
        let news: Vec<_> = ["A", "A", "B", "A"]
            .iter()
            .map(|why| troubles.is_new(&main, why))
            .collect();
        assert_eq!(news, [true, false, true, true]);
        troubles.clear(&main);
        assert!(troubles.is_new(&main, "A"));
    }

    #[test]
    fn their_number_is_bounded() {
        let troubles = Troubles::default();
        (0..3 * MOST).for_each(|at| {
            assert!(troubles.is_new(&ChannelName::parse(&at.to_string()).unwrap(), "A"))
        });
        assert!(troubles.channels().len() <= MOST);
    }
}
