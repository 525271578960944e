//! `GET /poll?channel=c`: answers with everything after the cursor, and waits while that is nothing.

use crate::bare::{self, Position};
use actix_web::{HttpRequest, HttpResponse, web};
use common::{
    http::{Batch, Caller, LIMIT, MAX_LIMIT, Problem, Query, Service, Subscription, answer},
    hub::{Change, Worker},
    log::Start,
    message::After,
};
use std::time::Duration;

/// The longest wait, in seconds: below what proxies commonly allow a silent upstream.
const MAX_WAIT: u64 = 60;
/// The wait where none is asked for, in seconds.
const WAIT: u64 = 25;

pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<Service>,
    worker: Worker,
    position: web::Data<Position>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let Some(channel) = query.channel()? else {
        query.only_with_channel(&["after", "wait", "limit"])?;
        return bare::answer(&request, &service, worker, &position, caller).await;
    };
    let after = query.after()?;
    let wait = Duration::from_secs(query.number("wait", 0..=MAX_WAIT, WAIT)?);
    let limit = query.number("limit", 1..=MAX_LIMIT, LIMIT)?;
    let subscription = Subscription::open(&service, &caller, channel, after).await?;
    let start = subscription.feed.start(after);
    // The token's end is an end of the wait like any other; the next poll learns of it.
    let wait = subscription.until.map_or(wait, |until| wait.min(until));
    let change = hold(&worker, &subscription, start, wait).await;
    let batch = Batch::read(&subscription, start, limit);
    let json = batch.json();
    batch.count(&json, service.hub.metrics());
    let mut response = answer(json);
    if change == Change::Draining {
        response.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
    }
    Ok(response)
}

/// Waits unless there is something to say: a message, a reset, or to a reader without a cursor where it stands.
async fn hold(worker: &Worker, subscription: &Subscription, start: Start, wait: Duration) -> Change {
    if subscription.after == After::Now || start.reset.is_some() || wait.is_zero() {
        return Change::WaitOver;
    }
    worker.changed(&subscription.feed, start.position, wait).await
}
