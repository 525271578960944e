//! Protocol, direction and connection: what a counting link saw.

use super::{FAST, SLOW, about_none, about_one, judge};
use crate::bench::{
    claims::{
        Judged,
        Verdict::{DoesNotHold, Holds, Imprecise},
        evidence::{Evidence, keep_alive, opening, rate, upstream},
    },
    figures::{Absent, CONNECTIONS, DOWN, P50, REQUESTS, UP},
    scenario::{
        Manner::{NewConnection, Usual},
        Transport::{self, Longpoll, Sse, Ws},
    },
};

type Result = std::result::Result<Judged, Absent>;

pub(super) fn protocol_longpoll(e: &Evidence<'_>) -> Result {
    let requests = e.estimate(rate(Longpoll, Usual, SLOW), &REQUESTS)?;
    judge(
        about_one(requests),
        Holds,
        DoesNotHold,
        format!("{requests} HTTP requests for each message that comes alone."),
    )
}

pub(super) fn protocol_sse(e: &Evidence<'_>) -> Result {
    let (first, then) = (
        e.estimate(opening(Sse), &REQUESTS)?,
        e.estimate(rate(Sse, Usual, SLOW), &REQUESTS)?,
    );
    let because = format!(
        "{first} HTTP request to open it, and {then} for each message after that, all of them downwards."
    );
    judge(
        about_one(first) && about_none(then),
        Holds,
        DoesNotHold,
        because,
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
    let because = format!(
        "It is opened by {request} HTTP request on {own} TCP connection; long polling and SSE have {} and {}. All three run on \
         TCP: what is different is the protocol after the handshake (RFC 6455).",
        others[0], others[1]
    );
    judge(
        about_one(own) && others.into_iter().all(about_one),
        Imprecise,
        Holds,
        because,
    )
}

/// What a message up costs over HTTP.
fn post(e: &Evidence<'_>, transport: Transport) -> std::result::Result<(bool, String), Absent> {
    let of = |measure| e.estimate(upstream(transport, Usual), measure);
    let (requests, up, down, late) = (of(&REQUESTS)?, of(&UP)?, of(&DOWN)?, of(&P50)?);
    let because = format!(
        "{requests} request for each message up: {up} B up and {down} B down, acknowledged after {late} ms (p50)."
    );
    Ok((about_one(requests), because))
}

pub(super) fn direction_longpoll(e: &Evidence<'_>) -> Result {
    let (so, mut because) = post(e, Longpoll)?;
    let (alone, again) = (
        e.estimate(upstream(Longpoll, NewConnection), &P50)?,
        e.estimate(rate(Longpoll, Usual, SLOW), &UP)?,
    );
    because += &format!(
        " On a connection of its own it takes {alone} ms. The poll itself, {again} B up for each message, says nothing but \
         what it waits for."
    );
    judge(so, Imprecise, DoesNotHold, because)
}

pub(super) fn direction_sse(e: &Evidence<'_>) -> Result {
    let (so, because) = post(e, Sse)?;
    judge(
        so,
        Holds,
        DoesNotHold,
        because + " The stream itself carries nothing upwards.",
    )
}

pub(super) fn direction_ws(e: &Evidence<'_>) -> Result {
    let of = |measure| e.estimate(upstream(Ws, Usual), measure);
    let (requests, connections, up, down, late) = (
        of(&REQUESTS)?,
        of(&CONNECTIONS)?,
        of(&UP)?,
        of(&DOWN)?,
        of(&P50)?,
    );
    let because = format!(
        "{requests} requests and {connections} connections for each message up: a frame of {up} B, with {down} B coming down, \
         acknowledged after {late} ms (p50)."
    );
    judge(
        about_none(requests) && about_none(connections),
        Holds,
        DoesNotHold,
        because,
    )
}

pub(super) fn connection_longpoll(e: &Evidence<'_>) -> Result {
    let slow = e.estimate(rate(Longpoll, Usual, SLOW), &REQUESTS)?;
    let fast = e.estimate(rate(Longpoll, Usual, FAST), &REQUESTS)?;
    let connections = |manner| e.estimate(keep_alive(manner), &CONNECTIONS);
    let (kept, new) = (connections(Usual)?, connections(NewConnection)?);
    let late = |manner| e.estimate(keep_alive(manner), &P50);
    let because = format!(
        "{slow} requests for each message that comes alone, {fast} at {FAST}/s. Kept alive, they open {kept} connections for each \
         message; without keep-alive {new}, and p50 is {} ms in place of {} ms.",
        late(NewConnection)?,
        late(Usual)?
    );
    judge(about_one(slow), Holds, DoesNotHold, because)
}

fn one_connection(e: &Evidence<'_>, transport: Transport) -> Result {
    let (first, then) = (
        e.estimate(opening(transport), &CONNECTIONS)?,
        e.estimate(rate(transport, Usual, FAST), &CONNECTIONS)?,
    );
    let because = format!(
        "{first} TCP connection to open it, and {then} for each message after that, at {FAST}/s."
    );
    judge(
        about_one(first) && about_none(then),
        Holds,
        DoesNotHold,
        because,
    )
}

pub(super) fn connection_sse(e: &Evidence<'_>) -> Result {
    one_connection(e, Sse)
}

pub(super) fn connection_ws(e: &Evidence<'_>) -> Result {
    one_connection(e, Ws)
}
