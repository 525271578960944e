//! Who sends a request, as far as somebody asks: what its token allows, and what its limits are counted by.

use super::{
    AppState, Permissions, Problem, SubjectId, address, auth, channel_creation::New,
    rate_limit::seconds,
};
use crate::message::ChannelName;
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use std::{
    future::{Ready, ready},
    hash::BuildHasher,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// Who sends a request. A handler that takes one refuses whoever has no token.
#[derive(Clone)]
pub struct Principal {
    /// None where tokens are off.
    grant: Option<Arc<Permissions>>,
    /// None for a peer that has left.
    address: Option<IpAddr>,
}

/// What limits count by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ClientKey {
    Address(IpAddr),
    SubjectId(SubjectId),
}

impl FromRequest for Principal {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let service = request
            .app_data::<web::Data<AppState>>()
            .expect("each app has its service");
        ready(Self::of(request, service))
    }
}

impl Principal {
    fn of(request: &HttpRequest, service: &AppState) -> Result<Self, Problem> {
        let AppState { config, tokens, .. } = service;
        let grant = tokens
            .as_ref()
            .map(|tokens| tokens.grant(request, config))
            .transpose()?;
        Ok(Self {
            grant,
            address: address::of(request, config.trust_proxy.into()),
        })
    }

    /// How long it may go on reading; none if for ever.
    pub fn left(&self) -> Option<Duration> {
        self.grant().map(Permissions::left)
    }

    /// Whether it may read this channel.
    pub(super) fn may_subscribe(&self, channel: &ChannelName) -> Result<(), Problem> {
        let may = self.grant().is_none_or(|grant| grant.subscribes(channel));
        may.then_some(())
            .ok_or_else(|| not_allowed("subscribe", channel))
    }

    /// Whether it may publish this message on this channel, now.
    pub(super) fn may_publish(
        &self,
        channel: &ChannelName,
        service: &AppState,
    ) -> Result<(), Problem> {
        self.publishes(channel)?;
        let Some(rates) = &service.rates else {
            return Ok(());
        };
        rates
            .take(self.publishers(), Instant::now())
            .map_err(|missing| {
                let seconds = seconds(missing);
                let detail = format!(
                    "more messages than this address or token may publish: come back in {seconds} s"
                );
                Problem::new(429, "too-many-publications", detail).retry_after(seconds)
            })
    }

    /// Whether it may use this channel, which is a new one if this process does not have it.
    pub(super) fn may_begin(
        &self,
        channel: &ChannelName,
        new: New,
        service: &AppState,
    ) -> Result<(), Problem> {
        let Some(new_channels) = &service.new_channels else {
            return Ok(());
        };
        new_channels.take(channel, new, &service.broker, self.publishers())
    }

    /// Whether it may publish on this channel at all, however often it did.
    pub(super) fn publishes(&self, channel: &ChannelName) -> Result<(), Problem> {
        match self.grant() {
            Some(grant) if grant.left().is_zero() => Err(auth::expired()),
            Some(grant) if !grant.publishes(channel) => Err(not_allowed("publish", channel)),
            _ => Ok(()),
        }
    }

    /// Whom limits count by where they count one thing: the holder of the token, or else the address.
    pub(super) fn publisher(&self) -> Option<ClientKey> {
        let holder = self.grant().map(|grant| ClientKey::SubjectId(grant.holder));
        holder.or(self.address.map(ClientKey::Address))
    }

    /// The number on which its idempotency keys are counted. The key itself is not scoped by the address: a client that
    /// publishes again may have another one by then.
    pub(super) fn account(&self, service: &AppState) -> u64 {
        service.accounts.hash_one(self.publisher())
    }

    /// An idempotency key that no other holder of a token can name. A space is in no key that came from outside.
    pub(super) fn scoped(&self, key: String) -> String {
        match self.grant() {
            Some(grant) => format!("{} {key}", grant.holder),
            None => key,
        }
    }

    fn grant(&self) -> Option<&Permissions> {
        self.grant.as_deref()
    }

    fn publishers(&self) -> impl Iterator<Item = ClientKey> + Clone {
        let address = self.address.map(ClientKey::Address);
        let holder = self.grant().map(|grant| ClientKey::SubjectId(grant.holder));
        address.into_iter().chain(holder)
    }
}

/// The token is good, but not for this (RFC 6750 §3.1).
fn not_allowed(claim: &str, channel: &ChannelName) -> Problem {
    let why =
        format!("the token does not have {channel} among what it may {claim} (claim {claim})");
    let challenge = format!(
        "Bearer realm=\"trilane\", error=\"insufficient_scope\", error_description=\"{why}\""
    );
    Problem::new(403, "channel-not-allowed", why).with(header::WWW_AUTHENTICATE, challenge)
}
