//! The treasury's output: the group key, and a recovery leaf behind a long timelock.
//!
//! Custody spends by the key path. Should it lose its quorum for good, the recovery keys can take over once an
//! output is `blocks` old: leaf `<blocks> OP_CSV OP_VERIFY <key> OP_CHECKSIG <key> OP_CHECKSIGADD ... <threshold>
//! OP_NUMEQUAL`, which is the miniscript `and_v(v:older(blocks),multi_a(threshold,keys...))`. So that this never
//! happens by mistake, every output is spent again before half of that time; one number, [`Recovery::renew_by`],
//! says when.

use bitcoin::opcodes::all::{OP_CHECKSIG, OP_CHECKSIGADD, OP_CSV, OP_NUMEQUAL, OP_VERIFY};
use bitcoin::script::Builder;
use bitcoin::taproot::{TaprootBuilder, TaprootSpendInfo};
use bitcoin::{Address, KnownHrp, ScriptBuf, Sequence, XOnlyPublicKey};
use secp256k1::SECP256K1;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// Most recovery keys; far below what one script can check.
const MOST_KEYS: usize = 100;

/// Who can spend the treasury if custody cannot, and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recovery {
    blocks: u16,
    threshold: u16,
    keys: Vec<XOnlyPublicKey>,
}

impl Recovery {
    /// `threshold` of these keys, once an output is `blocks` old. The order of the keys does not matter.
    ///
    /// # Errors
    /// When the threshold is 0 or above the number of keys, a key is listed twice, there are more than 100 keys,
    /// or the time leaves no block to renew an output in.
    pub fn new(blocks: u16, threshold: u16, mut keys: Vec<XOnlyPublicKey>) -> Result<Self, RecoveryError> {
        if blocks < 4 {
            return Err(RecoveryError::TooSoon { found: blocks });
        }
        keys.sort_unstable_by_key(XOnlyPublicKey::serialize);
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(RecoveryError::Twice { key: pair[0] });
        }
        let most = keys.len().min(MOST_KEYS);
        if threshold == 0 || usize::from(threshold) > most || keys.len() > MOST_KEYS {
            return Err(RecoveryError::Threshold { threshold, keys: keys.len() });
        }
        Ok(Self { blocks, threshold, keys })
    }

    /// How many blocks old an output must be for it.
    pub fn blocks(&self) -> u16 {
        self.blocks
    }

    /// How many recovery keys must sign.
    pub fn threshold(&self) -> u16 {
        self.threshold
    }

    /// The recovery keys, ascending.
    pub fn keys(&self) -> &[XOnlyPublicKey] {
        &self.keys
    }

    /// The number of confirmations before which an output is to be spent again: half the recovery time.
    pub fn renew_by(&self) -> u32 {
        u32::from(self.blocks / 2)
    }

    /// The number of confirmations from which an operator should be alarmed: a third of the recovery time.
    pub fn alarm_from(&self) -> u32 {
        u32::from(self.blocks / 3)
    }

    /// The sequence number that a recovering input needs.
    pub fn sequence(&self) -> Sequence {
        Sequence::from_height(self.blocks)
    }

    /// The leaf script.
    pub fn script(&self) -> ScriptBuf {
        let script =
            Builder::new().push_int(i64::from(self.blocks)).push_opcode(OP_CSV).push_opcode(OP_VERIFY);
        let check = |index| if index == 0 { OP_CHECKSIG } else { OP_CHECKSIGADD };
        self.keys
            .iter()
            .enumerate()
            .fold(script, |script, (index, key)| script.push_x_only_key(key).push_opcode(check(index)))
            .push_int(i64::from(self.threshold))
            .push_opcode(OP_NUMEQUAL)
            .into_script()
    }
}

/// Where custody keeps what it holds: a group key with a recovery leaf.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Treasury {
    /// The group key.
    pub group: XOnlyPublicKey,
    /// The recovery leaf.
    pub recovery: Recovery,
}

impl Treasury {
    /// Root, output key and control block.
    pub fn spend_info(&self) -> TaprootSpendInfo {
        let tree = TaprootBuilder::new().add_leaf(0, self.recovery.script()).expect("one leaf is a tree");
        tree.finalize(SECP256K1, self.group).expect("the tree is full")
    }

    /// The output script.
    pub fn script_pubkey(&self) -> ScriptBuf {
        ScriptBuf::new_p2tr_tweaked(self.spend_info().output_key())
    }

    /// The address.
    pub fn address(&self, network: impl Into<KnownHrp>) -> Address {
        Address::p2tr_tweaked(self.spend_info().output_key(), network)
    }

    /// The output descriptor (BIP-386 with miniscript) that a wallet watches, without its checksum.
    pub fn descriptor(&self) -> String {
        let Recovery { blocks, threshold, keys } = &self.recovery;
        let keys = keys.iter().map(|key| format!(",{key}")).collect::<String>();
        format!("tr({},and_v(v:older({blocks}),multi_a({threshold}{keys})))", self.group)
    }
}

/// Why there can be no such recovery leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RecoveryError {
    /// Outputs could not be renewed in half the time.
    #[error("recovery needs at least 4 blocks, and thousands where bitcoin has value, found {found}")]
    TooSoon {
        /// Number of blocks given.
        found: u16,
    },
    /// One key, two votes.
    #[error("recovery key {key} is listed twice: list each key once")]
    Twice {
        /// The key.
        key: XOnlyPublicKey,
    },
    /// Nobody, or not even everybody, could recover.
    #[error(
        "{threshold} of {keys} recovery keys cannot be: give up to 100 keys and a threshold from 1 to their number"
    )]
    Threshold {
        /// Signatures needed.
        threshold: u16,
        /// Keys given.
        keys: usize,
    },
}
