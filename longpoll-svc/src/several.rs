//! `GET /poll?channel=a,b`: a poll of several channels, which ends with a message of any of them.
//! It waits in actix.

#[cfg(test)]
mod tests;

use crate::{
    poll_parameters::max_wait,
    wait::{close_if_draining, wait},
};
use actix_web::HttpResponse;
use common::{channel_set::ChannelSet, message::ChannelList};
use service::http::{AppState, Page, Principal, Problem, Query, Subscriptions, set_response};
use std::time::Duration;

pub(crate) async fn handle(
    query: &Query<'_>,
    service: &AppState,
    principal: &Principal,
    channels: &ChannelList,
) -> Result<HttpResponse, Problem> {
    let max_wait = max_wait(query)?;
    let page = Page::of(query)?;
    let cursors = query.after_each(channels)?;
    let has_cursor = query.get("after")?.is_some();
    let opened = Subscriptions::peek(service, principal, channels, cursors).await?;
    let mut set = opened.set(service);
    if has_cursor && !max_wait.is_zero() && !is_answered(&set) {
        set = wait_for_answer(opened, service, principal, max_wait).await?;
    }
    let (mut response, sent) = set_response(set, page, principal.share(service))?;
    service.hub.metrics().count_delivery(sent);
    close_if_draining(&mut response, service);
    Ok(response)
}

/// Creates the channels that do not exist, and waits until there is something to respond with.
async fn wait_for_answer(
    opened: Subscriptions,
    service: &AppState,
    principal: &Principal,
    max_wait: Duration,
) -> Result<ChannelSet, Problem> {
    let opened = opened.create_missing(service, principal).await?;
    let set = opened.set(service);
    // Again: others may have published meanwhile, also the end of a channel without a cursor.
    if !is_answered(&set) {
        wait(service, max_wait, opened.expires_in(), set.changed()).await;
    }
    Ok(set)
}

/// Returns whether a poll gets its response at once.
fn is_answered(set: &ChannelSet) -> bool {
    set.has_news() || set.has_ended()
}
