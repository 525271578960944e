//! `GET /messages`: the history of a channel, or of several.

use super::{Page, history_response, set_response};
use crate::http::{AppState, Channels, Principal, Problem, Query, Subscription, Subscriptions};
use actix_web::{HttpRequest, HttpResponse, web};
use common::message::{ChannelName, Cursor};

pub(in crate::http) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let page = Page::of(&query)?;
    let name = match query.channels()? {
        Some(Channels::Several(channels)) => {
            let cursors = query.after_each(&channels)?.into_iter();
            let cursors = cursors.map(or_earliest).collect();
            let opened = Subscriptions::peek(&service, &principal, &channels, cursors).await?;
            let share = principal.share(&service);
            return Ok(set_response(opened.set(&service), page, share)?.0);
        }
        Some(Channels::One(name)) => name,
        None => ChannelName::main(),
    };
    let cursor = or_earliest(query.after(&name)?);
    let Subscription { channel, .. } =
        Subscription::peek(&service, &principal, name, cursor).await?;
    let start = channel.resume(cursor);
    Ok(history_response(&request, channel, start, page, |_| {}))
}

/// Returns where a request for history begins.
fn or_earliest(cursor: Cursor) -> Cursor {
    match cursor {
        Cursor::Latest => Cursor::Earliest,
        cursor => cursor,
    }
}
