//! `GET /events`.

use crate::encoder::SseEncoders;
use actix_web::{HttpRequest, HttpResponse, http::Version, web};
use bytes::BytesMut;
use common::{
    http::{
        AppState, Principal, Problem, Query, Subscription, compat, delimit_by_close,
        event_stream_headers, header_once,
    },
    hub::{NewStream, Shard},
    message::{ChannelName, Cursor},
    net::detach,
};

/// Sends the socket to the hub, behind the head of the answer.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    worker: Shard,
    encoders: web::Data<SseEncoders>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let named = query.channel()?;
    let after = match named {
        Some(_) => cursor(&request, &query)?,
        None => {
            compat(&service, "GET /events")?;
            query
                .only_with_channel(&["after"])
                .map(|()| Cursor::Latest)?
        }
    };
    let is_compat = named.is_none();
    let channel = named.unwrap_or_else(ChannelName::main);
    let Subscription { feed, until, .. } =
        Subscription::open(&service, &principal, channel, after).await?;
    let start = feed.resume(after);
    let http_10 = request.version() == Version::HTTP_10;
    let (encoder, opening) = encoders.pick((!is_compat).then_some(&start), http_10);
    let mut head = HttpResponse::Ok();
    event_stream_headers(&mut head);
    // What the first event says too, for clients that look at headers first.
    head.insert_header(("trilane-cursor", start.announced_cursor().to_string()));
    let mut response = detach(&request, head, move |taken| {
        let opening = BytesMut::from(&opening[..]);
        worker.adopt(NewStream {
            detached: taken,
            channel: feed,
            encoder,
            resume: start,
            opening,
            frames: None,
            expires_in: until,
        });
    });
    if http_10 {
        delimit_by_close(&mut response);
    }
    Ok(response)
}

/// `Last-Event-ID` wins: it is what the client saw last, `after` what the page once asked for. The header wins over the
/// parameter of that name, which a page may have in its URL too.
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
