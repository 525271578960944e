//! `GET /poll?channel=c`: answers with the messages after the cursor, and waits while there are
//! none.

use crate::{
    compat::{self, SharedCursor},
    poll_request::PollRequest,
    template::PollTemplates,
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

/// The longest wait, in seconds. Proxies commonly allow a silent upstream more than this.
const MAX_WAIT: u64 = 60;
/// The wait without a `wait` parameter, in seconds.
const DEFAULT_WAIT: u64 = 25;

/// The wait of a poll that arrives during a drain. Its client polls again as soon as it is
/// answered.
const DRAIN_WAIT: Duration = Duration::from_millis(500);

pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    shared_cursor: web::Data<SharedCursor>,
    templates: web::Data<PollTemplates>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let Some(name) = query.channel()? else {
        compat(&service, "GET /poll")?;
        query.only_with_channel(&["after", "wait", "limit"])?;
        return compat::handle(&request, &service, &shared_cursor, principal).await;
    };
    let after = query.after()?;
    let wait = Duration::from_secs(query.number("wait", 0..=MAX_WAIT, DEFAULT_WAIT)?);
    let limit = query.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?;
    let mut subscription = Subscription::peek(&service, &principal, name, after).await?;
    let is_answered = |resume: Resume, channel: &Channel| {
        after == Cursor::Latest
            || resume.reset.is_some()
            || wait.is_zero()
            || channel.has_news(resume.cursor)
    };
    if !is_answered(subscription.channel.resume(after), &subscription.channel) {
        subscription = subscription.wait(&service, &principal).await?;
    }
    let Subscription {
        channel,
        expires_in,
        ..
    } = subscription;
    let resume = channel.resume(after);
    let at_once = is_answered(resume, &channel);
    if !at_once
        && !service.hub.is_draining()
        && let Some(recognisable) = recognisable(&request, after, wait)
    {
        return Ok(detach(&request, no_store_json(), move |detached| {
            let template = templates.find(recognisable, limit, &detached.headers);
            shard.park(ParkedPoll {
                detached,
                channel,
                template,
                cursor: resume.cursor,
                expires_in,
            });
        }));
    }
    if !at_once && service.hub.is_draining() {
        sleep(wait.min(DRAIN_WAIT)).await;
    } else if !at_once {
        // The wait also ends when the token expires. The next poll is then refused.
        let wait = expires_in.map_or(wait, |expires_in| wait.min(expires_in));
        tokio::select! {
            biased;
            () = channel.changed_from(resume.cursor) => {}
            () = service.hub.drained() => {}
            () = sleep(wait) => {}
        }
    }
    let hub = service.hub.clone();
    let mut response = history_response(&request, channel, resume, limit, move |sent| {
        hub.metrics().count_delivery(sent)
    });
    if service.hub.is_draining() {
        response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Returns the request as a template if it can wait in the hub: it is alone on its connection, and
/// another may follow.
fn recognisable(request: &HttpRequest, after: Cursor, wait: Duration) -> Option<PollRequest> {
    if request.head().connection_type() != ConnectionType::KeepAlive {
        return None;
    }
    PollRequest::new(&raw_request(request)?, after, wait)
}
