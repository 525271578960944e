//! A poll that waits in the hub: how it is answered, and by what it is known again.
//!
//! actix parses the first poll of a connection, checks its token and writes the head of its answer. Nearly always the next
//! poll is the same to the letter but for its cursor, and then all that would come out the same again: so only the cursor
//! is read. Anything else goes back to actix.

use crate::interner::Interner;
use actix_web::http::header::HttpDate;
use bytes::{BufMut, Bytes, BytesMut};
use common::{
    history::Resume,
    http::{Batch, MAX_BATCH_BYTES},
    hub::{Channel, EncodedBatch, PollTemplate},
    message::{Cursor, MessageId},
};
use std::{
    cell::RefCell,
    hash::{Hash, Hasher},
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, SystemTime},
};

/// The next kind. One counter for the process: several listeners share a worker, and what it remembers by kind.
static KINDS: AtomicUsize = AtomicUsize::new(0);

/// The polls of one worker thread, and their answers: one for all that are alike.
#[derive(Default)]
pub struct PollTemplates {
    answers: RefCell<Interner<Answers>>,
    polls: RefCell<Interner<Poll>>,
}

impl PollTemplates {
    /// Of a poll and the head that actix would answer it with.
    pub fn find(&self, request: Request, limit: u64, head: &[u8]) -> Rc<dyn PollTemplate> {
        let kind = KINDS.fetch_add(1, Ordering::Relaxed);
        let answers = self.answers.borrow_mut().find(Answers {
            head: lasting(head),
            limit,
            kind,
        });
        self.polls.borrow_mut().find(Poll { request, answers })
    }
}

/// A poll as it came, around its cursor.
#[derive(PartialEq, Eq, Hash)]
pub struct Request {
    before: Bytes,
    behind: Bytes,
    wait: Duration,
}

impl Request {
    /// The request in these bytes, with this cursor and this wait. None if it cannot be known again: escapes would let one
    /// thing be written in two ways.
    pub fn new(bytes: &Bytes, after: Cursor, wait: Duration) -> Option<Self> {
        let target = bytes.split(|byte| *byte == b'\r').next()?;
        let name = target
            .windows(7)
            .position(|at| matches!(at, b"?after=" | b"&after="))?;
        let start = name + 7;
        let length = target[start..]
            .iter()
            .position(|byte| matches!(byte, b'&' | b' '))?;
        let plain = !target.iter().any(|byte| matches!(byte, b'%' | b'+'));
        let same = cursor(&target[start..start + length]) == Some(after);
        (plain && same).then(|| Self {
            before: bytes.slice(..start),
            behind: bytes.slice(start + length..),
            wait,
        })
    }

    fn cursor(&self, said: &[u8]) -> Option<Cursor> {
        cursor(
            said.strip_prefix(&self.before[..])?
                .strip_suffix(&self.behind[..])?,
        )
    }
}

fn cursor(text: &[u8]) -> Option<Cursor> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// The answers to polls that differ at most in where they came from: the same for the same head and limit.
struct Answers {
    head: Bytes,
    limit: u64,
    /// No others ever had this number. An address would not do: what was encoded may outlive those it was encoded for.
    kind: usize,
}

impl PartialEq for Answers {
    fn eq(&self, other: &Self) -> bool {
        (&self.head, self.limit) == (&other.head, other.limit)
    }
}

impl Eq for Answers {}

impl Hash for Answers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.head, self.limit).hash(state);
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Poll {
    request: Request,
    answers: Rc<Answers>,
}

impl PollTemplate for Poll {
    fn response(&self, channel: &Channel, cursor: MessageId, last: bool) -> EncodedBatch {
        let batch = Batch::read(
            channel,
            Resume {
                cursor,
                reset: None,
            },
            self.answers.limit,
            MAX_BATCH_BYTES,
        );
        let json = batch.json();
        let bytes = response(&self.answers.head, &json, last, SystemTime::now());
        EncodedBatch::new(bytes, batch.cursor(), batch.sent(&json))
    }

    fn encoding(&self) -> usize {
        self.answers.kind
    }

    fn wait(&self) -> Duration {
        self.request.wait
    }

    fn matches(&self, request: &[u8]) -> Option<Cursor> {
        self.request.cursor(request)
    }
}

/// The lines of a head that stay true: without the date, and without chunks, as the length is known when it leaves.
fn lasting(head: &[u8]) -> Bytes {
    let passing = |line: &&[u8]| {
        let is = |name: &str| {
            line.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        };
        is("date:") || is("transfer-encoding:") || line == b"\r\n"
    };
    head.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !passing(line))
        .collect::<Vec<_>>()
        .concat()
        .into()
}

/// Head and body, to be written at once.
fn response(head: &[u8], json: &[u8], last: bool, now: SystemTime) -> Bytes {
    let mut response = BytesMut::with_capacity(head.len() + json.len() + 100);
    response.put_slice(head);
    response.put_slice(
        format!(
            "date: {}\r\ncontent-length: {}\r\n",
            HttpDate::from(now),
            json.len()
        )
        .as_bytes(),
    );
    response.put_slice(if last {
        b"connection: close\r\n\r\n"
    } else {
        b"\r\n"
    });
    response.put_slice(json);
    response.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_differ_never_have_one_kind() {
        // Two listeners of one service have one each.
        let [first, second] = [PollTemplates::default(), PollTemplates::default()];
        let find = |templates: &PollTemplates, limit: u64| {
            let request = known("GET /poll?channel=c&after=7-1 HTTP/1.1\r\n\r\n").unwrap();
            templates
                .find(request, limit, b"HTTP/1.1 200 OK\r\n\r\n")
                .encoding()
        };
        // Nobody holds what was found before.
        let kinds = (0..1000).flat_map(|limit| [find(&first, limit), find(&second, limit)]);
        assert_eq!(kinds.collect::<std::collections::HashSet<_>>().len(), 2000);
        assert_eq!(find(&first, 999), find(&first, 999));
    }

    fn known(request: &str) -> Option<Request> {
        let after = Cursor::After(MessageId {
            epoch: 7,
            offset: 1,
        });
        Request::new(
            &Bytes::copy_from_slice(request.as_bytes()),
            after,
            Duration::ZERO,
        )
    }

    #[test]
    fn the_same_request_is_known_by_all_but_its_cursor() {
        let request =
            known("GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let again = |said: &str| request.cursor(said.as_bytes());
        let with = |after: &str| {
            again(&format!(
                "GET /poll?channel=c&after={after}&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n"
            ))
        };
        assert_eq!(
            with("7-2"),
            Some(Cursor::After(MessageId {
                epoch: 7,
                offset: 2
            }))
        );
        assert_eq!(with("0"), Some(Cursor::Earliest));
        for other in ["", "7", "7-2&wait=1", "7-2 ", "7-%32"] {
            assert_eq!(with(other), None, "{other}");
        }
        for other in [
            "GET /poll?channel=d&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: y\r\n\r\n",
            "GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n",
            "GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n\r\nG",
            "GET /poll?channel=c&after=",
        ] {
            assert_eq!(again(other), None, "{other}");
        }
    }

    #[test]
    fn what_can_be_written_in_two_ways_is_not_known() {
        for target in [
            "?channel=c",
            "?channel=%63&after=7-1",
            "?channel=c+&after=7-1",
            "?%61fter=0&after=7-1",
            "?after=8-1",
            "?xafter=7-1",
        ] {
            assert!(
                known(&format!("GET /poll{target} HTTP/1.1\r\nHost: x\r\n\r\n")).is_none(),
                "{target}"
            );
        }
    }

    #[test]
    fn an_answer_is_pinned() {
        let head =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\na: b\r\ndate: yesterday\r\n\r\n";
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(
            response(&lasting(head), b"{}", true, now),
            "HTTP/1.1 200 OK\r\na: b\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
        );
    }
}
