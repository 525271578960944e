//! `lab listen`: prints the messages of channels, one line of JSON each, for other programs.
//! Everything else goes to standard error.

use crate::retries::RetryLog;
use anyhow::{Result, anyhow};
use clap::Args;
use client::{Base, Client, Event, Reset, Target, Transport, http};
use common::message::ChannelList;
use net::shut_down_signal;
use std::{
    io::{self, ErrorKind, Write},
    num::NonZeroU64,
};
use support::units::at_least_one;

/// The arguments of `lab listen`.
#[derive(Args)]
pub(crate) struct Listen {
    /// Transport to use
    #[arg(long, value_enum, default_value = "sse")]
    transport: Transport,

    /// Address of the service [default: http://localhost:3000 for longpoll, :3001 for sse, :8080
    /// for ws]
    #[arg(long)]
    url: Option<Base>,

    /// Channel to subscribe to, or up to 64 with commas
    #[arg(long, default_value = "main", value_parser = client::channels)]
    channel: ChannelList,

    /// Begin after the message with this id, of any transport; 0 for the whole history. Of several
    /// channels CHANNEL@ID,CHANNEL@ID [default: only new messages]
    #[arg(long, value_name = "ID", value_parser = client::cursor)]
    after: Option<String>,

    /// Number of messages after which to end [default: unlimited]
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU64>)]
    count: Option<NonZeroU64>,
}

/// Prints messages until the count, the end of the channel, a closed output or a signal.
pub(crate) async fn run(listen: Listen) -> Result<()> {
    let mut signals = shut_down_signal()?;
    tokio::select! {
        () = signals.recv() => Ok(()),
        printed = print(listen) => printed,
    }
}

async fn print(listen: Listen) -> Result<()> {
    let mut retries = RetryLog::new(listen.url, listen.transport);
    let target = Target {
        base: retries.base().clone(),
        channels: listen.channel,
        after: listen.after,
    };
    let mut client = Client::new(http::client(), listen.transport, target);
    let mut left = listen.count.map_or(u64::MAX, NonZeroU64::get);
    while left > 0 {
        let next = client.next().await;
        let json = match next.map_err(|refused| anyhow!("{}: {refused}", retries.base()))? {
            Event::Message { json, .. } => json,
            Event::Ended => {
                eprintln!("end: the channel has ended");
                break;
            }
            event => {
                report(&event, &mut retries);
                continue;
            }
        };
        left -= 1;
        match print_message(&json) {
            // A closed output is not an error, as in `lab listen | head -1`.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            printed => printed?,
        }
    }
    Ok(())
}

fn print_message(json: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(json)?;
    out.write_all(b"\n")?;
    // Flushed at once: readers of the output wait for this line.
    out.flush()
}

/// Prints an event that is not a message.
fn report(event: &Event, retries: &mut RetryLog) {
    match event {
        Event::Opened { cursor } => {
            retries.responded();
            let after = cursor.iter().map(|cursor| format!(" after {cursor}"));
            eprintln!("open: {}{}", retries.base(), after.collect::<String>());
        }
        Event::Reset(Reset {
            channel,
            after,
            oldest,
            ..
        }) => {
            let of = channel.iter().map(|channel| format!(" of {channel}"));
            eprintln!(
                "reset: messages{} after {after} are no longer in the history; \
                 continuing with {oldest}",
                of.collect::<String>()
            );
        }
        Event::Retrying { why, wait } => eprintln!("{}", retries.report(*wait, why)),
        Event::Message { .. } | Event::Ended => {}
    }
}
