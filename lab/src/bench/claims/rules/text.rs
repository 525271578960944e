//! What is said beside the table.

use super::{FAST, KNEE, SLOW, about_one, judge};
use crate::bench::{
    claims::{
        Judged,
        Verdict::{DoesNotHold, Holds, HoldsIf, Imprecise},
        evidence::{Evidence, opening, rate},
    },
    experiments::RATES,
    figures::{Absent, P50, REQUESTS},
    scenario::{
        Manner::{OnePerAnswer, Usual},
        Transport::{Longpoll, Sse, Ws},
    },
    stats::compare::Outcome::{More, NoMeasurableDifference},
    words::number,
};

type Result = std::result::Result<Judged, Absent>;

pub(super) fn hold(e: &Evidence<'_>) -> Result {
    let requests = e.estimate(rate(Longpoll, Usual, SLOW), &REQUESTS)?;
    let because =
        format!("{requests} requests for each message every 420 ms: none is answered without one.");
    judge(about_one(requests), Holds, DoesNotHold, because)
}

pub(super) fn again(e: &Evidence<'_>) -> Result {
    let late = |per_second| {
        let p50 = e.estimate(rate(Longpoll, Usual, per_second), &P50)?;
        Ok(format!("{} ms at {}/s", p50, number(per_second)))
    };
    let late: Vec<_> = RATES
        .map(late)
        .into_iter()
        .collect::<std::result::Result<_, Absent>>()?;
    let more = e.compare(
        rate(Longpoll, Usual, FAST),
        rate(Longpoll, Usual, SLOW),
        &P50,
    )?;
    let because = format!(
        "What comes while the next request is on its way waits for it. So p50 grows as soon as messages come about as fast as the \
         round trip of 100 ms: {}.",
        late.join(", ")
    );
    judge(more.outcome == More, Holds, Imprecise, because)
}

pub(super) fn single(e: &Evidence<'_>) -> Result {
    let late = |manner, per_second| e.estimate(rate(Longpoll, manner, per_second), &P50);
    let alone = e.compare(
        rate(Longpoll, OnePerAnswer, SLOW),
        rate(Longpoll, Usual, SLOW),
        &P50,
    )?;
    let because = format!(
        "It holds if messages are rarer than round trips. Every 420 ms p50 is {} ms, and {} ms where an answer takes all there \
         is; every 100 ms {} and {} ms; every 20 ms {} and {} ms, and grows for as long as it lasts.",
        late(OnePerAnswer, SLOW)?,
        late(Usual, SLOW)?,
        late(OnePerAnswer, KNEE)?,
        late(Usual, KNEE)?,
        late(OnePerAnswer, FAST)?,
        late(Usual, FAST)?
    );
    let fast = e.compare(
        rate(Longpoll, OnePerAnswer, FAST),
        rate(Longpoll, Usual, FAST),
        &P50,
    )?;
    match (alone.outcome, fast.outcome) {
        (NoMeasurableDifference, More) => judge(true, HoldsIf, HoldsIf, because),
        (_, NoMeasurableDifference) => judge(true, Holds, Holds, because),
        _ => judge(true, DoesNotHold, DoesNotHold, because),
    }
}

pub(super) fn upgrade(e: &Evidence<'_>) -> Result {
    let (requests, late) = (
        e.estimate(opening(Ws), &REQUESTS)?,
        e.compare(opening(Ws), opening(Sse), &P50)?,
    );
    let of = |transport| e.estimate(opening(transport), &P50);
    let because = format!(
        "{requests} request; until it is open {} ms (p50), of SSE {} ms: {}.",
        of(Ws)?,
        of(Sse)?,
        match late.outcome {
            NoMeasurableDifference => "it takes no more round trips than any first request",
            _ => "that is measurably different",
        }
    );
    judge(about_one(requests), Holds, DoesNotHold, because)
}
