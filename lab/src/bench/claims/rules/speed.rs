//! Use and efficiency: latency, bytes and CPU, each against the other transports.

use super::{FAST, KNEE, SLOW, judge};
use crate::bench::{
    claims::{
        Judged,
        Verdict::{DoesNotHold, Holds, HoldsIf},
        evidence::{Evidence, cost, rate, upstream},
    },
    figures::{Absent, BYTES, P50, PER_CPU},
    scenario::{
        Manner::Usual,
        Transport::{self, Longpoll, Sse, Ws},
    },
    stats::compare::Outcome::{Less, More, NoMeasurableDifference},
};

type Result = std::result::Result<Judged, Absent>;

fn late(
    e: &Evidence<'_>,
    transport: Transport,
    per_second: f64,
) -> std::result::Result<String, Absent> {
    Ok(format!(
        "{} ms",
        e.estimate(rate(transport, Usual, per_second), &P50)?
    ))
}

pub(super) fn use_longpoll(e: &Evidence<'_>) -> Result {
    let alone = e.compare(rate(Longpoll, Usual, SLOW), rate(Ws, Usual, SLOW), &P50)?;
    let because = format!(
        "A message every 420 ms is there after {} (p50), with WebSocket after {}; every 100 ms after {} against {}.",
        late(e, Longpoll, SLOW)?,
        late(e, Ws, SLOW)?,
        late(e, Longpoll, KNEE)?,
        late(e, Ws, KNEE)?
    );
    judge(
        alone.outcome == NoMeasurableDifference,
        Holds,
        DoesNotHold,
        because,
    )
}

pub(super) fn use_sse(e: &Evidence<'_>) -> Result {
    let same = e.compare(rate(Sse, Usual, FAST), rate(Ws, Usual, FAST), &P50)?;
    let because = format!(
        "At {FAST}/s a message is there after {} (p50), with WebSocket after {}.",
        late(e, Sse, FAST)?,
        late(e, Ws, FAST)?
    );
    judge(same.outcome != More, Holds, DoesNotHold, because)
}

pub(super) fn use_ws(e: &Evidence<'_>) -> Result {
    let down = e.compare(rate(Ws, Usual, FAST), rate(Longpoll, Usual, FAST), &P50)?;
    let up = e.compare(upstream(Ws, Usual), upstream(Sse, Usual), &BYTES)?;
    let because = format!(
        "At {FAST}/s a message is there after {} (p50), with long polling after {}. A message up takes {} of a POST's bytes.",
        late(e, Ws, FAST)?,
        late(e, Longpoll, FAST)?,
        up.ratio
    );
    judge(
        down.outcome == Less && up.outcome == Less,
        Holds,
        DoesNotHold,
        because,
    )
}

pub(super) fn efficiency_longpoll(e: &Evidence<'_>) -> Result {
    let late_by = e.compare(rate(Longpoll, Usual, FAST), rate(Sse, Usual, FAST), &P50)?;
    let bytes = e.compare(rate(Longpoll, Usual, FAST), rate(Sse, Usual, FAST), &BYTES)?;
    let cpu = e.compare(cost(Longpoll), cost(Sse), &PER_CPU)?;
    let because = format!(
        "At {FAST}/s: {} (p50) against {} of SSE, and {} times the bytes. A CPU-second of the server gives {} times as many \
         deliveries.",
        late(e, Longpoll, FAST)?,
        late(e, Sse, FAST)?,
        bytes.ratio,
        cpu.ratio
    );
    judge(
        late_by.outcome == More && bytes.outcome == More && cpu.outcome == Less,
        Holds,
        DoesNotHold,
        because,
    )
}

pub(super) fn efficiency_sse(e: &Evidence<'_>) -> Result {
    let against = |per_second| {
        e.compare(
            rate(Sse, Usual, per_second),
            rate(Longpoll, Usual, per_second),
            &BYTES,
        )
    };
    let (slow, fast) = (against(SLOW)?, against(FAST)?);
    let because = format!(
        "{} of long polling's bytes for each message every 420 ms, {} every 20 ms.",
        slow.ratio, fast.ratio
    );
    judge(
        slow.outcome == Less && fast.outcome == Less,
        Holds,
        DoesNotHold,
        because,
    )
}

pub(super) fn efficiency_ws(e: &Evidence<'_>) -> Result {
    let polling = e.compare(rate(Ws, Usual, FAST), rate(Longpoll, Usual, FAST), &P50)?;
    let stream = e.compare(rate(Ws, Usual, FAST), rate(Sse, Usual, FAST), &P50)?;
    let bytes = e.compare(rate(Ws, Usual, FAST), rate(Sse, Usual, FAST), &BYTES)?;
    let cpu = e.compare(cost(Ws), cost(Sse), &PER_CPU)?;
    let because = format!(
        "At {FAST}/s, p50: {}, SSE {}, long polling {}. Of SSE's bytes it takes {}; a CPU-second of the server gives {} times as \
         many deliveries.",
        late(e, Ws, FAST)?,
        late(e, Sse, FAST)?,
        late(e, Longpoll, FAST)?,
        bytes.ratio,
        cpu.ratio
    );
    match (polling.outcome, stream.outcome) {
        (Less, Less) => judge(true, Holds, Holds, because),
        (Less, _) => judge(
            true,
            HoldsIf,
            HoldsIf,
            format!("It holds against long polling; downwards SSE is as fast. {because}"),
        ),
        _ => judge(true, DoesNotHold, DoesNotHold, because),
    }
}
