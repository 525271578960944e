//! Recognises public keys where a secret is expected.

use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};

/// The object identifiers of RSA and elliptic-curve keys in DER (RFC 3279 §2.3), with their tag and
/// length. They stand at the beginning of a key, also of one that lacks its end.
const KEY_TYPES: [&[u8]; 2] = [
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
];

/// Returns whether this looks like a public key, or a part of its file. As a secret it would let
/// any client sign, since public keys are known.
pub(super) fn looks_public(bytes: &[u8]) -> bool {
    let is_jwk = bytes.trim_ascii_start().starts_with(b"{");
    let is_ssh = ["ssh-", "ecdsa-sha2-"]
        .iter()
        .any(|kind| bytes.starts_with(kind.as_bytes()));
    let has_pem_line = ["-----BEGIN", "-----END"]
        .iter()
        .any(|line| contains(bytes, line.as_bytes()));
    is_jwk || is_ssh || has_pem_line || is_der(bytes) || is_base64_der(bytes)
}

/// Returns whether this is DER in base64: a PEM file without its first and last line.
fn is_base64_der(bytes: &[u8]) -> bool {
    // Invalid characters are refused, so the text is ASCII.
    let text: String = String::from_utf8_lossy(bytes)
        .split_ascii_whitespace()
        .collect();
    // A file that was cut may end within a group of four characters.
    let whole = text.get(..text.len() / 4 * 4).unwrap_or_default();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{whole}\n-----END PUBLIC KEY-----\n");
    SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).is_ok_and(|der| is_der(&der))
}

/// Returns whether this is one DER sequence with the right length (X.690 §8.1.3), or has the type
/// of a key.
fn is_der(bytes: &[u8]) -> bool {
    let is_whole = match bytes {
        [0x30, length @ 0..=0x7f, rest @ ..] => rest.len() == usize::from(*length),
        [0x30, 0x81, length, rest @ ..] => rest.len() == usize::from(*length),
        [0x30, 0x82, high, low, rest @ ..] => {
            rest.len() == usize::from(u16::from_be_bytes([*high, *low]))
        }
        _ => false,
    };
    is_whole || KEY_TYPES.iter().any(|kind| contains(bytes, kind))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
