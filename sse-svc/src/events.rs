//! `GET /events`: the handler.

use crate::opening::SseEncoders;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Version, header},
    web,
};
use bytes::BytesMut;
use common::{
    http::{
        AppState, Principal, Problem, Query, Subscription, delimit_by_close, header_once,
        require_compat,
    },
    hub::{NewStream, Shard},
    message::{ChannelName, Cursor},
    net::detach,
};

/// Writes the response headers and detaches the socket, to which the hub then writes.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    encoders: web::Data<SseEncoders>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let named = query.channel()?;
    let after = if named.is_some() {
        cursor(&request, &query)?
    } else {
        require_compat(&service, "GET /events")?;
        query
            .only_with_channel(&["after"])
            .map(|()| Cursor::Latest)?
    };
    let is_compat = named.is_none();
    let name = named.unwrap_or_else(ChannelName::main);
    let Subscription {
        channel,
        expires_in,
        ..
    } = Subscription::open(&service, &principal, name, after).await?;
    let resume = channel.resume(after);
    let http_10 = request.version() == Version::HTTP_10;
    let (encoder, opening) = encoders.open((!is_compat).then_some(&resume), http_10);
    let mut headers = event_stream();
    // The cursor of the `hello` event, for clients that read headers.
    headers.insert_header(("trilane-cursor", resume.announced_cursor().to_string()));
    let mut response = detach(&request, headers, move |detached| {
        let opening = BytesMut::from(&opening[..]);
        shard.add_stream(NewStream {
            detached,
            channel,
            encoder,
            resume,
            opening,
            incoming: None,
            expires_in,
        });
    });
    if http_10 {
        delimit_by_close(&mut response);
    }
    Ok(response)
}

/// Starts a response that caches, compressors and buffering proxies leave alone.
fn event_stream() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        .insert_header(("x-accel-buffering", "no"));
    response
}

/// Returns the cursor to resume at. `Last-Event-ID` takes precedence over `after`: the client sets
/// the first while it reads, the page set the second when it began. The header takes precedence
/// over the parameter of the same name, which may be part of the page's URL.
fn cursor(request: &HttpRequest, query: &Query<'_>) -> Result<Cursor, Problem> {
    let parameter = query.last_event_id()?;
    let header = header_once(request, "last-event-id")?.filter(|value| !value.is_empty());
    let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let Some(last) = header.or(parameter) else {
        return query.after();
    };
    last.parse()
        .map_err(|invalid| Problem::cursor("Last-Event-ID", &last, invalid))
}
