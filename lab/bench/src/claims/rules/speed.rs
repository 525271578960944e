//! Use and efficiency: latency, bytes and CPU, each against the other transports.

use super::{FAST, KNEE, SLOW, decide};
use crate::{
    claims::{
        Decision,
        Verdict::{DoesNotHold, Holds, HoldsIf},
        evidence::{Evidence, cost, rate, upstream},
    },
    metrics::{Absent, BYTES, P50, PER_CPU},
    scenario::{
        ClientVariant::Usual,
        Transport::{self, Longpoll, Sse, Ws},
    },
    stats::compare::Outcome::{Less, More, NoMeasurableDifference},
};

type Result = std::result::Result<Decision, Absent>;

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
    let reason = format!(
        "The median latency of a message every 420 ms is {}, and {} with WebSocket. Every 100 ms it is {} and {}.",
        late(e, Longpoll, SLOW)?,
        late(e, Ws, SLOW)?,
        late(e, Longpoll, KNEE)?,
        late(e, Ws, KNEE)?
    );
    decide(
        alone.outcome == NoMeasurableDifference,
        Holds,
        DoesNotHold,
        reason,
    )
}

pub(super) fn use_sse(e: &Evidence<'_>) -> Result {
    let same = e.compare(rate(Sse, Usual, FAST), rate(Ws, Usual, FAST), &P50)?;
    let reason = format!(
        "At {FAST}/s the median latency is {}, and {} with WebSocket.",
        late(e, Sse, FAST)?,
        late(e, Ws, FAST)?
    );
    decide(same.outcome != More, Holds, DoesNotHold, reason)
}

pub(super) fn use_ws(e: &Evidence<'_>) -> Result {
    let down = e.compare(rate(Ws, Usual, FAST), rate(Longpoll, Usual, FAST), &P50)?;
    let up = e.compare(upstream(Ws, Usual), upstream(Sse, Usual), &BYTES)?;
    let reason = format!(
        "At {FAST}/s the median latency is {}, and {} with long polling. A published message takes {} of the bytes of a POST.",
        late(e, Ws, FAST)?,
        late(e, Longpoll, FAST)?,
        up.ratio
    );
    decide(
        down.outcome == Less && up.outcome == Less,
        Holds,
        DoesNotHold,
        reason,
    )
}

pub(super) fn efficiency_longpoll(e: &Evidence<'_>) -> Result {
    let late_by = e.compare(rate(Longpoll, Usual, FAST), rate(Sse, Usual, FAST), &P50)?;
    let bytes = e.compare(rate(Longpoll, Usual, FAST), rate(Sse, Usual, FAST), &BYTES)?;
    let cpu = e.compare(cost(Longpoll), cost(Sse), &PER_CPU)?;
    let reason = format!(
        "At {FAST}/s the median latency is {}, and {} with SSE, with {} times the bytes. A CPU-second of the server yields {} times the \
        deliveries.",
        late(e, Longpoll, FAST)?,
        late(e, Sse, FAST)?,
        bytes.ratio,
        cpu.ratio
    );
    decide(
        late_by.outcome == More && bytes.outcome == More && cpu.outcome == Less,
        Holds,
        DoesNotHold,
        reason,
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
    let reason = format!(
        "Each message takes {} of the bytes of long polling every 420 ms, and {} every 20 ms.",
        slow.ratio, fast.ratio
    );
    decide(
        slow.outcome == Less && fast.outcome == Less,
        Holds,
        DoesNotHold,
        reason,
    )
}

pub(super) fn efficiency_ws(e: &Evidence<'_>) -> Result {
    let polling = e.compare(rate(Ws, Usual, FAST), rate(Longpoll, Usual, FAST), &P50)?;
    let stream = e.compare(rate(Ws, Usual, FAST), rate(Sse, Usual, FAST), &P50)?;
    let bytes = e.compare(rate(Ws, Usual, FAST), rate(Sse, Usual, FAST), &BYTES)?;
    let cpu = e.compare(cost(Ws), cost(Sse), &PER_CPU)?;
    let reason = format!(
        "At {FAST}/s the median latency is {}; {} with SSE and {} with long polling. It takes {} of the bytes of SSE. A CPU-second of the \
        server yields {} times the deliveries.",
        late(e, Ws, FAST)?,
        late(e, Sse, FAST)?,
        late(e, Longpoll, FAST)?,
        bytes.ratio,
        cpu.ratio
    );
    match (polling.outcome, stream.outcome) {
        (Less, Less) => decide(true, Holds, Holds, reason),
        (Less, _) => decide(
            true,
            HoldsIf,
            HoldsIf,
            format!(
                "It holds compared with long polling; SSE is as fast from server to client. {reason}"
            ),
        ),
        _ => decide(true, DoesNotHold, DoesNotHold, reason),
    }
}
