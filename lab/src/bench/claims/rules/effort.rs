//! Complexity: lines of code, beside what few lines lose.

use super::{FAST, KNEE, SLOW, judge};
use crate::bench::{
    claims::{
        Judged,
        Verdict::{DoesNotHold, Holds, HoldsIf, Imprecise},
        evidence::{Evidence, opening, rate},
    },
    figures::{Absent, BYTES, LOST, P50},
    result::Code,
    scenario::{
        Manner::{NoCursor, Usual},
        Transport::{Longpoll, Sse, Ws},
    },
};

type Result = std::result::Result<Judged, Absent>;

/// Below this share nothing is called lost: in percent.
const NOTHING: f64 = 0.1;

fn lines(code: &Code) -> String {
    let Code {
        minimal,
        robust,
        shared,
        ..
    } = code;
    format!(
        "A minimal page has {minimal} lines of script; one that resumes has {robust}, and {shared} that all transports share."
    )
}

pub(super) fn longpoll(e: &Evidence<'_>) -> Result {
    let lost = |per_second| e.estimate(rate(Longpoll, NoCursor, per_second), &LOST);
    let (slow, knee, fast) = (lost(SLOW)?, lost(KNEE)?, lost(FAST)?);
    let resuming = e.estimate(rate(Longpoll, Usual, FAST), &LOST)?;
    let because = format!(
        "Without a cursor, two readers lose {slow} % of what comes every 420 ms, {knee} % every 100 ms and {fast} % every 20 ms; \
         with one, {resuming} %. {}",
        lines(e.code(Longpoll)?)
    );
    let loses = [slow, knee, fast].iter().any(|lost| lost.value > NOTHING);
    judge(
        loses,
        HoldsIf,
        Holds,
        if loses {
            format!("It holds if messages may be lost. {because}")
        } else {
            because
        },
    )
}

pub(super) fn sse(e: &Evidence<'_>) -> Result {
    let (own, others) = (e.code(Sse)?, [e.code(Longpoll)?, e.code(Ws)?]);
    let simple = others
        .iter()
        .all(|other| own.robust <= other.robust + other.robust / 5);
    let because = format!(
        "It holds if the client may stop at the first error: an EventSource comes back after a cut, but not after an answer such \
         as 502. {}",
        lines(own)
    );
    judge(simple, HoldsIf, DoesNotHold, because)
}

pub(super) fn ws(e: &Evidence<'_>) -> Result {
    let (own, others) = (e.code(Ws)?, [e.code(Longpoll)?, e.code(Sse)?]);
    let late = |transport| e.estimate(opening(transport), &P50);
    let bytes = |transport| e.estimate(opening(transport), &BYTES);
    let because = format!(
        "{} The other two have {} and {} of their own. Opening takes {} ms and {} B, of SSE {} ms and {} B.",
        lines(own),
        others[0].robust,
        others[1].robust,
        late(Ws)?,
        bytes(Ws)?,
        late(Sse)?,
        bytes(Sse)?
    );
    judge(
        others.iter().all(|other| own.robust > other.robust),
        Holds,
        Imprecise,
        because,
    )
}
