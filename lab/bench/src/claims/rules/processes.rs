//! The second table: threads of one process compared with several processes.

use super::decide;
use crate::{
    claims::{
        Decision,
        Verdict::{DoesNotHold, Holds, HoldsIf, Imprecise},
        evidence::Evidence,
    },
    format::number,
    metrics::Absent,
    processes::{burn, memory, messages, requests, spread},
    stats::Estimate,
};
use servers::spawned::Layout::{self, Processes, Threads};

type Result = std::result::Result<Decision, Absent>;

/// A computation disturbs other clients if it multiplies their latency by more than this.
const FELT: f64 = 3.0;
/// Differences below this share are insignificant.
const NOTHING: f64 = 0.05;
/// Threads use several cores as well as processes if they need at most the CPU time of processes
/// divided by this.
const AS_WELL: f64 = 0.75;

/// Returns whether every worker that listens on one port gets connections.
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
    let reason = format!(
        "{layout}, {sockets}: of {all} connections to one port, each worker got {fewest} to {most}."
    );
    Ok((fewest.value > 0.0, reason))
}

pub(super) fn threads_answer(e: &Evidence<'_>) -> Result {
    let (so, reason) = shares_a_port(e, Threads(e.workers()), spread::ONE_SOCKET)?;
    decide(so, Holds, DoesNotHold, reason)
}

pub(super) fn processes_answer(e: &Evidence<'_>) -> Result {
    let (so, reason) = shares_a_port(e, Processes(e.workers()), spread::SOCKET_EACH)?;
    decide(so, Holds, DoesNotHold, reason)
}

pub(super) fn threads_share_no_port(e: &Evidence<'_>) -> Result {
    let (so, reason) = shares_a_port(e, Threads(e.workers()), spread::ONE_SOCKET)?;
    decide(so, DoesNotHold, Holds, reason)
}

fn held(e: &Evidence<'_>, layout: Layout) -> std::result::Result<Estimate, Absent> {
    e.fact(memory::TOPIC, &layout.to_string(), "in all")
}

/// Returns the memory of each further worker, in MB.
fn further(e: &Evidence<'_>, layout: Layout) -> std::result::Result<(f64, String), Absent> {
    let (one, all) = (held(e, Threads(1))?, held(e, layout)?);
    let each = (all.value - one.value) / (e.workers() - 1) as f64;
    let reason = format!(
        "1 process with 1 thread uses {one} MB and {layout} use {all} MB: {} MB for each further one.",
        number(each)
    );
    Ok((each, reason))
}

pub(super) fn memory_of_threads(e: &Evidence<'_>) -> Result {
    let (each, reason) = further(e, Threads(e.workers()))?;
    let so = each < held(e, Threads(1))?.value / 2.0;
    decide(so, Holds, DoesNotHold, reason + " They share the rest.")
}

pub(super) fn memory_of_processes(e: &Evidence<'_>) -> Result {
    let (process, reason) = further(e, Processes(e.workers()))?;
    let (thread, _) = further(e, Threads(e.workers()))?;
    let reason = format!("{reason} A further thread uses {} MB.", number(thread));
    decide(process > 2.0 * thread, Holds, DoesNotHold, reason)
}

pub(super) fn work_of_threads(e: &Evidence<'_>) -> Result {
    let [rest, beside, on] = burn::subjects();
    let p50 = |subject: String| e.fact(burn::TOPIC, &subject, "p50");
    let (rest, beside, on) = (p50(rest)?, p50(beside)?, p50(on)?);
    let reason = format!(
        "The median latency of a request is {rest} ms at rest, {beside} ms beside a computation on its own threads, and {on} ms \
        if its own worker computes."
    );
    let felt = on.value > FELT * rest.value.max(1.0) && on.value > beside.value;
    let condition = if felt {
        "It holds if the work has its own threads. "
    } else {
        ""
    };
    decide(felt, HoldsIf, Holds, format!("{condition}{reason}"))
}

pub(super) fn work_of_processes(e: &Evidence<'_>) -> Result {
    let (threads, processes) = (Threads(e.workers()), Processes(e.workers()));
    let of = |layout: Layout, figure| e.fact(requests::TOPIC, &layout.to_string(), figure);
    // The number of requests also depends on the load, which uses the same cores.
    let cpu = |layout| of(layout, "CPU of the service for each");
    let (thread, process) = (cpu(threads)?, cpu(processes)?);
    let reason = format!(
        "{threads} serve {} requests per second with {thread} µs of CPU time each, {processes} serve {} with {process} µs.",
        of(threads, "requests")?,
        of(processes, "requests")?
    );
    decide(
        thread.value * AS_WELL <= process.value,
        Imprecise,
        Holds,
        reason,
    )
}

/// Returns the latencies to a thread and to a process in µs, and a sentence about all paths.
fn ways(e: &Evidence<'_>) -> std::result::Result<(f64, f64, String), Absent> {
    let p50 = |way| e.fact(messages::TOPIC, way, "p50");
    let [thread, process, redis] = [
        p50(messages::TO_THREAD)?,
        p50(messages::TO_PROCESS)?,
        p50(messages::THROUGH_REDIS)?,
    ];
    let reason = format!(
        "The median latency of a message is {thread} µs to another thread over a channel, {process} µs to another process over a socket pair, \
        and {redis} µs through Redis."
    );
    Ok((thread.value, process.value, reason))
}

pub(super) fn communication(e: &Evidence<'_>) -> Result {
    let (thread, process, reason) = ways(e)?;
    decide(
        thread < process * (1.0 - NOTHING),
        Holds,
        DoesNotHold,
        reason,
    )
}

pub(super) fn overhead(e: &Evidence<'_>) -> Result {
    let each = |layout: Layout| e.fact(memory::TOPIC, &layout.to_string(), "for each worker");
    let (threads, processes) = (Threads(e.workers()), Processes(e.workers()));
    let (thread, process) = (each(threads)?, each(processes)?);
    let reason = format!(
        "Without connections, {threads} use {thread} MB each and {processes} use {process} MB each."
    );
    decide(
        thread.value < process.value * (1.0 - NOTHING),
        Holds,
        DoesNotHold,
        reason,
    )
}
