//! tokio-rustls by itself: a connection, a request of HTTP/1.1, its response.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::{Failure, Settings, expect_length, word};

/// TLS by ring that trusts one authority and offers one protocol.
pub fn config(ca: &[u8], protocol: &str) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca)?)?;
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    Ok(config)
}

/// Connects as often as it is asked to.
pub struct Dialer {
    address: String,
    name: ServerName<'static>,
    full: TlsConnector,
    resuming: TlsConnector,
    kept: Option<TlsStream<TcpStream>>,
}

impl Dialer {
    /// Connects nowhere yet.
    pub fn new(settings: &Settings) -> Result<Self, Failure> {
        let address = settings
            .origin
            .strip_prefix("https://")
            .ok_or("the origin is not https")?;
        let mut full = settings.config.clone();
        full.resumption = Resumption::disabled();
        Ok(Dialer {
            address: address.to_owned(),
            name: ServerName::try_from("localhost")?,
            full: TlsConnector::from(Arc::new(full)),
            resuming: TlsConnector::from(Arc::new(settings.config.clone())),
            kept: None,
        })
    }

    async fn connect(&self, connector: &TlsConnector) -> Result<TlsStream<TcpStream>, Failure> {
        let tcp = TcpStream::connect(&self.address).await?;
        tcp.set_nodelay(true)?;
        Ok(connector.connect(self.name.clone(), tcp).await?)
    }
}

/// Does what a line says: `fresh COUNT PATH LENGTH`, `resumed COUNT PATH LENGTH`, `download PATH LENGTH`.
pub async fn work(dialer: &mut Dialer, words: &[&str]) -> Result<(), Failure> {
    match words.first() {
        Some(&kind @ ("fresh" | "resumed")) => {
            let connector = if kind == "fresh" {
                &dialer.full
            } else {
                &dialer.resuming
            };
            for _ in 0..word(words, 1)? {
                let mut stream = dialer.connect(connector).await?;
                let length = get(&mut stream, &word::<String>(words, 2)?).await?;
                expect_length(length, word(words, 3)?)?;
            }
            Ok(())
        }
        Some(&"download") => {
            let mut stream = match dialer.kept.take() {
                Some(stream) => stream,
                None => dialer.connect(&dialer.full).await?,
            };
            let length = get(&mut stream, &word::<String>(words, 1)?).await?;
            dialer.kept = Some(stream);
            expect_length(length, word(words, 2)?)
        }
        _ => Err("no such work".into()),
    }
}

/// Bytes of one read, as for the other libraries.
const READ_SIZE: usize = 262_144;

async fn get(stream: &mut TlsStream<TcpStream>, path: &str) -> Result<u64, Failure> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut buffer = vec![0; READ_SIZE];
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Err("the connection ended before the head".into());
        }
        filled += count;
        let Some(end) = buffer[..filled]
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
        else {
            continue;
        };
        let mut length = (filled - end - 4) as u64;
        let expected = content_length(std::str::from_utf8(&buffer[..end])?)?;
        while length < expected {
            match stream.read(&mut buffer).await? {
                0 => return Err("the connection ended before the content".into()),
                count => length += count as u64,
            }
        }
        return Ok(length);
    }
}

fn content_length(head: &str) -> Result<u64, Failure> {
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err("the status is not 200".into());
    }
    let field = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    Ok(field.ok_or("there is no content-length")?.parse()?)
}
