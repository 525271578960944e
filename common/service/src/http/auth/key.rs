//! The key that tokens are checked with.
//!
//! The key determines the algorithm, never the token: otherwise a client could sign with the public
//! key as if it were a secret (RFC 8725 §2.1).

mod public;

use crate::Config;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use public::looks_public;
use std::{fs, io, path::Path};

/// The shortest secret, in bytes: as long as the hash (RFC 7518 §3.2).
const MIN_SECRET: usize = 32;
/// The shortest RSA modulus, in bytes (RFC 7518 §3.3).
const MIN_MODULUS: usize = 2048 / 8;

/// A key and its algorithm.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
enum KeyError {
    /// Its file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The secret is too short.
    #[error("a secret of {0} bytes: HS256 needs at least {MIN_SECRET}")]
    ShortSecret(usize),
    /// Everybody may know it.
    #[error(
        "this looks like a public key or a part of one, and not like a secret: expected its \
         whole PEM file as --jwt-key-file"
    )]
    PublicSecret,
    /// It could sign tokens.
    #[error("a private key: expected its public key (openssl pkey -pubout)")]
    PrivateKey,
    /// It is a certificate.
    #[error("a certificate: expected its public key (openssl x509 -pubkey -noout)")]
    Certificate,
    /// Its file has another content.
    #[error("{0:?} in PEM: expected PUBLIC KEY")]
    Label(String),
    /// Its kind, its curve or its size is not supported.
    #[error("expected an RSA key of 2048 to 4096 bits or a key on the curve P-256, in PEM")]
    Unsupported,
    /// It is too short.
    #[error("an RSA key of {0} bits: RS256 needs at least 2048")]
    ShortModulus(usize),
}

impl Key {
    /// Loads the configured key, if there is one. An error names the setting.
    ///
    /// # Errors
    ///
    /// If the key is unreadable, too short or of another kind, or if a claim is required and there
    /// is no key.
    pub(super) fn configured(config: &Config) -> io::Result<Option<Self>> {
        let (setting, key) = match (&config.tokens.jwt_secret, &config.tokens.jwt_key_file) {
            (Some(secret), _) => ("--jwt-secret".to_owned(), from_secret(secret.as_bytes())),
            (None, Some(path)) => (
                format!("--jwt-key-file {:?}", path.display().to_string()),
                from_file(path),
            ),
            (None, None) => return unused_claim(config).map_or(Ok(None), Err),
        };
        key.map(Some).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{setting}: {error}"))
        })
    }
}

/// Returns an error if a claim is required of tokens, and no key makes tokens necessary.
fn unused_claim(config: &Config) -> Option<io::Error> {
    let claims = [
        ("--jwt-audience", &config.tokens.jwt_audience),
        ("--jwt-issuer", &config.tokens.jwt_issuer),
    ];
    let (setting, _) = claims.into_iter().find(|(_, claim)| claim.is_some())?;
    let text = format!("{setting} needs --jwt-key-file or --jwt-secret");
    Some(io::Error::new(io::ErrorKind::InvalidInput, text))
}

fn from_file(path: &Path) -> Result<Key, KeyError> {
    let bytes = fs::read(path)?;
    match label(&bytes) {
        Some(label) => from_pem(&label, &bytes),
        None => from_secret(
            bytes
                .strip_suffix(b"\r\n")
                .or(bytes.strip_suffix(b"\n"))
                .unwrap_or(&bytes),
        ),
    }
}

fn from_secret(secret: &[u8]) -> Result<Key, KeyError> {
    if secret.len() < MIN_SECRET {
        return Err(KeyError::ShortSecret(secret.len()));
    }
    if looks_public(secret) {
        return Err(KeyError::PublicSecret);
    }
    Ok(Key {
        algorithm: Algorithm::HS256,
        key: DecodingKey::from_secret(secret),
    })
}

fn from_pem(label: &str, pem: &[u8]) -> Result<Key, KeyError> {
    match label {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => from_elliptic_curve(pem).or_else(|_| from_rsa(pem)),
        private if private.ends_with("PRIVATE KEY") => Err(KeyError::PrivateKey),
        "CERTIFICATE" => Err(KeyError::Certificate),
        other => Err(KeyError::Label(other.to_owned())),
    }
}

fn from_elliptic_curve(pem: &[u8]) -> jsonwebtoken::errors::Result<Key> {
    let key = DecodingKey::from_ec_pem(pem)?;
    // The first use shows whether it is a point on the curve.
    crypto::verify("", b"", &key, Algorithm::ES256)?;
    Ok(Key {
        algorithm: Algorithm::ES256,
        key,
    })
}

fn from_rsa(pem: &[u8]) -> Result<Key, KeyError> {
    let other = |_| KeyError::Unsupported;
    let key = DecodingKey::from_rsa_pem(pem).map_err(other)?;
    let components = crypto::rust_crypto::DEFAULT_PROVIDER
        .key_utils
        .rsa_pub_components_from_public_key;
    let (modulus, _) = key.try_get_as_bytes().and_then(components).map_err(other)?;
    match modulus.iter().skip_while(|byte| **byte == 0).count() {
        MIN_MODULUS.. => Ok(Key {
            algorithm: Algorithm::RS256,
            key,
        }),
        bytes => Err(KeyError::ShortModulus(bytes * 8)),
    }
}

/// Returns the label of the first block of a PEM file (RFC 7468 §2). Returns `None` if this is not
/// such a file.
fn label(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (label, _) = text.split_once("-----BEGIN ")?.1.split_once("-----")?;
    Some(label.to_owned())
}

#[cfg(test)]
mod tests;
