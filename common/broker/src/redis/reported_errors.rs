//! Remembers which errors were logged, so that each is logged once.

use common::message::ChannelName;
use parking_lot::Mutex;
use redis::RedisError;
use std::collections::HashMap;

/// The most channels that are remembered. When there are more, all are forgotten, so their errors
/// are logged again.
const MAX_CHANNELS: usize = 100;

#[derive(Default)]
pub(super) struct ReportedErrors {
    channels: Mutex<HashMap<ChannelName, String>>,
    memory_usage: Mutex<Option<String>>,
}

impl ReportedErrors {
    /// Records an error of a channel, and returns whether it is new.
    pub(super) fn is_new(&self, channel: &ChannelName, why: &str) -> bool {
        let mut channels = self.channels.lock();
        if channels.len() >= MAX_CHANNELS {
            channels.clear();
        }
        let before = channels.insert(channel.clone(), why.to_owned());
        before.as_deref() != Some(why)
    }

    /// Records that a channel works.
    pub(super) fn clear(&self, channel: &ChannelName) {
        self.channels.lock().remove(channel);
    }

    /// Logs why the memory of a Redis cannot be limited, if that is new. `None` if it can.
    pub(super) fn report_memory_usage(&self, address: &str, error: Option<&RedisError>) {
        let why = error.map(ToString::to_string);
        let mut reported = self.memory_usage.lock();
        if let Some(why) = why.as_ref().filter(|why| reported.as_ref() != Some(why)) {
            log::warn!("broker: cannot limit the memory of {address}: {why}");
        }
        *reported = why;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_new_once_until_it_changes_or_ends() {
        let reported = ReportedErrors::default();
        let main = ChannelName::main();
        let is_new: Vec<_> = ["A", "A", "B", "A"]
            .iter()
            .map(|why| reported.is_new(&main, why))
            .collect();
        assert_eq!(is_new, [true, false, true, true]);
        reported.clear(&main);
        assert!(reported.is_new(&main, "A"));
    }

    #[test]
    fn the_number_of_channels_is_limited() {
        let reported = ReportedErrors::default();
        (0..3 * MAX_CHANNELS).for_each(|at| {
            assert!(reported.is_new(&ChannelName::parse(&at.to_string()).unwrap(), "A"));
        });
        assert!(reported.channels.lock().len() <= MAX_CHANNELS);
    }
}
