//! `GET /events`: the handler.

use crate::{
    opening::SseEncoders,
    stream::{One, Several},
};
use actix_web::{HttpRequest, HttpResponse, web};
use common::{
    message::{ChannelList, ChannelName, Cursor},
    shard::Shard,
};
use service::http::{
    AppState, Channels, Principal, Problem, Query, Subscription, Subscriptions, header_once,
    require_compat,
};
use std::borrow::Cow;

/// Writes the response headers and detaches the socket, to which the shard then writes.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    encoders: web::Data<SseEncoders>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let envelope = query.envelope()?;
    let (name, after, is_compat) = match query.channels()? {
        Some(Channels::Several(channels)) => {
            let cursors = cursors(&request, &query, &channels)?;
            let opened = Subscriptions::open(&service, &principal, &channels, cursors).await?;
            let several = Several {
                set: opened.set(&service),
                share: principal.share(&service),
                envelope,
                expires_in: opened.expires_in(),
            };
            return Ok(several.begin(&request, shard, &encoders));
        }
        Some(Channels::One(name)) => {
            let after = cursor(&request, &query, &name)?;
            (name, after, false)
        }
        None => {
            require_compat(&service, "GET /events")?;
            query.only_with_channel(&["after", "envelope"])?;
            (ChannelName::main(), Cursor::Latest, true)
        }
    };
    let one = One {
        subscription: Subscription::open(&service, &principal, name, after).await?,
        envelope,
        is_compat,
    };
    Ok(one.begin(&request, shard, &encoders))
}

/// Returns the cursor to resume one channel at.
fn cursor(
    request: &HttpRequest,
    query: &Query<'_>,
    channel: &ChannelName,
) -> Result<Cursor, Problem> {
    match last_event_id(request, query)? {
        Some(last) => Cursor::parse_one(&last, channel)
            .map_err(|invalid| Problem::cursor("Last-Event-ID", &last, invalid)),
        None => query.after(channel),
    }
}

/// Returns the cursor to resume each of several channels at.
fn cursors(
    request: &HttpRequest,
    query: &Query<'_>,
    channels: &ChannelList,
) -> Result<Vec<Cursor>, Problem> {
    match last_event_id(request, query)? {
        Some(last) => Cursor::parse_several(&last, channels.as_slice())
            .map_err(|invalid| Problem::cursor("Last-Event-ID", &last, invalid)),
        None => query.after_each(channels),
    }
}

/// Returns what takes precedence over `after`: the client sets it while it reads, the page set
/// `after` when it began. The header takes precedence over the parameter of the same name, which
/// may be part of the page's URL.
fn last_event_id(request: &HttpRequest, query: &Query<'_>) -> Result<Option<String>, Problem> {
    let parameter = query.last_event_id()?;
    let header = header_once(request, "last-event-id")?.filter(|value| !value.is_empty());
    let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Ok(header.or(parameter.map(Cow::into_owned)))
}
