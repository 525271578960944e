//! `lab publish`: publishes each line of standard input to a channel.
//!
//! Lines are sent in order, one request at a time. Retries of a line use the same idempotency key,
//! so they cannot publish it twice.

mod input;
mod publisher;

use crate::retries::RetryLog;
use clap::Args;
use client::{Base, Transport};
use common::message::{ChannelName, EventName};
use net::shut_down_signal;
use publisher::{PublishOutcome, Publisher};
use std::process::ExitCode;
use support::units::{count, grouped};

/// The arguments of `lab publish`.
#[derive(Args)]
pub(crate) struct Publish {
    /// Address of the service, any of the three [default: http://localhost:3000]
    #[arg(long, value_name = "URL", alias = "to")]
    url: Option<Base>,

    /// Channel to publish to
    #[arg(long, default_value = "main", value_parser = client::channel)]
    channel: ChannelName,

    /// Name of the event that each line is [default: none]
    #[arg(long, value_name = "NAME", value_parser = EventName::parse)]
    event: Option<EventName>,

    /// End the channel after the last line
    #[arg(long)]
    end: bool,
}

/// Counts of the lines so far.
#[derive(Default)]
struct Counts {
    taken: u64,
    published: u64,
    refused: u64,
}

/// Publishes until the input ends or a signal. Fails if a line or the end was not published.
pub(crate) async fn run(
    Publish {
        url,
        channel,
        event,
        end,
    }: Publish,
) -> ExitCode {
    let publisher = Publisher::new(RetryLog::new(url, Transport::Longpoll), &channel, event);
    let mut counts = Counts::default();
    let finished = tokio::select! {
        finished = publish(publisher, end, &mut counts) => finished,
        () = signal() => true,
    };
    eprintln!("{}", counts.summary(&channel));
    if finished && counts.published == counts.taken {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Counts {
    fn summary(&self, channel: &ChannelName) -> String {
        let published = count(self.published, "message");
        let refused = grouped(self.refused);
        let summary = format!("published {published} to {channel}, refused {refused}");
        match self.taken - self.published - self.refused {
            0 => summary,
            rest => format!("{summary}, not acknowledged {}", grouped(rest)),
        }
    }
}

/// Publishes the lines of standard input, and the end of the channel. Returns whether every line was
/// tried, and the channel was ended.
async fn publish(mut publisher: Publisher, end: bool, counts: &mut Counts) -> bool {
    let mut lines = input::from_stdin();
    while let Some((number, message)) = lines.recv().await {
        counts.taken += 1;
        match publisher.send(&message).await {
            PublishOutcome::Published => counts.published += 1,
            PublishOutcome::Refused(why) => {
                counts.refused += 1;
                eprintln!("line {number}: {why}");
            }
            PublishOutcome::Unknown(why) => {
                eprintln!("line {number}: {why}");
                return false;
            }
        }
    }
    if !end {
        return true;
    }
    match publisher.end().await {
        PublishOutcome::Published => true,
        PublishOutcome::Refused(why) | PublishOutcome::Unknown(why) => {
            eprintln!("end: {why}");
            false
        }
    }
}

async fn signal() {
    match shut_down_signal() {
        Ok(mut signals) => signals.recv().await,
        // Without a handler, a signal ends the process by default.
        Err(_) => std::future::pending().await,
    }
}
