//! `GET /events`.

use crate::wires::Wires;
use actix_web::{HttpRequest, HttpResponse, http::Version, web};
use bytes::BytesMut;
use common::{
    http::{
        Caller, Problem, Query, Service, Subscription, compat, delimit_by_close, event_stream_headers, header_once,
    },
    hub::{Newcomer, Worker},
    message::{After, Channel},
    server::hand_over,
};

/// Sends the socket to the hub, behind the head of the answer.
pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<Service>,
    worker: Worker,
    wires: web::Data<Wires>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let named = query.channel()?;
    let after = match named {
        Some(_) => cursor(&request, &query)?,
        None => {
            compat(&service, "GET /events")?;
            query.only_with_channel(&["after"]).map(|()| After::Now)?
        }
    };
    let is_bare = named.is_none();
    let channel = named.unwrap_or_else(Channel::main);
    let Subscription { feed, until, .. } = Subscription::open(&service, &caller, channel, after).await?;
    let start = feed.start(after);
    let http_10 = request.version() == Version::HTTP_10;
    let (wire, opening) = wires.pick((!is_bare).then_some(&start), http_10);
    let mut head = HttpResponse::Ok();
    event_stream_headers(&mut head);
    // What the first event says too, for clients that look at headers first.
    head.insert_header(("trilane-cursor", start.cursor().to_string()));
    let mut response = hand_over(&request, head, move |taken| {
        let opening = BytesMut::from(&opening[..]);
        worker.adopt(Newcomer { taken, feed, wire, start, opening, incoming: None, until });
    });
    if http_10 {
        delimit_by_close(&mut response);
    }
    Ok(response)
}

/// `Last-Event-ID` wins: it is what the client saw last, `after` what the page once asked for. The header wins over the
/// parameter of that name, which a page may have in its URL too.
fn cursor(request: &HttpRequest, query: &Query<'_>) -> Result<After, Problem> {
    let parameter = query.last_event_id()?;
    let header = header_once(request, "last-event-id")?.filter(|value| !value.is_empty());
    let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let Some(last) = header.or(parameter) else { return query.after() };
    last.parse().map_err(|invalid| Problem::cursor("Last-Event-ID", &last, invalid))
}
