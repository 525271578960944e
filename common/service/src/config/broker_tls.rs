//! Settings of TLS to the broker.

use broker::TlsFiles;
use clap::Args;
use std::path::PathBuf;

/// The certificates of connections to a Redis at rediss://.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Messages")]
pub struct BrokerTlsSettings {
    /// File with the root certificates (PEM) to trust for a broker at rediss:// [default: those of
    /// the system]
    #[arg(long, env, value_name = "FILE")]
    pub broker_ca: Option<PathBuf>,

    /// File with the certificate (PEM) to present to a broker at rediss://, and its chain [default:
    /// none]
    #[arg(long, env, value_name = "FILE")]
    pub broker_cert: Option<PathBuf>,

    /// File with the private key (PEM) of --broker-cert [default: none]
    #[arg(long, env, value_name = "FILE")]
    pub broker_key: Option<PathBuf>,
}

impl BrokerTlsSettings {
    /// Returns the files.
    pub fn files(&self) -> TlsFiles {
        TlsFiles {
            ca: self.broker_ca.clone(),
            certificate: self.broker_cert.clone(),
            key: self.broker_key.clone(),
        }
    }
}
