//! aioduct, reqwest and hyper (with the pool of hyper-util), on one thread.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::{Failure, Settings, expect_length, word};

/// A client of any of the libraries.
#[derive(Clone)]
pub enum Client {
    Aioduct(aioduct::TokioClient),
    Reqwest(reqwest::Client),
    Hyper(hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>),
}

impl Client {
    /// Makes a client with no connection.
    pub fn open(settings: &Settings) -> Result<Self, Failure> {
        let config = settings.config.clone();
        Ok(match settings.kind.as_str() {
            "aioduct" => Client::Aioduct(
                aioduct::TokioClient::builder()
                    .tls(aioduct::tls::RustlsConnector::new(Arc::new(config)))
                    .build()?,
            ),
            "reqwest" => {
                let builder = reqwest::Client::builder()
                    .use_rustls_tls()
                    .no_proxy()
                    .add_root_certificate(reqwest::Certificate::from_pem(&settings.ca)?);
                Client::Reqwest(
                    if settings.is_http2 {
                        builder
                    } else {
                        builder.http1_only()
                    }
                    .build()?,
                )
            }
            "hyper" => {
                let mut config = config;
                config.alpn_protocols.clear();
                let builder = hyper_rustls::HttpsConnectorBuilder::new()
                    .with_tls_config(config)
                    .https_only();
                let connector = if settings.is_http2 {
                    builder.enable_http2().build()
                } else {
                    builder.enable_http1().build()
                };
                Client::Hyper(
                    hyper_util::client::legacy::Client::builder(TokioExecutor::new())
                        .build(connector),
                )
            }
            kind => return Err(format!("no client is called {kind:?}").into()),
        })
    }

    /// Gets a URL, reads its content piece by piece, and gives the length of it.
    async fn get(&self, url: &str) -> Result<u64, Failure> {
        match self {
            Client::Aioduct(client) => {
                let response = client.get(url)?.send().await?.error_for_status()?;
                count(response.into_http_response().into_body()).await
            }
            Client::Reqwest(client) => {
                let mut response = client.get(url).send().await?.error_for_status()?;
                let mut length = 0;
                while let Some(piece) = response.chunk().await? {
                    length += piece.len() as u64;
                }
                Ok(length)
            }
            Client::Hyper(client) => {
                let response = client.get(url.parse()?).await?;
                if !response.status().is_success() {
                    return Err(format!("the status is {}", response.status()).into());
                }
                count(response.into_body()).await
            }
        }
    }
}

async fn count<B>(body: B) -> Result<u64, Failure>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Failure>,
{
    let mut body = std::pin::pin!(body);
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(Into::into)?.into_data() {
            length += data.len() as u64;
        }
    }
    Ok(length)
}

/// Does what a line says: `small WIDTH COUNT PATH LENGTH`, `fresh COUNT PATH LENGTH`, `download PATH LENGTH`.
pub async fn work(client: &mut Client, settings: &Settings, words: &[&str]) -> Result<(), Failure> {
    match words.first() {
        Some(&"small") => {
            let url = format!("{}{}", settings.origin, word::<String>(words, 3)?);
            at_once(
                client,
                &url,
                word(words, 1)?,
                word(words, 2)?,
                word(words, 4)?,
            )
            .await
        }
        Some(&"fresh") => {
            let url = format!("{}{}", settings.origin, word::<String>(words, 2)?);
            for _ in 0..word(words, 1)? {
                let fresh = Client::open(settings)?;
                expect_length(fresh.get(&url).await?, word(words, 3)?)?;
            }
            Ok(())
        }
        Some(&"download") => {
            let url = format!("{}{}", settings.origin, word::<String>(words, 1)?);
            expect_length(client.get(&url).await?, word(words, 2)?)
        }
        _ => Err("no such work".into()),
    }
}

/// Sends `count` requests, `width` of them at once.
async fn at_once(
    client: &Client,
    url: &str,
    width: usize,
    count: usize,
    length: u64,
) -> Result<(), Failure> {
    let left = Rc::new(Cell::new(count));
    let lanes = tokio::task::LocalSet::new();
    let all: Vec<_> = (0..width)
        .map(|_| {
            let (client, left, url) = (client.clone(), left.clone(), url.to_owned());
            lanes.spawn_local(async move {
                while left.get() > 0 {
                    left.set(left.get() - 1);
                    expect_length(client.get(&url).await?, length)?;
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    lanes
        .run_until(async {
            for lane in all {
                lane.await??;
            }
            Ok(())
        })
        .await
}
