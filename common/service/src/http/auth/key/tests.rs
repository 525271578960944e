//! Keys that are loaded, and keys that are refused.

use super::*;

fn keys() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys")
}

#[test]
fn the_kind_of_key_determines_the_algorithm() {
    let kinds = [
        ("hs256.secret", Algorithm::HS256),
        ("rsa-public.pem", Algorithm::RS256),
        ("ec-public.pem", Algorithm::ES256),
    ];
    for (name, algorithm) in kinds {
        assert_eq!(from_file(&keys().join(name)).unwrap().algorithm, algorithm);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_a_reason() {
    let wrong = [
        ("nowhere.pem", "No such file"),
        ("rsa-private.pem", "a private key: expected its public key"),
        ("ec-private.pem", "a private key"),
        ("rsa-short-public.pem", "1024 bits"),
        ("ec-p384-public.pem", "curve P-256"),
        ("ed25519-public.pem", "curve P-256"),
    ];
    for (name, words) in wrong {
        let error = from_file(&keys().join(name)).unwrap_err().to_string();
        assert!(error.contains(words), "{name}: {error}");
    }
}

#[test]
fn an_error_names_the_setting_and_not_the_secret() {
    let error = |flags: &[&str]| {
        Key::configured(&Config::from_flags(flags))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(&["--jwt-secret", "hunter2"]),
        "--jwt-secret: a secret of 7 bytes: HS256 needs at least 32"
    );
    assert!(
        error(&["--jwt-key-file", "/nowhere"])
            .starts_with("--jwt-key-file \"/nowhere\": No such file")
    );
    let shown = format!("{:?}", Config::from_flags(&["--jwt-secret", "hunter2"]));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_secret_has_at_least_32_bytes_without_its_line_end() {
    assert!(from_secret(&[b'x'; 32]).is_ok());
    assert_eq!(
        from_secret(b"").unwrap_err().to_string(),
        "a secret of 0 bytes: HS256 needs at least 32"
    );
    let path = std::env::temp_dir().join(format!("trilane-secret-{}", std::process::id()));
    for (end, fits) in [
        ("", false),
        ("\n", false),
        ("\r\n", false),
        ("x\n", true),
        ("x\r\n", true),
    ] {
        fs::write(&path, format!("{}{end}", "x".repeat(31))).unwrap();
        assert_eq!(from_file(&path).is_ok(), fits, "{end:?}");
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn a_public_key_is_not_accepted_as_a_secret() {
    let jwk = br#" {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4"}"#;
    let ssh = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0wxZ3oXPEKwGyBvwvAqjz9dX0J";
    let der = [&[0x30, 0x59][..], &[7; 0x59]].concat();
    let long_der = [&[0x30, 0x82, 1, 0][..], &[7; 256]].concat();
    assert!(
        looks_public(jwk) && looks_public(ssh) && looks_public(&der) && looks_public(&long_der)
    );
    assert!(!looks_public(&[0x30; 64]) && !looks_public(b"0Y secret of thirty-two bytes, or more"));
}

#[test]
fn a_part_of_a_public_key_file_is_not_accepted_as_a_secret() {
    let path = std::env::temp_dir().join(format!("trilane-part-{}", std::process::id()));
    for name in ["rsa-public.pem", "ec-public.pem"] {
        let pem = fs::read_to_string(keys().join(name)).unwrap();
        let lines: Vec<_> = pem.lines().collect();
        let last = lines.len() - 1;
        let parts = [
            lines[1..].join("\n"),
            lines[1..last].join("\n"),
            lines[1..last].concat(),
            lines[1..last].concat()[..62].to_owned(),
            pem.trim_start_matches('-').to_owned(),
            format!("-----BEGIN PUBLIC\n{}", lines[1]),
        ];
        for part in parts {
            fs::write(&path, &part).unwrap();
            for loaded in [from_file(&path), from_secret(part.as_bytes())] {
                let error = loaded.expect_err(&part);
                let error = error.to_string();
                assert!(error.contains("looks like a public key"), "{part}: {error}");
            }
        }
        assert!(from_secret(pem.as_bytes()).is_err());
    }
    fs::remove_file(path).unwrap();
    let random = "MIq0Zz2TnC8rX5gk0wYtL1vQbE7uJhPd3sFaOe9mWxU=";
    assert!(from_secret(random.as_bytes()).is_ok());
}

#[test]
fn a_required_claim_needs_a_key() {
    for setting in ["--jwt-audience", "--jwt-issuer"] {
        let config = Config::from_flags(&[setting, "x"]);
        assert_eq!(
            Key::configured(&config).unwrap_err().to_string(),
            format!("{setting} needs --jwt-key-file or --jwt-secret")
        );
    }
}
