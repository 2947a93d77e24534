//! What the configuration files of several roles have in common.

use std::path::PathBuf;

use ballast_bitcoin_io::{Auth, RpcClient, RpcConfig};
use serde::Deserialize;
use thiserror::Error;

/// Where a role's bitcoind is and how to log in: by `cookie`, or by `user` and `password`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitcoinConfig {
    /// The address of its RPC interface, e.g. `http://127.0.0.1:8332`.
    pub url: String,
    /// The cookie file in the data folder of its network.
    pub cookie: Option<PathBuf>,
    /// A user of `-rpcauth`.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
}

/// A login that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("give bitcoin either a cookie, or a user and a password")]
pub struct LoginError;

impl BitcoinConfig {
    /// The client's configuration.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn rpc(&self) -> Result<RpcConfig, LoginError> {
        let auth = match (&self.cookie, &self.user, &self.password) {
            (Some(cookie), None, None) => Auth::Cookie(cookie.clone()),
            (None, Some(name), Some(password)) => {
                Auth::User { name: name.clone(), password: password.clone() }
            }
            _ => return Err(LoginError),
        };
        Ok(RpcConfig::new(&self.url, auth))
    }

    /// A client of the node. It has not talked to it yet.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn client(&self) -> Result<RpcClient, LoginError> {
        self.rpc().map(RpcClient::new)
    }
}

impl std::fmt::Debug for BitcoinConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url, cookie, user, password: _ } = self;
        let mut shown = f.debug_struct("BitcoinConfig");
        shown.field("url", url).field("cookie", cookie).field("user", user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
