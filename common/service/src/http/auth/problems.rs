//! The problems of requests with an invalid token. No text repeats a part of the token.

use crate::http::Problem;
use actix_web::http::header;
use jsonwebtoken::{Validation, errors::ErrorKind};

/// Describes an error without the library's message, which may repeat parts of the token.
pub(super) fn invalid(error: &ErrorKind, validation: &Validation) -> Problem {
    let reason = match error {
        ErrorKind::ExpiredSignature => return expired(),
        ErrorKind::ImmatureSignature => "it is not valid yet (nbf)",
        ErrorKind::InvalidSignature => "its signature does not match this service's key",
        ErrorKind::InvalidAlgorithm => {
            "it is signed with another algorithm than this service's key is for"
        }
        ErrorKind::InvalidAudience if validation.aud.is_none() => {
            "it names an audience (aud), and this service has none: --jwt-audience sets it"
        }
        ErrorKind::InvalidAudience => "it is for another audience (aud) than --jwt-audience",
        ErrorKind::InvalidIssuer => "it is from another issuer (iss) than --jwt-issuer",
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => {
            "it names no audience (aud), which --jwt-audience requires"
        }
        ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => {
            "it names no issuer (iss), which --jwt-issuer requires"
        }
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
            "exp and nbf must be seconds since 1970"
        }
        ErrorKind::Json(_) => {
            "expected exp a number, publish and subscribe lists of channels, and a supported \
             algorithm"
        }
        _ => "it is not a JWT: expected three parts in base64url, separated by dots",
    };
    refused("bad-token", reason)
}

/// The request has no token. The challenge has no error code then (RFC 6750 §3.1).
pub(super) fn missing() -> Problem {
    let detail = "a token is required: Authorization: Bearer TOKEN, the cookie trilane, or \
                  access_token=TOKEN";
    Problem::new(401, "missing-token", detail)
        .with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"trilane\"")
}

/// The token has expired.
pub(in crate::http) fn expired() -> Problem {
    refused("expired-token", "it has expired: get a new one")
}

/// The token is invalid (RFC 6750 §3.1).
pub(super) fn refused(name: &'static str, reason: &str) -> Problem {
    let challenge = format!(
        "Bearer realm=\"trilane\", error=\"invalid_token\", error_description=\"{reason}\""
    );
    Problem::new(401, name, format_args!("the token is refused: {reason}"))
        .with_header(header::WWW_AUTHENTICATE, challenge)
}
