//! The publisher: a thread and a connection of its own, which nothing cuts.

use super::Jitter;
use crate::post;
use actix_rt::System;
use anyhow::{Result, anyhow};
use client::{Base, http::PATIENCE, http::Trouble};
use common::message::ChannelName;
use std::{thread, time::Instant};
use tokio::{
    sync::oneshot,
    time::{MissedTickBehavior, interval_at, sleep},
};

/// Publishes all messages, each with its number and the time since `began` in microseconds.
/// Returns when the last is acknowledged.
pub(super) fn start(
    base: Base,
    channel: ChannelName,
    args: &Jitter,
    began: Instant,
) -> oneshot::Receiver<Result<()>> {
    let (done, ended) = oneshot::channel();
    let (messages, pace) = (args.messages, args.pace);
    thread::spawn(move || {
        let published = System::new().block_on(async {
            let client = awc::Client::builder().timeout(PATIENCE).finish();
            let mut turns = interval_at(began.into(), pace);
            turns.set_missed_tick_behavior(MissedTickBehavior::Burst);
            for number in 0..messages {
                turns.tick().await;
                let at = began.elapsed().as_micros();
                let body = format!(r#"{{"n":{number},"t":{at}}}"#);
                publish(&client, &base, &channel, &body, number).await?;
            }
            Ok(())
        });
        // The audit may have ended.
        let _ = done.send(published);
    });
    ended
}

async fn publish(
    client: &awc::Client,
    base: &Base,
    channel: &ChannelName,
    body: &str,
    number: u32,
) -> Result<()> {
    let key = format!("{channel}-{number}");
    loop {
        match post::http(client, base, channel, body, &key).await {
            Ok(_) => return Ok(()),
            Err(Trouble::Refused(why)) => return Err(anyhow!("message {number}: {why}")),
            Err(Trouble::Lost { at_least, .. }) => sleep(at_least).await,
        }
    }
}
