//! Protocol, direction and connection: the counts of the link.

use super::{FAST, SLOW, about_none, about_one, decide};
use crate::{
    claims::{
        Decision,
        Verdict::{DoesNotHold, Holds, Imprecise},
        evidence::{Evidence, keep_alive, opening, rate, upstream},
    },
    metrics::{Absent, CONNECTIONS, DOWN, P50, REQUESTS, UP},
    scenario::{
        ClientVariant::{NewConnection, Usual},
        Transport::{self, Longpoll, Sse, Ws},
    },
};

type Result = std::result::Result<Decision, Absent>;

pub(super) fn protocol_longpoll(e: &Evidence<'_>) -> Result {
    let requests = e.estimate(rate(Longpoll, Usual, SLOW), &REQUESTS)?;
    decide(
        about_one(requests),
        Holds,
        DoesNotHold,
        format!("HTTP requests per single message: {requests}."),
    )
}

pub(super) fn protocol_sse(e: &Evidence<'_>) -> Result {
    let (first, then) = (
        e.estimate(opening(Sse), &REQUESTS)?,
        e.estimate(rate(Sse, Usual, SLOW), &REQUESTS)?,
    );
    let reason = format!(
        "It takes {first} HTTP request to open, and {then} for each message after that, all of them from server to client."
    );
    decide(
        about_one(first) && about_none(then),
        Holds,
        DoesNotHold,
        reason,
    )
}

pub(super) fn protocol_ws(e: &Evidence<'_>) -> Result {
    let (request, own) = (
        e.estimate(opening(Ws), &REQUESTS)?,
        e.estimate(opening(Ws), &CONNECTIONS)?,
    );
    let others = [
        e.estimate(opening(Longpoll), &CONNECTIONS)?,
        e.estimate(opening(Sse), &CONNECTIONS)?,
    ];
    let reason = format!(
        "It is opened by {request} HTTP request on {own} TCP connection; long polling and SSE take {} and {}. All three run on \
        TCP. The difference is the protocol after the handshake (RFC 6455).",
        others[0], others[1]
    );
    decide(
        about_one(own) && others.into_iter().all(about_one),
        Imprecise,
        Holds,
        reason,
    )
}

/// Returns the cost of publishing a message over HTTP.
fn post(e: &Evidence<'_>, transport: Transport) -> std::result::Result<(bool, String), Absent> {
    let of = |metric| e.estimate(upstream(transport, Usual), metric);
    let (requests, up, down, late) = (of(&REQUESTS)?, of(&UP)?, of(&DOWN)?, of(&P50)?);
    let reason = format!(
        "A published message takes {requests} request, {up} B up and {down} B down. Its median time to the acknowledgement is {late} ms."
    );
    Ok((about_one(requests), reason))
}

pub(super) fn direction_longpoll(e: &Evidence<'_>) -> Result {
    let (so, mut reason) = post(e, Longpoll)?;
    let (alone, again) = (
        e.estimate(upstream(Longpoll, NewConnection), &P50)?,
        e.estimate(rate(Longpoll, Usual, SLOW), &UP)?,
    );
    reason += &format!(
        " On a new connection it is {alone} ms. The poll itself, {again} B up for each message, carries only its \
        cursor."
    );
    decide(so, Imprecise, DoesNotHold, reason)
}

pub(super) fn direction_sse(e: &Evidence<'_>) -> Result {
    let (so, reason) = post(e, Sse)?;
    decide(
        so,
        Holds,
        DoesNotHold,
        reason + " The stream itself carries no data to the server.",
    )
}

pub(super) fn direction_ws(e: &Evidence<'_>) -> Result {
    let of = |metric| e.estimate(upstream(Ws, Usual), metric);
    let (requests, connections, up, down, late) = (
        of(&REQUESTS)?,
        of(&CONNECTIONS)?,
        of(&UP)?,
        of(&DOWN)?,
        of(&P50)?,
    );
    let reason = format!(
        "A published message takes {requests} requests and {connections} connections: a frame of {up} B, with {down} B down. \
        Its median time to the acknowledgement is {late} ms."
    );
    decide(
        about_none(requests) && about_none(connections),
        Holds,
        DoesNotHold,
        reason,
    )
}

pub(super) fn connection_longpoll(e: &Evidence<'_>) -> Result {
    let slow = e.estimate(rate(Longpoll, Usual, SLOW), &REQUESTS)?;
    let fast = e.estimate(rate(Longpoll, Usual, FAST), &REQUESTS)?;
    let connections = |variant| e.estimate(keep_alive(variant), &CONNECTIONS);
    let (kept, new) = (connections(Usual)?, connections(NewConnection)?);
    let late = |variant| e.estimate(keep_alive(variant), &P50);
    let reason = format!(
        "Requests per message: {slow} for single messages, {fast} at {FAST}/s. With keep-alive, each message opens {kept} connections. \
        Without it, each opens {new}, and the median latency is {} ms instead of {} ms.",
        late(NewConnection)?,
        late(Usual)?
    );
    decide(about_one(slow), Holds, DoesNotHold, reason)
}

fn one_connection(e: &Evidence<'_>, transport: Transport) -> Result {
    let (first, then) = (
        e.estimate(opening(transport), &CONNECTIONS)?,
        e.estimate(rate(transport, Usual, FAST), &CONNECTIONS)?,
    );
    let reason = format!(
        "It takes {first} TCP connection to open, and {then} for each message after that, at {FAST}/s."
    );
    decide(
        about_one(first) && about_none(then),
        Holds,
        DoesNotHold,
        reason,
    )
}

pub(super) fn connection_sse(e: &Evidence<'_>) -> Result {
    one_connection(e, Sse)
}

pub(super) fn connection_ws(e: &Evidence<'_>) -> Result {
    one_connection(e, Ws)
}
