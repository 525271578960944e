//! `GET /events`: the handler.

use crate::{opening::SseEncoders, stream::Stream};
use actix_web::{HttpRequest, HttpResponse, web};
use common::{
    message::{ChannelName, Cursor},
    shard::Shard,
};
use service::http::{
    AppState, Channels, Principal, Problem, Query, StreamSubscription, header_once, require_compat,
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
    let named = query.channels()?;
    let is_compat = named.is_none();
    let (channels, cursors) = if let Some(channels) = named {
        let cursors = cursors(&request, &query, &channels)?;
        (channels, cursors)
    } else {
        require_compat(&service, "GET /events")?;
        query.only_with_channel(&["after", "envelope"])?;
        (Channels::One(ChannelName::main()), vec![Cursor::Latest])
    };
    let opened = StreamSubscription::open(&service, &principal, channels, cursors).await?;
    let stream = Stream {
        expires_in: opened.expires_in(),
        channels: opened.channels(&service, &principal),
        envelope,
        is_compat,
    };
    Ok(stream.begin(&request, shard, &encoders))
}

/// Returns the cursor to resume each channel at.
fn cursors(
    request: &HttpRequest,
    query: &Query<'_>,
    channels: &Channels,
) -> Result<Vec<Cursor>, Problem> {
    match last_event_id(request, query)? {
        Some(last) => channels
            .parse_cursor(&last)
            .map_err(|invalid| Problem::cursor("Last-Event-ID", &last, invalid)),
        None => query.cursors(channels),
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
