//! A subscriber that is cut and offline according to the plan.

use super::{Manner, plan::Plan};
use crate::sockets::CuttableSockets;
use bytes::Bytes;
use client::{Client, Event, Reset, Target, Transport};
use serde::Deserialize;
use std::{cell::RefCell, future::pending, ops::Range, rc::Rc, time::Duration};
use support::histogram::Histogram;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

/// What all subscribers of a row share.
pub(super) struct RowState {
    pub(super) manner: Manner,
    pub(super) transport: Transport,
    pub(super) target: Target,
    pub(super) messages: usize,
    pub(super) offline: Duration,
    /// When the first message is due. `None` until all subscribers are connected.
    pub(super) began: watch::Sender<Option<Instant>>,
    pub(super) counts: RefCell<RowCounts>,
}

/// Counts over all subscribers of a row.
#[derive(Default)]
pub(super) struct RowCounts {
    /// Subscribers that were connected.
    pub(super) connected: usize,
    pub(super) received: u64,
    pub(super) duplicates: u64,
    pub(super) cuts: u64,
    /// From the publication of a message until a subscriber has it.
    pub(super) latency: Histogram,
    /// From the end of an offline window until a subscriber has a message that was published in it.
    pub(super) replay: Histogram,
    /// Why a service refused a subscriber.
    pub(super) refused: Option<String>,
}

/// One subscriber.
pub(super) struct Subscriber {
    state: Rc<RowState>,
    sockets: CuttableSockets,
    cursor: Option<String>,
    seen: Vec<bool>,
    connected: bool,
    /// The last offline window, as times since the row began.
    window: Range<Duration>,
}

#[derive(Deserialize)]
struct Message {
    message: Body,
}

#[derive(Deserialize)]
struct Body {
    n: usize,
    t: u64,
}

impl Subscriber {
    pub(super) fn new(state: Rc<RowState>) -> Self {
        let seen = vec![false; state.messages];
        Self {
            state,
            sockets: CuttableSockets::default(),
            cursor: None,
            seen,
            connected: false,
            window: Duration::ZERO..Duration::ZERO,
        }
    }

    /// Reads until the row drops it, or the service refuses it.
    pub(super) async fn run(mut self, plan: Rc<Plan>, number: usize) {
        for cut in 0.. {
            let state = Rc::clone(&self.state);
            let target = Target {
                after: self.cursor.clone(),
                ..state.target.clone()
            };
            let mut client = Client::new(self.sockets.client(), state.transport, target);
            let until = wait_for_cut(&state, plan.cut(number, cut));
            tokio::select! {
                () = self.read_until_refused(&mut client) => return,
                () = until => {}
            }
            self.be_offline(client).await;
        }
    }

    async fn be_offline(&mut self, client: Client) {
        self.sockets.cut();
        drop(client);
        self.state.counts.borrow_mut().cuts += 1;
        let from = self.now();
        sleep(self.state.offline).await;
        self.window = from..self.now();
        if self.state.manner == Manner::Naive {
            self.cursor = None;
        }
    }

    async fn read_until_refused(&mut self, client: &mut Client) {
        let refused = loop {
            match client.next().await {
                Ok(event) => self.handle(event),
                Err(why) => break why.to_string(),
            }
        };
        self.state
            .counts
            .borrow_mut()
            .refused
            .get_or_insert(refused);
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Opened { cursor } => {
                if !std::mem::replace(&mut self.connected, true) {
                    self.state.counts.borrow_mut().connected += 1;
                }
                if self.cursor.is_none() {
                    self.cursor = cursor;
                }
            }
            Event::Message { id, json } => {
                self.cursor = Some(id);
                self.receive(&json);
            }
            Event::Reset(Reset { cursor, .. }) => self.cursor = Some(cursor),
            Event::Ended | Event::Retrying { .. } => {}
        }
    }

    fn receive(&mut self, json: &Bytes) {
        let Ok(Message {
            message: Body { n, t },
        }) = serde_json::from_slice(json)
        else {
            return;
        };
        let now = self.now();
        let mut counts = self.state.counts.borrow_mut();
        let Some(seen) = self.seen.get_mut(n) else {
            return;
        };
        if std::mem::replace(seen, true) {
            counts.duplicates += 1;
            return;
        }
        let published = Duration::from_micros(t);
        counts.received += 1;
        counts.latency.record(now.saturating_sub(published));
        if self.window.contains(&published) {
            counts.replay.record(now.saturating_sub(self.window.end));
        }
    }

    /// Returns the time since the row began.
    fn now(&self) -> Duration {
        self.state
            .began
            .borrow()
            .map_or(Duration::ZERO, |began| began.elapsed())
    }
}

/// Waits for a cut. Without one, waits for ever.
async fn wait_for_cut(state: &RowState, at: Option<Duration>) {
    let Some(at) = at else { return pending().await };
    let mut began = state.began.subscribe();
    let began = began.wait_for(Option::is_some).await.map(|began| *began);
    match began {
        Ok(Some(began)) => sleep_until(began + at).await,
        _ => pending().await,
    }
}
