//! Tokens (JWT, RFC 7519), which are off unless a key is configured.
//!
//! With a key, every request that publishes or subscribes needs a token: `POST` and `GET
//! /messages`, `/tasks`, and the endpoints of each transport, the compatibility endpoints included.
//! `/` and `/echo` have nothing to protect. `/worker`, `/health/…` and `/metrics` are for the
//! operator, whose proxy keeps other clients from them.
//!
//! - `key`: the key that tokens are checked with
//! - `source`: finds the token in a request
//! - `permissions`: what a token allows
//! - `subject_id`: identifies the token's subject
//! - `token_cache`: remembers valid tokens
//! - `failures`: limits the cost of invalid ones
//! - `problems`: describes why a token is invalid
//!
//! A token is never repeated: not in a problem, a log or a metric.

mod failures;
mod key;
mod permissions;
mod problems;
mod source;
mod subject_id;
mod token_cache;

pub(super) use permissions::Permissions;
pub(super) use problems::expired;
pub(super) use subject_id::SubjectId;

use super::{Problem, address};
use crate::Config;
use actix_web::HttpRequest;
use failures::FailureLimit;
use jsonwebtoken::{Algorithm, Validation, decode};
use key::Key;
use permissions::Claims;
use problems::{invalid, missing, refused};
use std::{
    io,
    net::IpAddr,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use subject_id::SubjectIds;
use token_cache::TokenCache;

/// How far the issuer's clock may be ahead of ours, in seconds. This does not extend `exp`.
const LEEWAY: u64 = 5;

/// Checks tokens.
pub(crate) struct Tokens {
    key: Key,
    validation: Validation,
    /// `None` where checking a signature is as fast as a look-up.
    signature_saver: Option<SignatureSaver>,
    subject_ids: SubjectIds,
}

/// Saves checks of public-key signatures, which are slow.
#[derive(Default)]
struct SignatureSaver {
    valid: TokenCache,
    failures: FailureLimit,
}

/// Logs with which algorithm this service checks tokens: a key file that is not the intended one
/// may fit another algorithm.
///
/// # Errors
///
/// If the key cannot be used.
pub(crate) fn report_tokens(name: &str, config: &Config) -> io::Result<()> {
    if let Some(key) = Key::configured(config)? {
        log::info!("{name}: tokens: {:?}", key.algorithm);
    }
    Ok(())
}

impl Tokens {
    /// Creates the checker. Returns `None` if no key is configured.
    ///
    /// # Errors
    ///
    /// If the key cannot be used.
    pub(crate) fn configured(config: &Config) -> io::Result<Option<Self>> {
        let key = Key::configured(config)?;
        Ok(key.map(|key| Self::new(validation(key.algorithm, config), key)))
    }

    fn new(validation: Validation, key: Key) -> Self {
        let signature_saver = if key.algorithm == Algorithm::HS256 {
            None
        } else {
            Some(SignatureSaver::default())
        };
        let subject_ids = SubjectIds::new(&key.key);
        Self {
            key,
            validation,
            signature_saver,
            subject_ids,
        }
    }

    /// Checks the token of a request and returns what it allows.
    ///
    /// # Errors
    ///
    /// 401 `missing-token`, `bad-token` or `expired-token`; 429 if the address sent too many
    /// invalid ones; 400 if the token is repeated.
    pub(super) fn permissions(
        &self,
        request: &HttpRequest,
        config: &Config,
    ) -> Result<Arc<Permissions>, Problem> {
        let token = source::token(request, config)?.ok_or_else(missing)?;
        let Some(saver) = &self.signature_saver else {
            return self.check(&token).map(Arc::new);
        };
        let address = address::of(request, config.access.trust_proxy.into());
        self.check_once(saver, &token, address, Instant::now())
    }

    /// Checks a token, unless the cache has it or this address sent too many invalid ones.
    fn check_once(
        &self,
        SignatureSaver { valid, failures }: &SignatureSaver,
        token: &str,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<Arc<Permissions>, Problem> {
        if let Some(permissions) = valid.get(token) {
            return if permissions.expires_in().is_zero() {
                Err(expired())
            } else {
                Ok(permissions)
            };
        }
        failures.check(address, now)?;
        let permissions = self
            .check(token)
            .inspect_err(|_| failures.count(address, now))?
            .into();
        valid.insert(token, &permissions);
        Ok(permissions)
    }

    fn check(&self, token: &str) -> Result<Permissions, Problem> {
        let data = decode::<Claims>(token, &self.key.key, &self.validation)
            .map_err(|error| invalid(error.kind(), &self.validation))?;
        if data.header.crit.is_some() {
            return Err(refused(
                "bad-token",
                "its header has `crit`, which this service does not support",
            ));
        }
        // With a clock before 1970 tokens are valid for longer, which is not a reason to panic.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let subject = self.subject_ids.id(data.claims.sub.as_deref(), token);
        Permissions::new(data.claims, now.as_secs_f64(), subject).ok_or_else(expired)
    }
}

/// Returns the checks of the registered claims. A token must have the claims that are configured.
fn validation(algorithm: Algorithm, config: &Config) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    if let Some(audience) = &config.tokens.jwt_audience {
        validation.set_audience(&[audience]);
        validation.required_spec_claims.insert("aud".to_owned());
    }
    if let Some(issuer) = &config.tokens.jwt_issuer {
        validation.set_issuer(&[issuer]);
        validation.required_spec_claims.insert("iss".to_owned());
    }
    validation
}

#[cfg(test)]
mod tests;
