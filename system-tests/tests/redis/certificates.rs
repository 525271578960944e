//! Certificates of a private authority, in files.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// An authority and its certificates, in a directory.
pub(crate) struct Certificates {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: PathBuf,
    name: &'static str,
}

/// The files of a certificate and of its key.
pub(crate) struct Files {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Certificates {
    /// Creates an authority of this name, with files in this directory.
    pub(crate) fn new(directory: &Path, name: &'static str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        // Without it, authority and certificates would have the same name.
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = Self {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
            directory: directory.to_owned(),
            name,
        };
        authority.write("pem", &authority.issuer.pem());
        authority
    }

    /// Returns the file of the authority's own certificate.
    pub(crate) fn ca(&self) -> String {
        self.path("pem")
    }

    /// Issues a certificate for a host name or an IP address. Returns the arguments of a
    /// `redis-server` that uses it.
    pub(crate) fn issue_for_redis(&self, host: &str) -> String {
        let own = self.issue(host);
        format!(
            "--tls-ca-cert-file {} --tls-cert-file {} --tls-key-file {}",
            self.ca(),
            own.certificate,
            own.key
        )
    }

    /// Issues a certificate for a host name or an IP address.
    pub(crate) fn issue(&self, host: &str) -> Files {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Files {
            certificate: self.write(&format!("{host}.pem"), &certificate.pem()),
            key: self.write(&format!("{host}.key"), &key.serialize_pem()),
        }
    }

    fn write(&self, end: &str, text: &str) -> String {
        let path = self.path(end);
        fs::write(&path, text).unwrap();
        path
    }

    fn path(&self, end: &str) -> String {
        let file = self.directory.join(format!("{}.{end}", self.name));
        file.display().to_string()
    }
}
