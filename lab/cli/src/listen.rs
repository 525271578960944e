//! `lab listen`: prints the messages of a channel, one line of JSON each, for other programs.
//! Everything else goes to standard error.

use clap::Args;
use client::{Base, Client, Event, Reset, Target, Transport, http};
use common::{message::ChannelName, net::shut_down_signal};
use std::{
    io::{self, ErrorKind, Write},
    num::NonZeroU64,
    process::ExitCode,
};

#[derive(Args)]
pub(crate) struct Listen {
    /// Transport to use
    #[arg(long, value_enum, default_value = "sse")]
    transport: Transport,

    /// Address of the service [default: http://localhost:3000 for longpoll, :3001 for sse, :8080
    /// for ws]
    #[arg(long)]
    url: Option<Base>,

    /// Channel to subscribe to
    #[arg(long, default_value = "main", value_parser = client::channel)]
    channel: ChannelName,

    /// Begin after the message with this id, of any transport; 0 for the whole history [default:
    /// only new messages]
    #[arg(long, value_name = "ID", value_parser = client::cursor)]
    after: Option<String>,

    /// Number of messages after which to end [default: unlimited]
    #[arg(long, value_name = "N")]
    count: Option<NonZeroU64>,
}

/// Prints messages until the count, a closed output or a signal.
pub(crate) async fn run(listen: Listen) -> ExitCode {
    let mut signals = match shut_down_signal() {
        Ok(signals) => signals,
        Err(error) => return failed(&error),
    };
    tokio::select! {
        () = signals.recv() => ExitCode::SUCCESS,
        code = print(listen) => code,
    }
}

async fn print(
    Listen {
        transport,
        url,
        channel,
        after,
        count,
    }: Listen,
) -> ExitCode {
    let base = url.unwrap_or_else(|| client::usual_base(transport));
    let mut client = Client::new(
        http::client(),
        transport,
        Target {
            base: base.clone(),
            channel,
            after,
        },
    );
    let mut left = count.map_or(u64::MAX, NonZeroU64::get);
    while left > 0 {
        let json = match client.next().await {
            Ok(Event::Message { json, .. }) => json,
            Ok(event) => {
                tell(&event, &base);
                continue;
            }
            Err(refused) => return failed(&format_args!("{base}: {refused}")),
        };
        left -= 1;
        match line(&json) {
            Ok(()) => {}
            // A closed output is not an error, as in `lab listen | head -1`.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => return failed(&error),
        }
    }
    ExitCode::SUCCESS
}

fn line(json: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(json)?;
    out.write_all(b"\n")?;
    // Flushed at once: readers of the output wait for this line.
    out.flush()
}

/// Prints an event that is not a message.
fn tell(event: &Event, base: &Base) {
    match event {
        Event::Opened {
            cursor: Some(cursor),
        } => eprintln!("open: {base} after {cursor}"),
        Event::Opened { cursor: None } => eprintln!("open: {base}"),
        Event::Reset(Reset { after, oldest, .. }) => {
            eprintln!("reset: what came after {after} is no longer held; it goes on with {oldest}");
        }
        Event::Retrying { why, wait } => {
            eprintln!("retrying in {:.1} s: {why}", wait.as_secs_f64())
        }
        Event::Message { .. } => {}
    }
}

fn failed(why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("error: {why}");
    ExitCode::FAILURE
}
