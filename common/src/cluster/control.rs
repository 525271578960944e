//! What a supervisor and its processes say to each other: a line of JSON for each word, over a Unix socket.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::HashMap,
    io,
    marker::PhantomData,
    os::unix::net,
    sync::{Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, oneshot},
};

/// How many words may wait for a peer that does not read; more are dropped, and their questions stay unanswered.
const MOST_WAITING: usize = 64;

/// What a process says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromProcess {
    /// It serves.
    Ready,
    /// Its metrics, which the supervisor has asked for.
    Report { ask: u64, metrics: String },
    /// How is everybody?
    Ask { ask: u64 },
    /// Each of its worker threads has had a turn since it was asked.
    Alive,
}

/// What the supervisor says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ToProcess {
    /// Another serves in your slot: accept no more, and end.
    Retire,
    /// Nobody will serve in your slot after you: close its socket when you end.
    Last,
    /// Do all your threads go on?
    IsAlive,
    /// What are your metrics?
    Report { ask: u64 },
    /// How everybody is.
    Overview { ask: u64, slots: Vec<ProcessState> },
}

/// How it is with one slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProcessState {
    /// Its number, from 1 on.
    pub(crate) process: usize,
    /// The process that serves there; none between two.
    pub(crate) pid: Option<u32>,
    /// For how many seconds it has.
    pub(crate) uptime: u64,
    /// How many processes have died in this slot.
    pub(crate) restarts: u64,
    /// Its metrics, if it has answered in time.
    pub(crate) metrics: Option<String>,
}

/// What a peer says.
pub(super) struct Messages<T> {
    lines: Lines<BufReader<OwnedReadHalf>>,
    words: PhantomData<T>,
}

/// Questions that have no answer yet.
#[derive(Debug)]
pub(super) struct PendingRequests<T>(Mutex<Open<T>>);

#[derive(Debug)]
struct Open<T> {
    asked: u64,
    waiting: HashMap<u64, oneshot::Sender<T>>,
}

/// Both directions of a connection.
pub(super) fn connect<I, O>(stream: net::UnixStream) -> io::Result<(Messages<I>, mpsc::Sender<O>)>
where
    O: Serialize + 'static,
{
    stream.set_nonblocking(true)?;
    let (read, write) = UnixStream::from_std(stream)?.into_split();
    let (say, words) = mpsc::channel(MOST_WAITING);
    actix_rt::spawn(write_all(write, words));
    Ok((
        Messages {
            lines: BufReader::new(read).lines(),
            words: PhantomData,
        },
        say,
    ))
}

/// Until the peer is gone, or nobody has anything to say any more.
async fn write_all(mut to: OwnedWriteHalf, mut words: mpsc::Receiver<impl Serialize>) {
    while let Some(message) = words.recv().await {
        let mut line = serde_json::to_vec(&message).expect("plain data is JSON");
        line.push(b'\n');
        if to.write_all(&line).await.is_err() {
            return;
        }
    }
}

impl<T: DeserializeOwned> Messages<T> {
    /// The next word; none when the peer is gone.
    pub(super) async fn next(&mut self) -> Option<T> {
        let line = self.lines.next_line().await.ok()??;
        let message = serde_json::from_str(&line);
        message
            .inspect_err(|error| log::error!("a word that is none between processes: {error}"))
            .ok()
    }
}

impl<T> Default for PendingRequests<T> {
    fn default() -> Self {
        Self(Mutex::new(Open {
            asked: 0,
            waiting: HashMap::new(),
        }))
    }
}

impl<T> PendingRequests<T> {
    /// A new question: its number, and where its answer comes.
    pub(super) fn ask(&self) -> (u64, oneshot::Receiver<T>) {
        let mut open = self.open();
        let (answer, answered) = oneshot::channel();
        // Nobody waits for these any more.
        open.waiting.retain(|_, answer| !answer.is_closed());
        open.asked += 1;
        let ask = open.asked;
        open.waiting.insert(ask, answer);
        (ask, answered)
    }

    /// Somebody has answered, perhaps too late.
    pub(super) fn answer(&self, ask: u64, answer: T) {
        let waiting = self.open().waiting.remove(&ask);
        waiting.map(|waiting| waiting.send(answer));
    }

    fn open(&self) -> MutexGuard<'_, Open<T>> {
        self.0.lock().expect("no panic while asking")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn words_arrive_in_order_until_the_peer_is_gone() {
        let (one, other) = net::UnixStream::pair().unwrap();
        let (mut incoming, _answer) = connect::<FromProcess, ToProcess>(one).unwrap();
        let (_incoming, say) = connect::<ToProcess, FromProcess>(other).unwrap();
        say.try_send(FromProcess::Ready).unwrap();
        say.try_send(FromProcess::Report {
            ask: 7,
            metrics: "a\n\"b\"".into(),
        })
        .unwrap();
        assert!(matches!(incoming.next().await, Some(FromProcess::Ready)));
        assert!(
            matches!(incoming.next().await, Some(FromProcess::Report { ask: 7, metrics }) if metrics == "a\n\"b\"")
        );
        drop((say, _incoming));
        assert!(incoming.next().await.is_none());
    }

    #[actix_web::test]
    async fn answers_find_their_questions_and_late_ones_harm_nobody() {
        let requests = PendingRequests::default();
        let ((late, forgotten), (first, one), (second, two)) =
            (requests.ask(), requests.ask(), requests.ask());
        drop(forgotten);
        requests.answer(second, "two");
        requests.answer(first, "one");
        requests.answer(late, "late");
        assert_eq!((one.await, two.await), (Ok("one"), Ok("two")));
        assert!(requests.open().waiting.is_empty());
    }
}
