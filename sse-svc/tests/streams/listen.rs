//! The addresses that the program listens on, and the settings that it refuses.

use conformance::{Client, Process};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    process::Command,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sse-svc");

#[actix_web::test]
async fn a_host_name_is_listened_on_at_all_its_addresses() {
    let process = Process::start(PROGRAM, &["--host", "localhost", "--workers", "1"]);
    let port = process.address().port();
    let both = [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        Ipv6Addr::LOCALHOST.into(),
    ];
    // Some machines have no IPv6.
    for host in both
        .into_iter()
        .filter(|host| TcpListener::bind((*host, 0)).is_ok())
    {
        let address = SocketAddr::new(host, port);
        let mut client = Client::connect(address).await;
        let text = client.get("/worker").await.body;
        assert!(
            text.starts_with("Handled by worker 1 "),
            "one thread is one worker, at {address} too: {text}"
        );
    }
    for host in ["localhost", "127.0.0.1"] {
        let check = Command::new(PROGRAM)
            .args(["--check", "--host", host, "--port", &port.to_string()])
            .status();
        assert!(check.expect("the program starts").success(), "{host}");
    }
}

#[test]
fn an_unusable_setting_ends_the_program_with_a_message() {
    // `--check` ends the program if a setting is accepted by mistake.
    for (flags, code, words) in [
        (
            &[
                "--check",
                "--origins",
                "https://a.example, https://*.b.example",
            ][..],
            2,
            "https://*.b.example",
        ),
        (
            &["--check", "--host", "http://localhost"],
            2,
            "HOST=\"http://localhost\": expected an address or a host name",
        ),
        (&["--host", "nowhere.invalid"], 1, "host nowhere.invalid: "),
        (&["--check", "--keep-alive", "0"], 2, "KEEP_ALIVE=\"0\""),
    ] {
        let output = Command::new(PROGRAM)
            .args(flags)
            .env("PORT", "0")
            .output()
            .expect("the program starts");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert!(errors.contains(words), "{errors}");
    }
}
