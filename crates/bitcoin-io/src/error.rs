//! What can go wrong between us and a Bitcoin node, each with the way out.

use std::path::PathBuf;

use bitcoin::{Network, Txid};

/// Why a question to the Bitcoin node has no answer.
#[derive(Debug, thiserror::Error)]
pub enum BitcoinError {
    /// The login cookie cannot be read.
    #[error("cannot read the cookie {path}: {source}; start bitcoind, or name the .cookie of its network's data folder", path = path.display())]
    Cookie {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No connection, or it broke.
    #[error(
        "no answer from bitcoind at {url}: {source}; check that it runs with -server and that the address is right"
    )]
    Unreachable {
        /// The address asked.
        url: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The login was refused.
    #[error("bitcoind at {url} refuses the login; check user and password, or the path of the cookie")]
    Unauthorized {
        /// The address asked.
        url: String,
    },
    /// An HTTP answer that is no JSON-RPC.
    #[error(
        "{url} answers with http status {status}, not with JSON-RPC; check the address, and -rpcallowip for 403"
    )]
    Http {
        /// The address asked.
        url: String,
        /// The status.
        status: i32,
    },
    /// The address or the HTTP exchange itself is unusable.
    #[error("cannot use {url}: {reason}; the address must look like http://127.0.0.1:8332")]
    Exchange {
        /// The address asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The node is up but starting or busy, longer than we were told to wait.
    #[error("bitcoind is not ready: {message}; try again in a while")]
    NotReady {
        /// The node's own words.
        message: String,
    },
    /// The node answers the call with an error.
    #[error("bitcoind answers {method} with error {}: {message}", code.number())]
    Rpc {
        /// The method called.
        method: &'static str,
        /// Its code.
        code: RpcCode,
        /// The node's own words.
        message: String,
    },
    /// The answer is not what the call asked for.
    #[error("bitcoind answers {method} with something else: {reason}; Bitcoin Core 30 or newer is needed")]
    Malformed {
        /// The method called.
        method: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// The node does not take the transaction.
    #[error("bitcoind refuses transaction {txid}: {reason}")]
    Refused {
        /// The transaction.
        txid: Txid,
        /// Bitcoin Core's word for the cause, with details.
        reason: String,
    },
    /// Another network than the one we are set up for.
    #[error("bitcoind runs on {found}, expected {expected}; give the address of a node on {expected}")]
    WrongNetwork {
        /// The network wanted.
        expected: Network,
        /// The network in the answer.
        found: String,
    },
    /// The node is too old.
    #[error("bitcoind has version {found}, needed is {needed} or newer; update it")]
    TooOld {
        /// Its version, as Bitcoin Core counts (300000 is 30.0).
        found: u32,
        /// The oldest version that serves.
        needed: u32,
    },
    /// The best chain changed while it was read in several calls.
    #[error("the best chain changed at height {height} while it was read; ask again")]
    Moved {
        /// Where the pieces do not fit.
        height: u32,
    },
}

impl BitcoinError {
    /// True if the call certainly did not run and may succeed later without anybody's help.
    pub(crate) fn may_pass(&self) -> bool {
        use std::io::ErrorKind;
        match self {
            Self::NotReady { .. } => true,
            Self::Cookie { source, .. } => source.kind() == ErrorKind::NotFound,
            Self::Unreachable { source, .. } => source.kind() == ErrorKind::ConnectionRefused,
            _ => false,
        }
    }
}

/// The error codes of Bitcoin Core's RPC interface (`src/rpc/protocol.h`) that a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RpcCode {
    /// -1: unspecified, e.g. a block that is pruned.
    Misc,
    /// -3: a parameter of the wrong type.
    Type,
    /// -5: no such block, transaction or address.
    NotFound,
    /// -8: a parameter out of its range.
    InvalidParameter,
    /// -22: bytes that do not parse.
    Deserialization,
    /// -25: general failure of a transaction or block, e.g. missing inputs.
    Verify,
    /// -26: refused by the rules of consensus or policy.
    VerifyRejected,
    /// -27: its outputs are in the set of unspent outputs already.
    AlreadyConfirmed,
    /// -28: still starting.
    InWarmup,
    /// -32601: no such method.
    MethodNotFound,
    /// Any other number.
    Other(i32),
}

impl RpcCode {
    /// The code as it is sent.
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::Misc => -1,
            Self::Type => -3,
            Self::NotFound => -5,
            Self::InvalidParameter => -8,
            Self::Deserialization => -22,
            Self::Verify => -25,
            Self::VerifyRejected => -26,
            Self::AlreadyConfirmed => -27,
            Self::InWarmup => -28,
            Self::MethodNotFound => -32601,
            Self::Other(number) => number,
        }
    }
}

impl From<i32> for RpcCode {
    fn from(number: i32) -> Self {
        match number {
            -1 => Self::Misc,
            -3 => Self::Type,
            -5 => Self::NotFound,
            -8 => Self::InvalidParameter,
            -22 => Self::Deserialization,
            -25 => Self::Verify,
            -26 => Self::VerifyRejected,
            -27 => Self::AlreadyConfirmed,
            -28 => Self::InWarmup,
            -32601 => Self::MethodNotFound,
            other => Self::Other(other),
        }
    }
}
