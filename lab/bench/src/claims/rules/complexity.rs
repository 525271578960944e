//! Complexity: lines of code, and the losses of a minimal client.

use super::{FAST, KNEE, SLOW, decide};
use crate::{
    claims::{
        Decision,
        Verdict::{DoesNotHold, Holds, HoldsIf, Imprecise},
        evidence::{Evidence, opening, rate},
    },
    metrics::{Absent, BYTES, LOST, P50},
    result::Code,
    scenario::{
        ClientVariant::{NoCursor, Usual},
        Transport::{Longpoll, Sse, Ws},
    },
};

type Result = std::result::Result<Decision, Absent>;

/// Losses below this share, in percent, count as none.
const NOTHING: f64 = 0.1;

fn lines(code: &Code) -> String {
    let Code {
        minimal,
        robust,
        shared,
        ..
    } = code;
    format!(
        "A minimal page has {minimal} lines of script. A client that resumes has {robust}, and {shared} that all transports share."
    )
}

pub(super) fn longpoll(e: &Evidence<'_>) -> Result {
    let lost = |per_second| e.estimate(rate(Longpoll, NoCursor, per_second), &LOST);
    let (slow, knee, fast) = (lost(SLOW)?, lost(KNEE)?, lost(FAST)?);
    let resuming = e.estimate(rate(Longpoll, Usual, FAST), &LOST)?;
    let reason = format!(
        "Without a cursor, two subscribers lose {slow} % of messages every 420 ms, {knee} % of messages every 100 ms and {fast} % of messages every 20 ms. \
        With one they lose {resuming} %. {}",
        lines(e.code(Longpoll)?)
    );
    let loses = [slow, knee, fast].iter().any(|lost| lost.value > NOTHING);
    decide(
        loses,
        HoldsIf,
        Holds,
        if loses {
            format!("It holds if messages may be lost. {reason}")
        } else {
            reason
        },
    )
}

pub(super) fn sse(e: &Evidence<'_>) -> Result {
    let (own, others) = (e.code(Sse)?, [e.code(Longpoll)?, e.code(Ws)?]);
    let simple = others
        .iter()
        .all(|other| own.robust <= other.robust + other.robust / 5);
    let reason = format!(
        "It holds if the client may stop at the first error: an EventSource reconnects after a cut, but not after a response such \
        as 502. {}",
        lines(own)
    );
    decide(simple, HoldsIf, DoesNotHold, reason)
}

pub(super) fn ws(e: &Evidence<'_>) -> Result {
    let (own, others) = (e.code(Ws)?, [e.code(Longpoll)?, e.code(Sse)?]);
    let late = |transport| e.estimate(opening(transport), &P50);
    let bytes = |transport| e.estimate(opening(transport), &BYTES);
    let reason = format!(
        "{} The other two have {} and {} lines of their own. Opening takes {} ms and {} B; for SSE it takes {} ms and {} B.",
        lines(own),
        others[0].robust,
        others[1].robust,
        late(Ws)?,
        bytes(Ws)?,
        late(Sse)?,
        bytes(Sse)?
    );
    decide(
        others.iter().all(|other| own.robust > other.robust),
        Holds,
        Imprecise,
        reason,
    )
}
