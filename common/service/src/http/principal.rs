//! The sender of a request: what its token allows, and what its limits are counted by.

use super::{
    AppState, Permissions, Problem, address, auth, channel_creation::ChannelUse,
    client_key::ClientKey, rate_limit::whole_seconds,
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use common::{
    budget::BudgetShare,
    message::{ChannelList, ChannelName},
};
use std::{
    fmt,
    future::{Ready, ready},
    hash::BuildHasher,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// The sender of a request. A handler with this argument refuses requests without a valid token, if
/// tokens are on.
#[derive(Clone)]
pub struct Principal {
    /// `None` where tokens are off.
    permissions: Option<Arc<Permissions>>,
    /// `None` if the peer has disconnected.
    address: Option<IpAddr>,
}

impl FromRequest for Principal {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let service = request
            .app_data::<web::Data<AppState>>()
            .expect("every app is built with its state");
        ready(Self::of(request, service))
    }
}

impl Principal {
    fn of(request: &HttpRequest, service: &AppState) -> Result<Self, Problem> {
        let AppState { config, tokens, .. } = service;
        let permissions = match tokens {
            Some(tokens) => Some(tokens.permissions(request, config)?),
            None => None,
        };
        Ok(Self {
            permissions,
            address: address::of(request, config.access.trust_proxy.into()),
        })
    }

    /// Returns whether a token was needed.
    pub fn has_token(&self) -> bool {
        self.permissions.is_some()
    }

    /// Returns how long the token is still valid. Returns `None` if it does not expire, or tokens
    /// are off.
    pub fn expires_in(&self) -> Option<Duration> {
        self.permissions().map(Permissions::expires_in)
    }

    /// Checks that the token allows to subscribe to this channel.
    ///
    /// # Errors
    ///
    /// 403 `channel-not-allowed`.
    pub(super) fn may_subscribe(&self, channel: &ChannelName) -> Result<(), Problem> {
        match self.permissions() {
            Some(permissions) if !permissions.allow_subscribing(channel) => {
                Err(not_allowed("subscribe", channel))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the token allows to subscribe to each of these channels.
    ///
    /// # Errors
    ///
    /// 403 `channel-not-allowed`, which names the channels that the token lacks.
    pub(super) fn may_subscribe_to_all(&self, channels: &ChannelList) -> Result<(), Problem> {
        let denied = |channel: &&ChannelName| self.may_subscribe(channel).is_err();
        let denied = channels.as_slice().iter().filter(denied);
        let denied: Vec<_> = denied.map(ChannelName::as_str).collect();
        if denied.is_empty() {
            Ok(())
        } else {
            Err(not_allowed("subscribe", denied.join(", ")))
        }
    }

    /// Returns an empty share of the memory budget.
    pub fn share(&self, service: &AppState) -> BudgetShare {
        service.budget.share(self.address)
    }

    /// Checks that the token allows to publish on this channel.
    ///
    /// # Errors
    ///
    /// 401 `expired-token`, or 403 `channel-not-allowed`.
    pub(super) fn may_publish_on(&self, channel: &ChannelName) -> Result<(), Problem> {
        match self.permissions() {
            Some(permissions) if permissions.expires_in().is_zero() => Err(auth::expired()),
            Some(permissions) if !permissions.allow_publishing(channel) => {
                Err(not_allowed("publish", channel))
            }
            _ => Ok(()),
        }
    }

    /// Checks the token and takes one publication from the allowance of `--publish-rate`.
    ///
    /// # Errors
    ///
    /// Those of `may_publish_on`, and 429 `too-many-publications`.
    pub(super) fn may_publish(
        &self,
        channel: &ChannelName,
        service: &AppState,
    ) -> Result<(), Problem> {
        self.may_publish_on(channel)?;
        match &service.publish_rate {
            Some(rate) => rate
                .take(self.client_keys(), Instant::now())
                .map_err(too_many_publications),
            None => Ok(()),
        }
    }

    /// Takes one channel from the allowance of `--new-channels`, if this use creates it.
    ///
    /// # Errors
    ///
    /// 429 `too-many-new-channels`.
    pub(super) fn may_create(
        &self,
        channel: &ChannelName,
        channel_use: ChannelUse,
        service: &AppState,
    ) -> Result<(), Problem> {
        match &service.channel_creation {
            Some(limit) => limit.take(channel, channel_use, &service.broker, self.client_keys()),
            None => Ok(()),
        }
    }

    /// Returns the number of the account that this principal's idempotency keys and channels are
    /// counted on.
    ///
    /// It is derived from the token's subject, or else from the address.
    pub(super) fn account(&self, service: &AppState) -> u64 {
        service.account_hasher.hash_one(self.client_key())
    }

    /// The same, but `None` if there is neither a subject nor an address.
    pub(super) fn known_account(&self, service: &AppState) -> Option<u64> {
        self.client_key().map(|_| self.account(service))
    }

    /// Returns an idempotency key that no other subject can use.
    ///
    /// Keys are not scoped by the address: a client that publishes again may have another one by
    /// then.
    pub(super) fn scoped_key(&self, key: String) -> String {
        match self.permissions() {
            // Keys of clients have no spaces, so no client can name this one.
            Some(permissions) => format!("{} {key}", permissions.subject),
            None => key,
        }
    }

    fn permissions(&self) -> Option<&Permissions> {
        self.permissions.as_deref()
    }

    /// Returns the one key of an account: the subject of the token, or else the address.
    fn client_key(&self) -> Option<ClientKey> {
        self.subject_key().or(self.address_key())
    }

    /// Returns the keys of rate limits, which count address and subject both.
    fn client_keys(&self) -> impl Iterator<Item = ClientKey> + Clone {
        self.address_key().into_iter().chain(self.subject_key())
    }

    fn address_key(&self) -> Option<ClientKey> {
        self.address.map(ClientKey::Address)
    }

    fn subject_key(&self) -> Option<ClientKey> {
        self.permissions()
            .map(|permissions| ClientKey::SubjectId(permissions.subject))
    }
}

fn too_many_publications(wait: Duration) -> Problem {
    let seconds = whole_seconds(wait);
    let detail =
        format!("this address or token has used up its publications for now: retry in {seconds} s");
    Problem::new(429, "too-many-publications", detail).retry_after(seconds)
}

/// The token is valid, but does not allow this (RFC 6750 §3.1).
fn not_allowed(claim: &str, channel: impl fmt::Display) -> Problem {
    let detail = format!("the token does not have {channel} in its claim {claim}");
    let challenge = format!(
        "Bearer realm=\"trilane\", error=\"insufficient_scope\", error_description=\"{detail}\""
    );
    Problem::new(403, "channel-not-allowed", detail)
        .with_header(header::WWW_AUTHENTICATE, challenge)
}
