//! Partially signed transactions for what a human signs (BIP-174, BIP-371).
//!
//! Field for field as btc-staking-ts 2.5.7 makes them: the spent output of each input, and for a
//! spend of this contract the leaf with its control block and the internal key.

use std::collections::BTreeMap;

use bitcoin::psbt::{Input, Psbt};
use bitcoin::taproot::LeafVersion;
use bitcoin::{Transaction, TxIn, Witness, XOnlyPublicKey};

use crate::expansion::ExpansionTx;
use crate::slashing::SlashingTx;
use crate::spend::Spend;
use crate::staking::FundedStaking;
use crate::tree;
use crate::unbonding::UnbondingTx;
use crate::withdrawal::WithdrawalTx;

#[cfg(test)]
mod tests;

impl FundedStaking {
    /// For the wallet that owns the coins. `internal_key` marks its taproot coins, where the wallet
    /// wants that.
    pub fn psbt(&self, internal_key: Option<XOnlyPublicKey>) -> Psbt {
        let inputs = self.coins().iter().map(|coin| Input {
            witness_utxo: Some(coin.output.clone()),
            tap_internal_key: internal_key.filter(|_| coin.output.script_pubkey.is_p2tr()),
            ..Input::default()
        });
        psbt(self.staking().transaction(), inputs.collect())
    }
}

impl ExpansionTx {
    /// For the staker: the old stake with its leaf, and the coin. `internal_key` marks the coin if it is taproot.
    pub fn psbt(&self, internal_key: Option<XOnlyPublicKey>) -> Psbt {
        let coin = Input {
            witness_utxo: Some(self.funding().clone()),
            tap_internal_key: internal_key.filter(|_| self.funding().script_pubkey.is_p2tr()),
            ..Input::default()
        };
        psbt(self.transaction(), vec![input_of_spend(self.spend()), coin])
    }
}

impl UnbondingTx {
    /// For the staker and the covenant.
    pub fn psbt(&self) -> Psbt {
        of_spend(self.transaction(), self.spend())
    }
}

impl SlashingTx {
    /// For the staker, who signs it when the stake is made.
    pub fn psbt(&self) -> Psbt {
        of_spend(self.transaction(), self.spend())
    }
}

impl WithdrawalTx {
    /// For the staker.
    pub fn psbt(&self) -> Psbt {
        of_spend(self.transaction(), self.spend())
    }
}

fn of_spend(tx: &Transaction, spend: &Spend) -> Psbt {
    psbt(tx, vec![input_of_spend(spend)])
}

fn input_of_spend(spend: &Spend) -> Input {
    let leaf = spend.leaf();
    let script = (leaf.script().clone(), LeafVersion::TapScript);
    Input {
        witness_utxo: Some(spend.output().clone()),
        tap_scripts: BTreeMap::from([(leaf.control_block().clone(), script)]),
        tap_internal_key: Some(tree::internal_key()),
        ..Input::default()
    }
}

fn psbt(tx: &Transaction, inputs: Vec<Input>) -> Psbt {
    let input = tx.input.iter().map(|input| TxIn { witness: Witness::new(), ..input.clone() }).collect();
    let unsigned = Transaction { input, ..tx.clone() };
    let psbt = Psbt::from_unsigned_tx(unsigned).expect("no scriptSig and no witness");
    Psbt { inputs, ..psbt }
}
