//! Rust's HTTP clients and tokio-rustls, as contestants of `deno task bench`.
//!
//! `ductile-bench-peers KIND PROTOCOL CA_FILE ORIGIN` reads a piece of work from each line of standard input, does it
//! on one thread, and answers with a line of its own: nanoseconds that it took, and nanoseconds of CPU. It ends with
//! its standard input. A wrong answer of the server ends it with a message.

mod http;
mod tls;

use std::error::Error;
use std::io::{BufRead, Write};
use std::str::FromStr;
use std::time::Instant;

/// A failure, with its message.
pub type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [kind, protocol, ca_file, origin] = args.as_slice() else {
        return Err("usage: ductile-bench-peers KIND PROTOCOL CA_FILE ORIGIN".into());
    };
    let settings = Settings {
        kind: kind.clone(),
        is_http2: protocol == "h2",
        config: tls::config(&std::fs::read(ca_file)?, protocol)?,
        ca: std::fs::read(ca_file)?,
        origin: origin.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if kind == "tokio-rustls" {
        let mut dialer = tls::Dialer::new(&settings)?;
        serve(|words| runtime.block_on(tls::work(&mut dialer, words)))
    } else {
        let mut client = http::Client::open(&settings)?;
        serve(|words| runtime.block_on(http::work(&mut client, &settings, words)))
    }
}

/// The options of a run.
pub struct Settings {
    /// The library.
    pub kind: String,
    /// Whether HTTP/2 is spoken; HTTP/1.1 otherwise.
    pub is_http2: bool,
    /// The TLS of libraries that take one.
    pub config: rustls::ClientConfig,
    /// The authority's certificate, PEM.
    pub ca: Vec<u8>,
    /// The server, `https://` and an authority.
    pub origin: String,
}

fn serve(mut work: impl FnMut(&[&str]) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let (started, cpu) = (Instant::now(), cpu_nanos());
        work(&words)?;
        writeln!(
            out,
            "{} {}",
            started.elapsed().as_nanos(),
            cpu_nanos() - cpu
        )?;
        out.flush()?;
    }
    Ok(())
}

/// CPU time of the process, of user and system.
fn cpu_nanos() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // Both arguments are valid for the whole call, which is all that clock_gettime asks.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// A word of a line, as a number or another value.
pub fn word<T: FromStr>(words: &[&str], index: usize) -> Result<T, Failure> {
    let word = words.get(index).ok_or("a word is missing")?;
    word.parse()
        .map_err(|_| format!("cannot read the word {word:?}").into())
}

/// Fails unless a response has this length.
pub fn expect_length(length: u64, expected: u64) -> Result<(), Failure> {
    if length == expected {
        Ok(())
    } else {
        Err(format!("{length} bytes, not {expected}").into())
    }
}
