//! The PEM files of TLS settings.

use super::TlsError;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(super) const CA: &str = "--broker-ca";
pub(super) const CERTIFICATE: &str = "--broker-cert";
pub(super) const KEY: &str = "--broker-key";

const CERTIFICATES: &str = "PEM with one or more sections CERTIFICATE";
const PRIVATE_KEY: &str =
    "PEM with a section PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY, without a passphrase";

/// A file that a setting names.
pub(super) struct PemFile {
    flag: &'static str,
    path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

impl PemFile {
    /// Reads the file of a setting, if it is set.
    ///
    /// # Errors
    ///
    /// If the file is unreadable.
    pub(super) fn read(flag: &'static str, path: Option<&Path>) -> Result<Option<Self>, TlsError> {
        let Some(path) = path.map(Path::to_owned) else {
            return Ok(None);
        };
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(Self { flag, path, bytes })),
            Err(source) => Err(TlsError::Unreadable { flag, path, source }),
        }
    }

    /// Returns the certificates, of which there is at least one.
    ///
    /// # Errors
    ///
    /// If the file is not PEM, or has no certificate.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let certificates = CertificateDer::pem_slice_iter(&self.bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| self.contents(describe(&error), CERTIFICATES))?;
        if certificates.is_empty() {
            return Err(self.contents(describe(&pem::Error::NoItemsFound), CERTIFICATES));
        }
        Ok(certificates)
    }

    /// Returns the certificates as those to trust.
    ///
    /// # Errors
    ///
    /// If the file has no certificate, or one that is not X.509 (RFC 5280).
    pub(super) fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots
                .add(certificate)
                .map_err(|_| self.contents("a section has no X.509", CERTIFICATES))?;
        }
        Ok(roots)
    }

    /// Returns the private key.
    ///
    /// # Errors
    ///
    /// If the file is not PEM, or has no unencrypted private key.
    pub(super) fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        PrivateKeyDer::from_pem_slice(&self.bytes)
            .map_err(|error| self.contents(describe(&error), PRIVATE_KEY))
    }

    /// Describes why this key does not fit to a certificate.
    pub(super) fn mismatch(&self, certificate: &Self, source: rustls::Error) -> TlsError {
        TlsError::Mismatch {
            key: self.path.clone(),
            certificate: certificate.path.clone(),
            source,
        }
    }

    fn contents(&self, wrong: &'static str, expected: &'static str) -> TlsError {
        TlsError::Contents {
            flag: self.flag,
            path: self.path.clone(),
            wrong,
            expected,
        }
    }
}

/// Describes an error without a part of the file, which may be a key.
fn describe(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::NoItemsFound => "it has no such section",
        pem::Error::MissingSectionEnd { .. } => "a section has no end",
        pem::Error::IllegalSectionStart { .. } => "a section has an invalid beginning",
        pem::Error::Base64Decode(_) => "a section is not base64",
        _ => "it is not PEM",
    }
}
