//! One HTTP exchange: the body goes there, a JSON document comes back.
//!
//! A connection serves one call. Bitcoin Core closes idle ones, and a POST that meets a closed connection could not be
//! repeated safely.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::Value;

use crate::{Auth, BitcoinError};

/// The largest answer read, in bytes: a block of 4 MB in hexadecimal, with room to spare.
const MAX_ANSWER: usize = 32 << 20;

/// `url`, or what follows the login in it: a password in an address would be in every error.
pub(crate) fn without_login(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, address)| address)
}

/// Posts `body` and parses the answer. A refused cookie is read again, once, if it has changed meanwhile.
pub(crate) fn post(url: &str, auth: &Auth, body: &Value, timeout: Duration) -> Result<Value, BitcoinError> {
    let address = without_login(url);
    if address != url {
        let reason = "a login is no part of it: give --bitcoin-user and --bitcoin-password-file".into();
        return Err(BitcoinError::Exchange { url: address.into(), reason });
    }
    let login = auth.header()?;
    match exchange(url, &login, body, timeout) {
        Err(BitcoinError::Unauthorized { .. }) if auth.header()? != login => {
            exchange(url, &auth.header()?, body, timeout)
        }
        answer => answer,
    }
}

fn exchange(url: &str, login: &str, body: &Value, timeout: Duration) -> Result<Value, BitcoinError> {
    let answer = bitreq::post(url)
        .with_header("Authorization", login)
        .with_header("Content-Type", "application/json")
        .with_body(body.to_string())
        .with_timeout(timeout)
        .with_max_redirects(0)
        .with_max_body_size(MAX_ANSWER)
        .send()
        .map_err(|error| failure(url, error))?;
    let text = answer.as_bytes();
    // Errors of a call come with status 200 in JSON-RPC 2.0 and with 4xx or 5xx in 1.1: the body decides.
    match (answer.status_code, serde_json::from_slice(text)) {
        (401, _) => Err(BitcoinError::Unauthorized { url: url.into() }),
        (503, _) => Err(BitcoinError::NotReady { message: String::from_utf8_lossy(text).into() }),
        (_, Ok(json)) => Ok(json),
        (200, Err(error)) if error.is_eof() => {
            let source = std::io::Error::new(ErrorKind::UnexpectedEof, "the answer breaks off");
            Err(BitcoinError::Unreachable { url: url.into(), source })
        }
        (status, Err(_)) => Err(BitcoinError::Http { url: url.into(), status }),
    }
}

fn failure(url: &str, error: bitreq::Error) -> BitcoinError {
    match error {
        bitreq::Error::IoError(source) => BitcoinError::Unreachable { url: url.into(), source },
        other => BitcoinError::Exchange { url: url.into(), reason: other.to_string() },
    }
}
