//! What an operator has to change after an error of TLS.

use rustls::{AlertDescription, CertificateError, Error};

/// The server has no TLS.
pub(super) const MISSING_TLS: &str = "it does not use TLS, which rediss:// needs";
/// The server has TLS.
pub(super) const UNEXPECTED_TLS: &str = "it uses TLS, which needs rediss://";

/// Returns what is wrong, in words for an operator.
pub(super) fn why(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(wrong) => wrong_certificate(wrong),
        Error::AlertReceived(alert) => refused_client(*alert),
        Error::PeerIncompatible(_) => "it offers no common version of TLS: 1.2 or 1.3 is needed",
        Error::InvalidMessage(_) => MISSING_TLS,
        _ => "the TLS handshake failed",
    }
}

fn wrong_certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::UnknownIssuer => {
            "its certificate has an unknown issuer, whose root certificate --broker-ca can name"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet"
        }
        _ => "its certificate is invalid",
    }
}

fn refused_client(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::CertificateRequired => {
            "it requires a client certificate: --broker-cert and --broker-key"
        }
        // TLS 1.2 has no alert of its own for a missing certificate.
        AlertDescription::HandshakeFailure => {
            "it refuses the TLS handshake; it may require a client certificate (--broker-cert)"
        }
        AlertDescription::UnknownCA
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateRevoked
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => "it does not accept the certificate of --broker-cert",
        AlertDescription::ProtocolVersion => {
            "it offers no common version of TLS: 1.2 or 1.3 is needed"
        }
        _ => "it refuses the TLS handshake",
    }
}
