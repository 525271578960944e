//! Claims outside the table.

use super::{FAST, KNEE, SLOW, about_one, decide};
use crate::{
    claims::{
        Decision,
        Verdict::{DoesNotHold, Holds, HoldsIf, Imprecise},
        evidence::{Evidence, opening, rate},
    },
    experiments::RATES,
    format::number,
    metrics::{Absent, P50, REQUESTS},
    scenario::{
        ClientVariant::{OnePerAnswer, Usual},
        Transport::{Longpoll, Sse, Ws},
    },
    stats::compare::Outcome::{More, NoMeasurableDifference},
};

type Result = std::result::Result<Decision, Absent>;

pub(super) fn hold(e: &Evidence<'_>) -> Result {
    let requests = e.estimate(rate(Longpoll, Usual, SLOW), &REQUESTS)?;
    let reason =
        format!("Requests per message every 420 ms: {requests}. Every response carries a message.");
    decide(about_one(requests), Holds, DoesNotHold, reason)
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
    let reason = format!(
        "A message that is published before the next request arrives waits for it. So the median latency grows as soon as messages come about as \
        fast as the round trip of 100 ms: {}.",
        late.join(", ")
    );
    decide(more.outcome == More, Holds, Imprecise, reason)
}

pub(super) fn single(e: &Evidence<'_>) -> Result {
    let late = |variant, per_second| e.estimate(rate(Longpoll, variant, per_second), &P50);
    let alone = e.compare(
        rate(Longpoll, OnePerAnswer, SLOW),
        rate(Longpoll, Usual, SLOW),
        &P50,
    )?;
    let reason = format!(
        "It holds if messages are rarer than round trips. Every 420 ms the median latency is {} ms, and {} ms if a response carries all pending \
        messages. Every 100 ms it is {} and {} ms; every 20 ms {} and {} ms, growing over time.",
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
        (NoMeasurableDifference, More) => decide(true, HoldsIf, HoldsIf, reason),
        (_, NoMeasurableDifference) => decide(true, Holds, Holds, reason),
        _ => decide(true, DoesNotHold, DoesNotHold, reason),
    }
}

pub(super) fn upgrade(e: &Evidence<'_>) -> Result {
    let (requests, late) = (
        e.estimate(opening(Ws), &REQUESTS)?,
        e.compare(opening(Ws), opening(Sse), &P50)?,
    );
    let of = |transport| e.estimate(opening(transport), &P50);
    let reason = format!(
        "It takes {requests} request. The median time to open is {} ms, and {} ms for SSE: {}.",
        of(Ws)?,
        of(Sse)?,
        match late.outcome {
            NoMeasurableDifference =>
                "the handshake takes no more round trips than any first request",
            _ => "the difference is measurable",
        }
    );
    decide(about_one(requests), Holds, DoesNotHold, reason)
}
