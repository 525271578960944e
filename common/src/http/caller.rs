//! Who sends a request, as far as somebody asks: what its token allows.

use super::{Grant, Problem, Service, auth};
use crate::message::Channel;
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use std::{
    future::{Ready, ready},
    sync::Arc,
    time::Duration,
};

/// Who sends a request. A handler that takes one refuses whoever has no token. Where tokens are off
/// nobody asks, and this is nothing.
#[derive(Clone)]
pub struct Caller(Option<Arc<Grant>>);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let service = request.app_data::<web::Data<Service>>().expect("each app has its service");
        ready(Self::of(request, service))
    }
}

impl Caller {
    fn of(request: &HttpRequest, service: &Service) -> Result<Self, Problem> {
        let grant = service.tokens.as_ref().map(|tokens| tokens.grant(request, &service.config));
        Ok(Self(grant.transpose()?))
    }

    /// How long it may go on reading; none if for ever.
    pub fn left(&self) -> Option<Duration> {
        self.0.as_deref().map(Grant::left)
    }

    /// Whether it may read this channel.
    pub(super) fn may_subscribe(&self, channel: &Channel) -> Result<(), Problem> {
        let may = self.0.as_deref().is_none_or(|grant| grant.subscribes(channel));
        may.then_some(()).ok_or_else(|| not_allowed("subscribe", channel))
    }

    /// Whether it may publish this message on this channel, now.
    pub(super) fn may_publish(&self, channel: &Channel) -> Result<(), Problem> {
        match self.0.as_deref() {
            Some(grant) if grant.left().is_zero() => Err(auth::expired()),
            Some(grant) if !grant.publishes(channel) => Err(not_allowed("publish", channel)),
            _ => Ok(()),
        }
    }
}

/// The token is good, but not for this (RFC 6750 §3.1).
fn not_allowed(claim: &str, channel: &Channel) -> Problem {
    let why = format!("the token does not have {channel} among what it may {claim} (claim {claim})");
    let challenge = format!("Bearer realm=\"trilane\", error=\"insufficient_scope\", error_description=\"{why}\"");
    Problem::new(403, "channel-not-allowed", why).with(header::WWW_AUTHENTICATE, challenge)
}
