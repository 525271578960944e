//! `GET /poll?channel=c`: answers with everything after the cursor, and waits while that is nothing.

use crate::{
    compat::{self, Position},
    template::{PollTemplates, Request},
};
use actix_web::{HttpRequest, HttpResponse, http::ConnectionType, rt::time::sleep, web};
use common::{
    history::Resume,
    http::{
        AppState, DEFAULT_LIMIT, MAX_LIMIT, Principal, Problem, Query, Subscription, compat,
        history_response, no_store_json,
    },
    hub::{Channel, ParkedPoll, Shard},
    message::Cursor,
    net::{detach, raw_request},
};
use std::time::Duration;

/// The longest wait, in seconds: below what proxies commonly allow a silent upstream.
const MAX_WAIT: u64 = 60;
/// The wait where none is asked for, in seconds.
const WAIT: u64 = 25;

/// How long a poll waits that comes while the service stops. Its client asks again as soon as it is answered.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    worker: Shard,
    position: web::Data<Position>,
    templates: web::Data<PollTemplates>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let Some(channel) = query.channel()? else {
        compat(&service, "GET /poll")?;
        query.only_with_channel(&["after", "wait", "limit"])?;
        return compat::answer(&request, &service, worker, &position, principal).await;
    };
    let after = query.after()?;
    let wait = Duration::from_secs(query.number("wait", 0..=MAX_WAIT, WAIT)?);
    let limit = query.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?;
    let mut subscription = Subscription::peek(&service, &principal, channel, after).await?;
    let is_answered = |start: Resume, feed: &Channel| {
        after == Cursor::Latest
            || start.reset.is_some()
            || wait.is_zero()
            || feed.has_news(start.cursor)
    };
    if !is_answered(subscription.feed.resume(after), &subscription.feed) {
        subscription = subscription.wait(&service, &principal).await?;
    }
    let Subscription { feed, until, .. } = subscription;
    let start = feed.resume(after);
    let at_once = is_answered(start, &feed);
    if !at_once
        && let Some(known) = known(&request, after, wait).filter(|_| !service.hub.is_draining())
    {
        return Ok(detach(&request, no_store_json(), move |taken| {
            let template = templates.find(known, limit, &taken.headers);
            worker.park(ParkedPoll {
                detached: taken,
                channel: feed,
                template,
                cursor: start.cursor,
                expires_in: until,
            });
        }));
    }
    if !at_once && service.hub.is_draining() {
        sleep(wait.min(PAUSE)).await;
    } else if !at_once {
        // The token's end is an end of the wait like any other; the next poll learns of it.
        worker
            .changed(
                &feed,
                start.cursor,
                until.map_or(wait, |until| wait.min(until)),
            )
            .await;
    }
    let hub = service.hub.clone();
    let mut response = history_response(&request, feed, start, limit, move |sent| {
        hub.metrics().count_delivery(sent)
    });
    if service.hub.is_draining() {
        response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// A request that can wait in the hub: nothing else was said, and another may follow.
fn known(request: &HttpRequest, after: Cursor, wait: Duration) -> Option<Request> {
    let stays = request.head().connection_type() == ConnectionType::KeepAlive;
    let bytes = raw_request(request).filter(|_| stays)?;
    Request::new(&bytes, after, wait)
}
