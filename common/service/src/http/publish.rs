//! `POST /messages`: publishes a message.

use super::{
    AppState, Principal, Problem, Query,
    body::Body,
    channel_creation::ChannelUse,
    header_once,
    publish_body::{into_content, parse_key},
};
use actix_web::{HttpRequest, HttpResponse, web};
use broker::{Publication, PublishAck};
use common::message::ChannelName;
use serde::Serialize;
use std::mem;

#[derive(Serialize)]
struct Published<'a> {
    channel: &'a str,
    #[serde(flatten)]
    ack: PublishAck,
}

pub(super) async fn handler(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let channel = query.channel()?.unwrap_or_else(ChannelName::main);
    let key = idempotency_key(&request)?;
    // The body's share of the memory budget is held until the broker has the message.
    let mut body = Body::json(&request, payload, &service).await?;
    let (message, attributes) = into_content(mem::take(&mut body.text))?;
    let publication = Publication {
        channel: channel.clone(),
        body: message,
        attributes,
        key,
    };
    let ack = publish(&service, &principal, publication).await?;
    drop(body);
    Ok(HttpResponse::Ok().json(Published {
        channel: channel.as_str(),
        ack,
    }))
}

/// Publishes a message of this principal, on its account.
///
/// # Errors
///
/// If the principal may not publish this, a rate or limit is reached, the service drains, or the
/// broker does not take the message.
pub async fn publish(
    service: &AppState,
    principal: &Principal,
    mut publication: Publication,
) -> Result<PublishAck, Problem> {
    principal.may_publish(&publication.channel, service)?;
    // While draining, disconnected subscribers could only find the message with a broker that
    // outlives this process.
    if service.hub.is_draining() && !service.broker.outlives_process() {
        return Err(Problem::draining());
    }
    principal.may_create(&publication.channel, ChannelUse::Publish, service)?;
    publication.key = publication.key.map(|key| principal.scoped_key(key));
    let ack = service
        .broker
        .publish(publication, principal.account(service))
        .await?;
    service.hub.metrics().published.inc();
    Ok(ack)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = header_once(request, "idempotency-key")? else {
        return Ok(None);
    };
    let key = String::from_utf8_lossy(value.as_bytes());
    parse_key(key.into_owned()).map(Some)
}
