//! The control protocol between a supervisor and its processes: one JSON message a line, over a
//! Unix socket.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{io, marker::PhantomData, os::unix::net};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};

/// The number of messages that may wait for a peer that does not read. More are dropped; requests
/// among them time out.
const MAX_WAITING: usize = 64;

/// A message of a process to its supervisor.
///
/// Names on the wire stay: a reload may start another version of the program.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromProcess {
    /// The process serves.
    Ready,
    /// The process's metrics, which the supervisor has requested.
    Report {
        #[serde(rename = "ask")]
        request: u64,
        metrics: String,
    },
    /// Requests the states of all processes.
    #[serde(rename = "Ask")]
    GetOverview {
        #[serde(rename = "ask")]
        request: u64,
    },
    /// Each worker thread has had a turn since the supervisor asked.
    Alive,
}

/// A message of a supervisor to one of its processes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ToProcess {
    /// Another process serves in this slot: accept no more, and end.
    Retire,
    /// No other process will serve in this slot: close its socket at the end.
    Last,
    /// Requests a sign of life of all worker threads.
    IsAlive,
    /// Requests the process's metrics.
    #[serde(rename = "Report")]
    GetReport {
        #[serde(rename = "ask")]
        request: u64,
    },
    /// The states of all processes, which the process has requested.
    Overview {
        #[serde(rename = "ask")]
        request: u64,
        slots: Vec<ProcessState>,
    },
}

/// The state of one slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessState {
    /// The number of the slot, from 1.
    pub process: usize,
    /// The id of the process that serves there; `None` between two processes.
    pub pid: Option<u32>,
    /// The time since that process started, in seconds.
    pub uptime: u64,
    /// The number of processes that have died in this slot.
    pub restarts: u64,
    /// The process's metrics, if it has reported them in time.
    pub metrics: Option<String>,
}

/// The messages that arrive from the peer.
pub(super) struct Messages<T> {
    lines: Lines<BufReader<OwnedReadHalf>>,
    messages: PhantomData<T>,
}

/// Splits a connection into the messages from the peer and a sender of messages to it.
///
/// # Errors
///
/// If the system refuses to watch the socket.
pub(super) fn connect<I, O>(stream: net::UnixStream) -> io::Result<(Messages<I>, mpsc::Sender<O>)>
where
    O: Serialize + 'static,
{
    stream.set_nonblocking(true)?;
    let (read, write) = UnixStream::from_std(stream)?.into_split();
    let (sender, outgoing) = mpsc::channel(MAX_WAITING);
    actix_rt::spawn(write_all(write, outgoing));
    let messages = Messages {
        lines: BufReader::new(read).lines(),
        messages: PhantomData,
    };
    Ok((messages, sender))
}

/// Writes messages until the peer closes the connection or all senders are dropped.
async fn write_all(mut writer: OwnedWriteHalf, mut outgoing: mpsc::Receiver<impl Serialize>) {
    while let Some(message) = outgoing.recv().await {
        let mut line = serde_json::to_vec(&message).expect("numbers and strings can be JSON");
        line.push(b'\n');
        if writer.write_all(&line).await.is_err() {
            return;
        }
    }
}

impl<T: DeserializeOwned> Messages<T> {
    /// Returns the next message. Returns `None` when the peer has closed the connection.
    pub(super) async fn next(&mut self) -> Option<T> {
        let line = self.lines.next_line().await.ok()??;
        serde_json::from_str(&line)
            .inspect_err(|error| log::error!("control: invalid message: {error}"))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn messages_arrive_in_order_until_the_peer_closes() {
        let (one, other) = net::UnixStream::pair().unwrap();
        let (mut messages, _sender) = connect::<FromProcess, ToProcess>(one).unwrap();
        let (peer_messages, peer) = connect::<ToProcess, FromProcess>(other).unwrap();
        peer.try_send(FromProcess::Ready).unwrap();
        peer.try_send(FromProcess::Report {
            request: 7,
            metrics: "a\n\"b\"".into(),
        })
        .unwrap();
        assert!(matches!(messages.next().await, Some(FromProcess::Ready)));
        assert!(matches!(
            messages.next().await,
            Some(FromProcess::Report { request: 7, metrics }) if metrics == "a\n\"b\""
        ));
        drop(peer);
        drop(peer_messages);
        assert!(messages.next().await.is_none());
    }
}
