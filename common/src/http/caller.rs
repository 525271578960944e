//! Who sends a request, as far as somebody asks: what its token allows, and what its limits are counted by.

use super::{Grant, Holder, Problem, Service, address, auth};
use crate::message::Channel;
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use std::{
    future::{Ready, ready},
    net::IpAddr,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

/// Who sends a request. A handler that takes one refuses whoever has no token. Where neither tokens nor rates are
/// configured nobody asks, and this is nothing.
#[derive(Clone)]
pub struct Caller(Option<Rc<Known>>);

struct Known {
    /// None where tokens are off.
    grant: Option<Arc<Grant>>,
    address: Option<IpAddr>,
}

/// What publications are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Publisher {
    Address(IpAddr),
    Holder(Holder),
}

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
        let Service { config, tokens, rates, .. } = service;
        if tokens.is_none() && rates.is_none() {
            return Ok(Self(None));
        }
        let grant = tokens.as_ref().map(|tokens| tokens.grant(request, config)).transpose()?;
        Ok(Self(Some(Rc::new(Known { grant, address: address::of(request, config.trust_proxy.into()) }))))
    }

    /// How long it may go on reading; none if for ever.
    pub fn left(&self) -> Option<Duration> {
        self.grant().map(Grant::left)
    }

    /// Whether it may read this channel.
    pub(super) fn may_subscribe(&self, channel: &Channel) -> Result<(), Problem> {
        let may = self.grant().is_none_or(|grant| grant.subscribes(channel));
        may.then_some(()).ok_or_else(|| not_allowed("subscribe", channel))
    }

    /// Whether it may publish this message on this channel, now.
    pub(super) fn may_publish(&self, channel: &Channel, service: &Service) -> Result<(), Problem> {
        self.publishes(channel)?;
        let rates = service.rates.as_ref();
        rates.map_or(Ok(()), |rates| rates.take(self.publishers(), Instant::now()))
    }

    /// Whether it may publish on this channel at all, however often it did.
    pub(super) fn publishes(&self, channel: &Channel) -> Result<(), Problem> {
        match self.grant() {
            Some(grant) if grant.left().is_zero() => Err(auth::expired()),
            Some(grant) if !grant.publishes(channel) => Err(not_allowed("publish", channel)),
            _ => Ok(()),
        }
    }

    /// Whom limits count by where they count one thing: the holder of the token, or else the address.
    pub(super) fn publisher(&self, request: &HttpRequest, service: &Service) -> Option<Publisher> {
        let address = || address::of(request, service.config.trust_proxy.into()).map(Publisher::Address);
        self.grant().map(|grant| Publisher::Holder(grant.holder)).or_else(address)
    }

    /// An idempotency key that no other holder of a token can name. A space is in no key that came from outside.
    pub(super) fn scoped(&self, key: String) -> String {
        match self.grant() {
            Some(grant) => format!("{} {key}", grant.holder),
            None => key,
        }
    }

    fn grant(&self) -> Option<&Grant> {
        self.0.as_ref()?.grant.as_deref()
    }

    fn publishers(&self) -> impl Iterator<Item = Publisher> + Clone {
        let address = self.0.as_ref().and_then(|known| known.address).map(Publisher::Address);
        let holder = self.grant().map(|grant| Publisher::Holder(grant.holder));
        address.into_iter().chain(holder)
    }
}

/// The token is good, but not for this (RFC 6750 §3.1).
fn not_allowed(claim: &str, channel: &Channel) -> Problem {
    let why = format!("the token does not have {channel} among what it may {claim} (claim {claim})");
    let challenge = format!("Bearer realm=\"trilane\", error=\"insufficient_scope\", error_description=\"{why}\"");
    Problem::new(403, "channel-not-allowed", why).with(header::WWW_AUTHENTICATE, challenge)
}
