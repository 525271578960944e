//! Long polling: a request that waits until there is a message.
//!
//! `GET /poll?channel=c` has a cursor, so that no message is lost between two polls. `GET /poll`
//! without a channel is the compatibility endpoint. A poll that has to wait is detached from actix
//! and waits in a shard. The shard responds to it, and recognises the client's next poll by a
//! template; any other request goes back to actix. Polls of the compatibility endpoint stay with
//! actix, and the channel wakes them. [`PollTemplates`] is public for its benchmark and fuzz
//! target.

mod compat;
mod interner;
mod poll;
mod poll_parameters;
mod poll_request;
mod several;
mod template;
mod wait;

use actix_web::web;
use clap::Args;
use compat::SharedCursor;
use poll_parameters::PollCache;
pub use poll_request::PollRequest;
use service::{
    config::duration,
    http::{page, resource},
    server::TransportService,
};
use std::time::Duration;
pub use template::PollTemplates;

/// The longest time that caches may keep a response.
const MAX_CACHE: Duration = Duration::from_secs(3600);

/// The transport and its settings.
#[derive(Args, Clone, Debug, Default)]
pub struct LongPoll {
    /// How long caches may keep a response with messages, in whole seconds; 0 for not at all
    #[arg(
        long,
        env = "POLL_CACHE",
        help_heading = "Messages",
        value_name = "TIME",
        default_value = "0",
        value_parser = whole_seconds
    )]
    pub poll_cache: Duration,
    #[arg(skip)]
    cursor: SharedCursor,
}

impl TransportService for LongPoll {
    const NAME: &'static str = "longpoll";
    const ABOUT: &'static str = "Carries messages over long polling";
    const PORT: u16 = 3000;

    fn routes(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(self.cursor.clone()))
            .app_data(web::Data::new(PollTemplates::default()))
            .app_data(web::Data::new(PollCache(self.poll_cache.as_secs() as u32)));
        app.service(resource(
            "/poll",
            web::get().to(poll::handler),
            "GET, OPTIONS",
        ));
        app.service(page(include_str!("../../web/example/longpoll.html")));
    }
}

/// Parses the time of `--poll-cache`: `max-age` has no fractions (RFC 9111 section 1.2.2).
fn whole_seconds(text: &str) -> Result<Duration, NotWholeSeconds> {
    duration(text)
        .ok()
        .filter(|time| *time <= MAX_CACHE && time.subsec_nanos() == 0)
        .ok_or(NotWholeSeconds)
}

/// A text is not a time that caches can be told.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected whole seconds up to an hour, such as 5, 5s or 10m")]
struct NotWholeSeconds;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_are_told_whole_seconds() {
        for (text, seconds) in [("0", 0), ("5", 5), ("5s", 5), ("2000ms", 2), ("1h", 3600)] {
            assert_eq!(whole_seconds(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["500ms", "1.5", "61m", "-1", "soon"] {
            assert!(whole_seconds(text).is_err(), "{text}");
        }
    }
}
