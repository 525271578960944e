//! The second table: threads of one process beside several processes.

use super::judge;
use crate::bench::{
    claims::{
        Judged,
        Verdict::{DoesNotHold, Holds, HoldsIf, Imprecise},
        evidence::Evidence,
    },
    figures::Absent,
    processes::{burn, memory, messages, requests, spread},
    stats::Estimate,
    words::number,
};
use crate::spawned::Layout::{self, Processes, Threads};

type Result = std::result::Result<Judged, Absent>;

/// A computation is felt from so many times the latency at rest on.
const FELT: f64 = 3.0;
/// A difference below this share is nothing.
const NOTHING: f64 = 0.05;
/// Who needs no more than the other divided by this uses the cores as well.
const AS_WELL: f64 = 0.75;

/// Whether everybody who listens on one port gets connections.
fn shares_a_port(
    e: &Evidence<'_>,
    layout: Layout,
    sockets: &str,
) -> std::result::Result<(bool, String), Absent> {
    let of = |figure| e.fact(spread::TOPIC, &format!("{layout}, {sockets}"), figure);
    let (all, fewest, most) = (
        of("connections")?,
        of("fewest of a worker")?,
        of("most of a worker")?,
    );
    let because = format!(
        "{layout}, {sockets}: of {all} connections to one port each of them got {fewest} to {most}."
    );
    Ok((fewest.value > 0.0, because))
}

pub(super) fn threads_answer(e: &Evidence<'_>) -> Result {
    let (so, because) = shares_a_port(e, Threads(e.workers()), spread::ONE_SOCKET)?;
    judge(so, Holds, DoesNotHold, because)
}

pub(super) fn processes_answer(e: &Evidence<'_>) -> Result {
    let (so, because) = shares_a_port(e, Processes(e.workers()), spread::SOCKET_EACH)?;
    judge(so, Holds, DoesNotHold, because)
}

pub(super) fn threads_share_no_port(e: &Evidence<'_>) -> Result {
    let (so, because) = shares_a_port(e, Threads(e.workers()), spread::ONE_SOCKET)?;
    judge(so, DoesNotHold, Holds, because)
}

fn held(e: &Evidence<'_>, layout: Layout) -> std::result::Result<Estimate, Absent> {
    e.fact(memory::TOPIC, &layout.to_string(), "in all")
}

/// What one more of them holds, in MB, if it is known what one alone holds.
fn further(e: &Evidence<'_>, layout: Layout) -> std::result::Result<(f64, String), Absent> {
    let (one, all) = (held(e, Threads(1))?, held(e, layout)?);
    let each = (all.value - one.value) / (e.workers() - 1) as f64;
    let because = format!(
        "1 process with 1 thread holds {one} MB, {layout} {all} MB: {} MB for each further one.",
        number(each)
    );
    Ok((each, because))
}

pub(super) fn memory_of_threads(e: &Evidence<'_>) -> Result {
    let (each, because) = further(e, Threads(e.workers()))?;
    let so = each < held(e, Threads(1))?.value / 2.0;
    judge(so, Holds, DoesNotHold, because + " The rest is there once.")
}

pub(super) fn memory_of_processes(e: &Evidence<'_>) -> Result {
    let (process, because) = further(e, Processes(e.workers()))?;
    let (thread, _) = further(e, Threads(e.workers()))?;
    let because = format!("{because} A further thread holds {} MB.", number(thread));
    judge(process > 2.0 * thread, Holds, DoesNotHold, because)
}

pub(super) fn work_of_threads(e: &Evidence<'_>) -> Result {
    let [rest, beside, on] = burn::subjects();
    let p50 = |subject: String| e.fact(burn::TOPIC, &subject, "p50");
    let (rest, beside, on) = (p50(rest)?, p50(beside)?, p50(on)?);
    let because = format!(
        "A client is answered after {rest} ms (p50) at rest, {beside} ms beside a computation on threads of its own, and {on} ms \
         if its own worker computes."
    );
    let felt = on.value > FELT * rest.value.max(1.0) && on.value > beside.value;
    let condition = if felt {
        "It holds if the work has threads of its own. "
    } else {
        ""
    };
    judge(felt, HoldsIf, Holds, format!("{condition}{because}"))
}

pub(super) fn work_of_processes(e: &Evidence<'_>) -> Result {
    let (threads, processes) = (Threads(e.workers()), Processes(e.workers()));
    let of = |layout: Layout, figure| e.fact(requests::TOPIC, &layout.to_string(), figure);
    // How many requests there are also depends on whoever asks, on the same cores.
    let cpu = |layout| of(layout, "CPU of the service for each");
    let (thread, process) = (cpu(threads)?, cpu(processes)?);
    let because = format!(
        "{threads} answer {} requests a second with {thread} µs of CPU for each, {processes} {} with {process} µs.",
        of(threads, "requests")?,
        of(processes, "requests")?
    );
    judge(
        thread.value * AS_WELL <= process.value,
        Imprecise,
        Holds,
        because,
    )
}

/// Microseconds to a thread and to a process, and all ways in words.
fn ways(e: &Evidence<'_>) -> std::result::Result<(f64, f64, String), Absent> {
    let p50 = |way| e.fact(messages::TOPIC, way, "p50");
    let [thread, process, redis] = [
        p50(messages::TO_THREAD)?,
        p50(messages::TO_PROCESS)?,
        p50(messages::THROUGH_REDIS)?,
    ];
    let because = format!(
        "A message takes {thread} µs (p50) to another thread over a channel, {process} µs to another process over a socket pair, \
         {redis} µs through Redis."
    );
    Ok((thread.value, process.value, because))
}

pub(super) fn communication(e: &Evidence<'_>) -> Result {
    let (thread, process, because) = ways(e)?;
    judge(
        thread < process * (1.0 - NOTHING),
        Holds,
        DoesNotHold,
        because,
    )
}

pub(super) fn overhead(e: &Evidence<'_>) -> Result {
    let each = |layout: Layout| e.fact(memory::TOPIC, &layout.to_string(), "for each worker");
    let (threads, processes) = (Threads(e.workers()), Processes(e.workers()));
    let (thread, process) = (each(threads)?, each(processes)?);
    let because = format!(
        "{threads} hold {thread} MB each, {processes} {process} MB each, without a connection."
    );
    judge(
        thread.value < process.value * (1.0 - NOTHING),
        Holds,
        DoesNotHold,
        because,
    )
}
