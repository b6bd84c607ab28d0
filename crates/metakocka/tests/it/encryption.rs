//! TLS: a host is trusted through the public authorities and those that were given, and through no others.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use metakocka::{BaseUrl, Client, ConnectionCheck, HttpClient, HttpConfig, HttpSetupError};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::config;

const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server.key.pem");
const REPLY: &str = r#"{"opr_code":"0","warehouse_list_count":"0"}"#;

/// A host that answers one question over TLS; its address.
fn encrypted_host() -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(tls)).unwrap();
        answer_once(StreamOwned::new(connection, stream));
    });
    address
}

/// Reads a question and answers it; a client that does not trust the host ends this early.
fn answer_once<S: Read + Write>(stream: S) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).ok()?;
    let length = REPLY.len();
    write!(stream.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{REPLY}").ok()
}

fn client(address: &str, authority: Option<&[u8]>) -> Client {
    let http = HttpConfig { extra_ca_pem: authority.map(<[u8]>::to_vec), ..HttpConfig::default() };
    let mut config = config(address);
    config.base_url = BaseUrl::parse(address).unwrap();
    Client::new(config, HttpClient::new(&http).unwrap())
}

#[tokio::test]
async fn a_host_of_an_authority_that_was_given_is_trusted() {
    let check = client(&encrypted_host(), Some(AUTHORITY)).test_connection().await;
    assert!(matches!(check, ConnectionCheck::Working), "{check:?}");
}

#[tokio::test]
async fn a_host_of_an_unknown_authority_gets_no_request() {
    let check = client(&encrypted_host(), None).test_connection().await;
    let ConnectionCheck::Unreachable(error) = check else { panic!("{check:?}") };
    assert_eq!(error.kind(), "no_connection");
}

#[test]
fn what_is_no_certificate_is_refused_when_the_pool_is_made() {
    for pem in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let config = HttpConfig { extra_ca_pem: Some(pem.as_bytes().to_vec()), ..HttpConfig::default() };
        assert!(matches!(HttpClient::new(&config), Err(HttpSetupError::Certificate(_))), "{pem:?}");
    }
}
