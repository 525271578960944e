//! Tests of TLS settings.

use super::*;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use std::{
    env, fs,
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// A directory that is deleted at the end of a test.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("trilane-tls-{}-{number}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> Option<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        Some(path)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns a certificate and its key.
fn pair() -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

fn refusal(files: &TlsFiles) -> String {
    Tls::load(files).map(|_| ()).unwrap_err().to_string()
}

fn assert_contains(text: &str, all: &[&str]) {
    for part in all {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn certificate_key_and_root_are_loaded() {
    let files = Files::new();
    let (certificate, key) = pair();
    let loaded = Tls::load(&TlsFiles {
        ca: files.write("ca.pem", &format!("text\n{certificate}{}", pair().0)),
        certificate: files.write("cert.pem", &certificate),
        key: files.write("key.pem", &key),
    });
    let Tls { certificates, .. } = loaded.map_err(|error| error.to_string()).unwrap();
    assert!(certificates.root_cert.is_some() && certificates.client_tls.is_some());
}

#[test]
fn an_unreadable_file_is_named() {
    let missing = Some(PathBuf::from("/nowhere/ca.pem"));
    let error = refusal(&TlsFiles {
        ca: missing,
        ..TlsFiles::default()
    });
    assert_contains(
        &error,
        &["--broker-ca", "/nowhere/ca.pem", "No such file", "PEM"],
    );
}

#[test]
fn an_error_of_a_program_has_no_second_cause() {
    let missing = TlsFiles {
        ca: Some(PathBuf::from("/nowhere/ca.pem")),
        ..TlsFiles::default()
    };
    let error = std::io::Error::from(Tls::load(&missing).map(|_| ()).unwrap_err());
    assert!(std::error::Error::source(&error).is_none(), "{error:?}");
}

#[test]
fn a_file_with_other_contents_is_named_with_what_is_allowed() {
    let files = Files::new();
    let (certificate, key) = pair();
    let truncated = certificate.rsplit_once("-----END").unwrap().0;
    let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (contents, wrong) in [
        ("", "no such section"),
        (&*key, "no such section"),
        (truncated, "a section has no end"),
        (broken, "not base64"),
        (no_certificate, "no X.509"),
    ] {
        let error = refusal(&TlsFiles {
            ca: files.write("ca.pem", contents),
            ..TlsFiles::default()
        });
        assert_contains(
            &error,
            &["--broker-ca", "ca.pem", wrong, "sections CERTIFICATE"],
        );
    }
}

#[test]
fn a_key_must_be_a_plain_key() {
    let files = Files::new();
    let (certificate, key) = pair();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for contents in [&*encrypted, &certificate] {
        let error = refusal(&TlsFiles {
            certificate: files.write("cert.pem", &certificate),
            key: files.write("key.pem", contents),
            ..TlsFiles::default()
        });
        assert_contains(&error, &["--broker-key", "key.pem", "without a passphrase"]);
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let files = Files::new();
    let other = KeyPair::generate().unwrap().serialize_pem();
    let error = refusal(&TlsFiles {
        certificate: files.write("cert.pem", &pair().0),
        key: files.write("key.pem", &other),
        ..TlsFiles::default()
    });
    assert_contains(
        &error,
        &["--broker-key", "key.pem", "--broker-cert", "cert.pem"],
    );
    let secret = other.lines().nth(1).unwrap();
    assert!(!error.contains(secret), "{error}");
}

#[test]
fn certificate_and_key_need_each_other() {
    let files = Files::new();
    let (certificate, key) = pair();
    let only_certificate = TlsFiles {
        certificate: files.write("cert.pem", &certificate),
        ..TlsFiles::default()
    };
    let only_key = TlsFiles {
        key: files.write("key.pem", &key),
        ..TlsFiles::default()
    };
    assert_contains(&refusal(&only_certificate), &["--broker-key is missing"]);
    assert_contains(&refusal(&only_key), &["--broker-cert is missing"]);
}

#[test]
fn a_directory_is_no_file() {
    let error = refusal(&TlsFiles {
        ca: Some(Path::new("/").to_owned()),
        ..TlsFiles::default()
    });
    assert_contains(&error, &["--broker-ca", "directory"]);
}
