//! Who may: tokens (JWT, RFC 7519), off unless a key is configured.
//!
//! With a key, everything that publishes or subscribes needs a token: `POST` and `GET /messages`, and each transport's
//! own endpoint, with a channel or bare. `/` and `/echo` have nothing to protect; `/worker`, `/health/…` and `/metrics`
//! are for whoever runs the service, who keeps them from the rest of the world in the proxy in front.
//!
//! `key` is what tokens are checked with, `source` finds one in a request, `grant` is what it allows, `holder` names
//! whose it is, `seen` remembers both, `failures`
//! limits what bad ones cost. A token is never repeated: not in a problem, not in a log, not in a metric.

mod failures;
mod key;
mod permissions;
mod source;
mod subject_id;
mod token_cache;

pub(super) use permissions::Permissions;
pub(super) use subject_id::SubjectId;

use super::{Problem, address};
use crate::Config;
use actix_web::{HttpRequest, http::header};
use failures::Failures;
use jsonwebtoken::{Algorithm, Validation, decode, errors::ErrorKind};
use key::Key;
use permissions::Claims;
use std::{
    io,
    net::IpAddr,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use subject_id::SubjectIds;
use token_cache::TokenCache;

/// How much the clock of whoever signs may be ahead of ours, in seconds. `exp` is meant as it says.
const AHEAD: u64 = 5;

/// What tokens are checked against.
pub(crate) struct Tokens {
    key: Key,
    validation: Validation,
    /// None where checking is as fast as remembering.
    costly: Option<Costly>,
    holders: SubjectIds,
}

/// What spares checking signatures.
#[derive(Default)]
struct Costly {
    seen: TokenCache,
    failures: Failures,
}

impl Tokens {
    /// None unless a key is configured.
    pub(crate) fn configured(config: &Config) -> io::Result<Option<Self>> {
        let validated = |key: Key| Self::new(validation(key.algorithm, config), key);
        Ok(Key::configured(config)?.map(validated))
    }

    fn new(validation: Validation, key: Key) -> Self {
        let costly = (key.algorithm != Algorithm::HS256).then(Costly::default);
        let holders = SubjectIds::new(&key.key);
        Self {
            key,
            validation,
            costly,
            holders,
        }
    }

    /// What the token of this request allows.
    pub(super) fn grant(
        &self,
        request: &HttpRequest,
        config: &Config,
    ) -> Result<Arc<Permissions>, Problem> {
        let token = source::token(request, config)?.ok_or_else(missing)?;
        let Some(costly) = &self.costly else {
            return self.check(&token).map(Arc::new);
        };
        let address = address::of(request, config.trust_proxy.into());
        self.check_once(costly, &token, address, Instant::now())
    }

    /// Checks a token, unless it was found good before, or too many of this address were bad.
    fn check_once(
        &self,
        Costly { seen, failures }: &Costly,
        token: &str,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<Arc<Permissions>, Problem> {
        if let Some(grant) = seen.grant(token) {
            return if grant.left().is_zero() {
                Err(expired())
            } else {
                Ok(grant)
            };
        }
        failures.check(address, now)?;
        let grant = self
            .check(token)
            .inspect_err(|_| failures.count(address, now))?
            .into();
        seen.remember(token, &grant);
        Ok(grant)
    }

    fn check(&self, token: &str) -> Result<Permissions, Problem> {
        let data = decode::<Claims>(token, &self.key.key, &self.validation)
            .map_err(|error| self.bad(&error))?;
        if data.header.crit.is_some() {
            return Err(refused(
                "bad-token",
                "its header has `crit`, and nothing critical is known here",
            ));
        }
        // A clock before 1970 makes tokens last longer, and is no reason to stop.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let holder = self.holders.name(data.claims.sub.as_deref(), token);
        Permissions::new(data.claims, now.as_secs_f64(), holder).ok_or_else(expired)
    }

    /// Says what is wrong in our own words: the library's may repeat what stands in the token.
    fn bad(&self, error: &jsonwebtoken::errors::Error) -> Problem {
        let why = match error.kind() {
            ErrorKind::ExpiredSignature => return expired(),
            ErrorKind::ImmatureSignature => "it is not valid yet (nbf)",
            ErrorKind::InvalidSignature => "its signature is not by the key of this service",
            ErrorKind::InvalidAlgorithm => {
                "it is signed with another algorithm than the key of this service is for"
            }
            ErrorKind::InvalidAudience if self.validation.aud.is_none() => {
                "it names an audience (aud), and this service has none: --jwt-audience sets it"
            }
            ErrorKind::InvalidAudience => "it is for another audience (aud) than --jwt-audience",
            ErrorKind::InvalidIssuer => "it is from another issuer (iss) than --jwt-issuer",
            ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => {
                "it names no audience (aud): --jwt-audience asks for one"
            }
            ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => {
                "it names no issuer (iss): --jwt-issuer asks for one"
            }
            ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
                "exp and nbf are seconds since 1970"
            }
            ErrorKind::Json(_) => {
                "its algorithm or claims are not what this takes: exp a number, publish and subscribe lists of channels"
            }
            _ => "it is no JWT: three parts in base64url with dots in between",
        };
        refused("bad-token", why)
    }
}

/// What claims must say. One that is configured must be there.
fn validation(algorithm: Algorithm, config: &Config) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = AHEAD;
    validation.validate_nbf = true;
    if let Some(audience) = &config.jwt_audience {
        validation.set_audience(&[audience]);
        validation.required_spec_claims.insert("aud".to_owned());
    }
    if let Some(issuer) = &config.jwt_issuer {
        validation.set_issuer(&[issuer]);
        validation.required_spec_claims.insert("iss".to_owned());
    }
    validation
}

/// A request without a token: no error code, since there is nothing wrong with it (RFC 6750 §3.1).
fn missing() -> Problem {
    let detail = "this needs a token: Authorization: Bearer TOKEN, the cookie trilane, or access_token=TOKEN";
    Problem::new(401, "missing-token", detail)
        .with(header::WWW_AUTHENTICATE, "Bearer realm=\"trilane\"")
}

/// The token was good once.
pub(super) fn expired() -> Problem {
    refused("expired-token", "it has expired, and a new one is needed")
}

/// A token that does not count (RFC 6750 §3.1).
fn refused(name: &'static str, why: &str) -> Problem {
    let challenge =
        format!("Bearer realm=\"trilane\", error=\"invalid_token\", error_description=\"{why}\"");
    Problem::new(401, name, format_args!("the token is refused: {why}"))
        .with(header::WWW_AUTHENTICATE, challenge)
}

#[cfg(test)]
mod tests;
