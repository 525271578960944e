//! TLS to a broker: which servers this process trusts, and the certificate that it presents.
//!
//! The certificate of the server and its host name are always verified. No setting disables that:
//! a connection that anybody can intercept would only look protected.

mod error;
mod pem;
#[cfg(test)]
mod tests;

pub use error::TlsError;

use pem::PemFile;
use redis::{ClientTlsConfig, TlsCertificates};
use rustls::{ClientConfig, RootCertStore};
use std::{path::PathBuf, sync::Arc};

/// The files of the settings.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    /// Root certificates to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// The certificate that this process presents, with its chain.
    pub certificate: Option<PathBuf>,
    /// The private key of that certificate.
    pub key: Option<PathBuf>,
}

/// What the connections to one broker have in common.
#[derive(Clone)]
pub struct Tls {
    /// For the connections of the driver, which makes its own configuration from it.
    pub(super) certificates: TlsCertificates,
    /// The same, for connections that find out why those of the driver fail.
    pub(super) config: Arc<ClientConfig>,
}

impl TlsFiles {
    /// Returns the flag of a file that is set, if there is one.
    pub(super) fn first_flag(&self) -> Option<&'static str> {
        [
            (pem::CA, &self.ca),
            (pem::CERTIFICATE, &self.certificate),
            (pem::KEY, &self.key),
        ]
        .into_iter()
        .find_map(|(flag, path)| path.as_ref().map(|_| flag))
    }
}

impl Tls {
    /// Reads and checks the files.
    ///
    /// # Errors
    ///
    /// Returns an error that names the file if one is unreadable or has other contents, and an
    /// error if the key is not that of the certificate, or no root certificate is known.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let system = system_roots(files.ca.is_some())?;
        let ca = PemFile::read(pem::CA, files.ca.as_deref())?;
        let roots = match &ca {
            Some(file) => file.roots()?,
            None => system,
        };
        let client = client_files(files)?;
        let config = ClientConfig::builder().with_root_certificates(roots);
        let config = match &client {
            Some((certificate, key)) => config
                .with_client_auth_cert(certificate.certificates()?, key.private_key()?)
                .map_err(|source| key.mismatch(certificate, source))?,
            None => config.with_no_client_auth(),
        };
        Ok(Self {
            certificates: TlsCertificates {
                client_tls: client.map(|(certificate, key)| ClientTlsConfig {
                    client_cert: certificate.bytes,
                    client_key: key.bytes,
                }),
                root_cert: ca.map(|file| file.bytes),
            },
            config: Arc::new(config),
        })
    }
}

/// Reads the certificate and the key, if they are set.
fn client_files(files: &TlsFiles) -> Result<Option<(PemFile, PemFile)>, TlsError> {
    let certificate = PemFile::read(pem::CERTIFICATE, files.certificate.as_deref())?;
    let key = PemFile::read(pem::KEY, files.key.as_deref())?;
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(TlsError::Incomplete { missing: pem::KEY }),
        (None, Some(_)) => Err(TlsError::Incomplete {
            missing: pem::CERTIFICATE,
        }),
    }
}

/// Loads the root certificates of the system.
///
/// The driver loads them for every connection, even if others are trusted instead of them. So an
/// error here would be one of each connection.
fn system_roots(are_replaced: bool) -> Result<RootCertStore, TlsError> {
    let mut loaded = rustls_native_certs::load_native_certs();
    if let Some(source) = loaded.errors.pop() {
        return Err(TlsError::System { source });
    }
    let mut roots = RootCertStore::empty();
    for certificate in loaded.certs {
        let added = roots.add(certificate);
        added.map_err(|source| TlsError::UnusableRoot { source })?;
    }
    if roots.is_empty() && !are_replaced {
        return Err(TlsError::NoRoots);
    }
    Ok(roots)
}
