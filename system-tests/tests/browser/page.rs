//! The page, as its visitors use it.

use crate::{
    TRANSPORTS,
    browser::{Browser, until},
    engine::Engine,
};
use fantoccini::key::Key;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};

/// The page in a browser.
pub(crate) struct Page {
    pub(crate) browser: Browser,
}

/// What the lanes show, by transport.
pub(crate) type Lanes = BTreeMap<String, Lane>;

/// What one lane shows. The notice is empty unless it can be seen.
#[derive(Debug, Deserialize)]
pub(crate) struct Lane {
    pub(crate) state: String,
    pub(crate) notice: String,
    pub(crate) count: u64,
    pub(crate) missing: u64,
    pub(crate) duplicates: u64,
    pub(crate) requests: u64,
    pub(crate) reconnects: u64,
    pub(crate) median: String,
    pub(crate) in_order: String,
    pub(crate) last_offset: String,
    /// The newest first.
    pub(crate) messages: Vec<Message>,
}

#[derive(Deserialize)]
pub(crate) struct Message {
    pub(crate) offset: String,
    pub(crate) text: String,
    pub(crate) latency: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {:?} {}",
            self.offset, self.text, self.latency
        )
    }
}

impl Page {
    /// Opens the page and waits for its lanes. It sends nothing by itself.
    pub(crate) async fn open(engine: Engine, url: &str) -> Self {
        let page = Self {
            browser: Browser::at(engine, &format!("{url}/#rate=0")).await,
        };
        page.until("three open lanes", |lanes| {
            lanes.len() == 3 && all(lanes, Lane::is_open)
        })
        .await;
        page
    }

    pub(crate) async fn lanes(&self) -> Lanes {
        serde_json::from_value(self.browser.run(include_str!("lanes.js")).await).unwrap()
    }

    /// Waits until the lanes show something.
    pub(crate) async fn until(&self, what: &str, fact: impl Fn(&Lanes) -> bool) -> Lanes {
        until(what, async || self.lanes().await, fact).await
    }

    /// Waits until every lane has shown this number of messages.
    pub(crate) async fn until_counts(&self, count: u64) -> Lanes {
        self.until(&format!("{count} messages in all lanes"), |lanes| {
            all(lanes, |lane| lane.count == count)
        })
        .await
    }

    /// The number of messages that the page has posted, as it shows it.
    pub(crate) async fn posted(&self) -> u64 {
        let route = self
            .browser
            .find("[data-field=route]")
            .await
            .text()
            .await
            .unwrap();
        let posted = route
            .split("Posted ")
            .nth(1)
            .and_then(|rest| rest.strip_suffix('.')?.parse().ok());
        posted.unwrap_or_else(|| panic!("how many were posted, in {route:?}"))
    }

    /// Connects or disconnects a lane.
    pub(crate) async fn toggle(&self, transport: &str) {
        self.browser
            .click(&format!("[data-lane={transport}] [data-action=toggle]"))
            .await;
    }

    /// Chooses how many messages a second it sends.
    pub(crate) async fn set_rate(&self, rate: &str) {
        self.browser.fill("[name=rate]", rate).await;
        self.browser.press(Key::Enter).await;
    }

    pub(crate) async fn send(&self, text: &str) {
        self.browser
            .fill("[data-form=composer] [name=text]", text)
            .await;
        self.browser
            .click("[data-form=composer] [type=submit]")
            .await;
    }
}

impl Lane {
    pub(crate) fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Nothing missing, nothing twice, nothing out of order.
    pub(crate) fn is_whole(&self) -> bool {
        (self.missing, self.duplicates, &*self.in_order) == (0, 0, "true")
    }

    pub(crate) fn texts(&self) -> Vec<&str> {
        self.messages.iter().map(|message| &*message.text).collect()
    }
}

pub(crate) fn all(lanes: &Lanes, fact: impl Fn(&Lane) -> bool) -> bool {
    TRANSPORTS.iter().all(|transport| fact(&lanes[*transport]))
}
