//! `lab publish`: standard input, line by line, into a channel.
//!
//! In order, one request at a time, and each line once: a line keeps its key until it is answered, so sending it again
//! after an error cannot publish it twice.

mod lines;
mod sender;

use crate::client::{self, Base};
use clap::Args;
use common::{message::ChannelName, net::shut_down_signal};
use sender::{Outcome, Sender};
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Publish {
    /// Service to send to; any of the three will do
    #[arg(long, value_name = "URL", default_value = "http://localhost:3000")]
    to: Base,

    /// Channel to publish to
    #[arg(long, default_value = "main", value_parser = client::channel)]
    channel: ChannelName,
}

/// What has become of the lines so far.
#[derive(Default)]
struct Tally {
    published: u64,
    refused: u64,
}

/// Publishes until the input ends or a signal comes. Fails if a line was not taken.
pub(crate) async fn run(Publish { to, channel }: Publish) -> ExitCode {
    let mut tally = Tally::default();
    let finished = tokio::select! {
        finished = publish(Sender::new(to, &channel), &mut tally) => finished,
        () = signal() => true,
    };
    let Tally { published, refused } = tally;
    eprintln!("published {published} to {channel}, refused {refused}");
    if finished && refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Says whether everything was tried.
async fn publish(mut sender: Sender, tally: &mut Tally) -> bool {
    let mut lines = lines::from_stdin();
    while let Some((number, message)) = lines.recv().await {
        match sender.send(&message).await {
            Outcome::Published => tally.published += 1,
            Outcome::Refused(why) => {
                tally.refused += 1;
                eprintln!("line {number}: {why}");
            }
            Outcome::Unknown(why) => {
                eprintln!("line {number}: {why}");
                return false;
            }
        }
    }
    true
}

async fn signal() {
    match shut_down_signal() {
        Ok(mut signals) => signals.recv().await,
        // Then a signal ends the process as it always did.
        Err(_) => std::future::pending().await,
    }
}
