//! The deposit address (`docs/spec/ballast-wire.md`, "Deposit address").
//!
//! A taproot output whose internal key is the group key and whose script tree says what the money is for: a
//! commitment leaf `OP_RETURN <TH("ballast/deposit/1", chain || recipient || action)>` that nobody can spend,
//! and, if the depositor gave a key, a refund leaf `<blocks> OP_CSV OP_DROP <key> OP_CHECKSIG`. The depositor
//! only sends bitcoin to an address; what is to happen with it is bound to that address and can be recomputed by
//! anybody.
//!
//! Each output that pays the address is a deposit of its own: a transaction may make several.

use ballast_schnorr::bip340::tagged_hash;
use bitcoin::opcodes::all::{OP_CHECKSIG, OP_CSV, OP_DROP, OP_RETURN};
use bitcoin::script::Builder;
use bitcoin::taproot::{TaprootBuilder, TaprootSpendInfo};
use bitcoin::{Address, Amount, KnownHrp, ScriptBuf, Sequence, Transaction, XOnlyPublicKey};
use secp256k1::SECP256K1;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// What a deposit becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Action {
    /// pBTC.
    Mint = 0,
    /// stkBTC, or pBTC if it cannot be staked.
    MintAndStake = 1,
}

impl TryFrom<u8> for Action {
    type Error = DepositError;

    fn try_from(action: u8) -> Result<Self, DepositError> {
        match action {
            0 => Ok(Self::Mint),
            1 => Ok(Self::MintAndStake),
            found => Err(DepositError::Action { found }),
        }
    }
}

/// The depositor's way back: alone, once the deposit is `blocks` old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refund {
    key: XOnlyPublicKey,
    blocks: u16,
}

impl Refund {
    /// A refund to a key after so many blocks, which must be at least `shortest`: a sweep into the treasury has
    /// to confirm well before.
    ///
    /// # Errors
    /// [`DepositError::RefundTooSoon`] if the time is shorter, or 0.
    pub fn new(key: XOnlyPublicKey, blocks: u16, shortest: u16) -> Result<Self, DepositError> {
        let shortest = shortest.max(1);
        if blocks < shortest {
            return Err(DepositError::RefundTooSoon { shortest, found: blocks });
        }
        Ok(Self { key, blocks })
    }

    /// Who can take it back.
    pub fn key(&self) -> XOnlyPublicKey {
        self.key
    }

    /// How many blocks old the deposit must be for it.
    pub fn blocks(&self) -> u16 {
        self.blocks
    }

    /// The number of confirmations up to which the deposit may be swept: half the refund time.
    pub fn last_sweep(&self) -> u32 {
        u32::from(self.blocks / 2)
    }

    /// The sequence number that a refunding input needs.
    pub fn sequence(&self) -> Sequence {
        Sequence::from_height(self.blocks)
    }

    /// The leaf script.
    pub fn script(&self) -> ScriptBuf {
        Builder::new()
            .push_int(i64::from(self.blocks))
            .push_opcode(OP_CSV)
            .push_opcode(OP_DROP)
            .push_x_only_key(&self.key)
            .push_opcode(OP_CHECKSIG)
            .into_script()
    }
}

/// What a deposit address stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deposit {
    /// EVM chain id.
    pub chain_id: u64,
    /// EVM address that gets the coins.
    pub recipient: [u8; 20],
    /// Which coins.
    pub action: Action,
    /// The way back, if the depositor gave a key.
    pub refund: Option<Refund>,
}

/// An output that pays a deposit address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// Position among the transaction's outputs.
    pub vout: u32,
    /// Sats.
    pub value: Amount,
}

impl Deposit {
    /// The hash that the commitment leaf holds.
    pub fn commitment(&self) -> [u8; 32] {
        let action = [self.action as u8];
        tagged_hash("ballast/deposit/1", &[&self.chain_id.to_be_bytes(), &self.recipient, &action])
    }

    /// The leaf that nobody can spend.
    pub fn commitment_script(&self) -> ScriptBuf {
        Builder::new().push_opcode(OP_RETURN).push_slice(self.commitment()).into_script()
    }

    /// Root, output key and control blocks under a group key.
    pub fn spend_info(&self, group: XOnlyPublicKey) -> TaprootSpendInfo {
        let depth = u8::from(self.refund.is_some());
        let tree = TaprootBuilder::new().add_leaf(depth, self.commitment_script());
        let tree = match &self.refund {
            None => tree,
            Some(refund) => tree.and_then(|tree| tree.add_leaf(depth, refund.script())),
        };
        let tree = tree.expect("one leaf at depth 0, or two at depth 1, are a tree");
        tree.finalize(SECP256K1, group).expect("the tree is full")
    }

    /// The output script under a group key.
    pub fn script_pubkey(&self, group: XOnlyPublicKey) -> ScriptBuf {
        ScriptBuf::new_p2tr_tweaked(self.spend_info(group).output_key())
    }

    /// The address to send to, under a group key.
    pub fn address(&self, group: XOnlyPublicKey, network: impl Into<KnownHrp>) -> Address {
        Address::p2tr_tweaked(self.spend_info(group).output_key(), network)
    }

    /// All outputs of a transaction that pay this address.
    pub fn payments(&self, group: XOnlyPublicKey, transaction: &Transaction) -> Vec<Payment> {
        let script = self.script_pubkey(group);
        (0..)
            .zip(&transaction.output)
            .filter(|(_, output)| output.script_pubkey == script)
            .map(|(vout, output)| Payment { vout, value: output.value })
            .collect()
    }

    /// The payment that one output of a transaction makes to this address.
    ///
    /// # Errors
    /// When there is no such output or it pays something else.
    pub fn payment(
        &self,
        group: XOnlyPublicKey,
        transaction: &Transaction,
        vout: u32,
    ) -> Result<Payment, DepositError> {
        let outputs = transaction.output.len();
        let output = usize::try_from(vout).ok().and_then(|vout| transaction.output.get(vout));
        let output = output.ok_or(DepositError::NoOutput { vout, outputs })?;
        if !output.script_pubkey.is_p2tr() {
            return Err(DepositError::NotTaproot { vout });
        }
        let expected = self.script_pubkey(group);
        if output.script_pubkey != expected {
            let found = output.script_pubkey.clone();
            return Err(DepositError::OtherAddress { vout, expected, found });
        }
        Ok(Payment { vout, value: output.value })
    }
}

/// Why an output or a refund is no deposit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DepositError {
    /// Only 0 and 1 are known.
    #[error("a deposit's action is 0 (mint) or 1 (mint and stake), found {found}")]
    Action {
        /// The byte.
        found: u8,
    },
    /// The user could take it back before it is swept.
    #[error("a refund needs at least {shortest} blocks, found {found}")]
    RefundTooSoon {
        /// Least number of blocks.
        shortest: u16,
        /// Number of blocks given.
        found: u16,
    },
    /// The transaction has fewer outputs.
    #[error("there is no output {vout}: the transaction has {outputs}")]
    NoOutput {
        /// The position asked for.
        vout: u32,
        /// How many outputs there are.
        outputs: usize,
    },
    /// Deposit addresses are taproot addresses.
    #[error("output {vout} does not pay a taproot address")]
    NotTaproot {
        /// The position.
        vout: u32,
    },
    /// Another recipient, action, refund, chain or group key.
    #[error(
        "output {vout} pays {found}, this deposit's script is {expected}: check recipient, action, refund and key"
    )]
    OtherAddress {
        /// The position.
        vout: u32,
        /// The deposit's output script.
        expected: ScriptBuf,
        /// The output's script.
        found: ScriptBuf,
    },
}
