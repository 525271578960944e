//! The errors of TLS settings.

use std::{io, path::PathBuf};

/// Why TLS to a broker cannot be configured.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is unreadable.
    #[error("{flag} {path:?}: {source}; expected a file in PEM", path = .path.display())]
    Unreadable {
        /// The setting that names the file.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file has other contents.
    #[error("{flag} {path:?}: {wrong}; expected {expected}", path = .path.display())]
    Contents {
        /// The setting that names the file.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        wrong: &'static str,
        /// The contents that are allowed.
        expected: &'static str,
    },
    /// The key belongs to another certificate, or its algorithm is not supported.
    #[error(
        "--broker-key {key:?}: {source}; expected the private key (RSA, ECDSA or Ed25519) of the \
         certificate in --broker-cert {certificate:?}",
        key = .key.display(), certificate = .certificate.display()
    )]
    Mismatch {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
        /// What does not fit.
        source: rustls::Error,
    },
    /// Of certificate and key, one is missing.
    #[error("{missing} is missing: --broker-cert and --broker-key need each other")]
    Incomplete {
        /// The setting to add.
        missing: &'static str,
    },
    /// A file for TLS is set, and the connection would have no TLS.
    #[error("{flag} is for a broker with TLS: expected --broker rediss://HOST")]
    Unused {
        /// The setting that names the file.
        flag: &'static str,
    },
    /// The root certificates of the system are unreadable.
    #[error("the root certificates of this system: {source}")]
    System {
        /// What is unreadable.
        source: rustls_native_certs::Error,
    },
    /// A root certificate of the system is malformed.
    #[error("a root certificate of this system cannot be used: {source}")]
    UnusableRoot {
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// No root certificate is known.
    #[error(
        "this system has no root certificates: install them (package ca-certificates), or name \
         those of the broker with --broker-ca FILE"
    )]
    NoRoots,
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        // The text has the cause already: as a source it would be shown again.
        Self::new(io::ErrorKind::InvalidInput, error.to_string())
    }
}
