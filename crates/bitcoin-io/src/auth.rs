//! How we log in: a cookie file that bitcoind writes anew at each start, or a user with a password.

use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::BitcoinError;

/// A login for the RPC interface.
#[derive(Clone, PartialEq, Eq)]
pub enum Auth {
    /// The `.cookie` file in the data folder of the node's network. It is read again for every call, since
    /// bitcoind changes it at each start.
    Cookie(PathBuf),
    /// A user of `-rpcauth` or `-rpcuser`.
    User {
        /// Its name.
        name: String,
        /// Its password.
        password: String,
    },
}

impl Auth {
    /// The value of the `Authorization` header (RFC 7617).
    pub(crate) fn header(&self) -> Result<String, BitcoinError> {
        let login = match self {
            Self::Cookie(path) => std::fs::read_to_string(path)
                .map_err(|source| BitcoinError::Cookie { path: path.clone(), source })?,
            Self::User { name, password } => format!("{name}:{password}"),
        };
        Ok(format!("Basic {}", STANDARD.encode(login.trim_end_matches(['\r', '\n']))))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cookie(path) => f.debug_tuple("Cookie").field(path).finish(),
            Self::User { name, .. } => f.debug_struct("User").field("name", name).finish_non_exhaustive(),
        }
    }
}
