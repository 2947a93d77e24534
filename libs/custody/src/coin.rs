//! What custody can spend: an unspent output with the reason why it is custody's.
//!
//! A coin's output script is never stated, always recomputed from its lock and the group key. So a coin that is
//! listed under the wrong terms is a coin that does not exist, and nothing is signed for it.

use bitcoin::taproot::TapNodeHash;
use bitcoin::{Amount, OutPoint, ScriptBuf, TxOut, XOnlyPublicKey};

use crate::deposit::Deposit;
use crate::treasury::{Recovery, Treasury};

#[cfg(test)]
mod tests;

/// The script tree over the group key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lock {
    /// A deposit that has not been swept.
    Deposit(Deposit),
    /// The treasury, with its recovery leaf.
    Treasury(Recovery),
}

impl Lock {
    /// The root of the script tree, which the group key is tweaked with.
    pub fn root(&self, group: XOnlyPublicKey) -> TapNodeHash {
        let info = match self {
            Self::Deposit(deposit) => deposit.spend_info(group),
            Self::Treasury(recovery) => Treasury { group, recovery: recovery.clone() }.spend_info(),
        };
        info.merkle_root().expect("every lock has a leaf")
    }

    /// The output script under a group key.
    pub fn script_pubkey(&self, group: XOnlyPublicKey) -> ScriptBuf {
        ScriptBuf::new_p2tr(secp256k1::SECP256K1, group, Some(self.root(group)))
    }

    /// The last number of confirmations at which custody should spend it by itself; `None` if it may stay for
    /// ever.
    pub fn spend_by(&self) -> Option<u32> {
        match self {
            Self::Deposit(deposit) => deposit.refund.map(|refund| refund.last_sweep()),
            Self::Treasury(recovery) => Some(recovery.renew_by()),
        }
    }

    /// Whether somebody else can take it back: such a coin is no reserve, and pays for nothing until it is swept.
    pub fn is_refundable(&self) -> bool {
        matches!(self, Self::Deposit(Deposit { refund: Some(_), .. }))
    }
}

/// An unspent output of custody's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coin {
    /// Its place.
    pub outpoint: OutPoint,
    /// Sats.
    pub value: Amount,
    /// Blocks on top of and including its own.
    pub confirmations: u32,
    /// Why it is custody's.
    pub lock: Lock,
}

impl Coin {
    /// The output, under a group key.
    pub fn output(&self, group: XOnlyPublicKey) -> TxOut {
        TxOut { value: self.value, script_pubkey: self.lock.script_pubkey(group) }
    }
}
