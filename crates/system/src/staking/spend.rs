//! Proving that a stake's output is spent on Bitcoin, by whatever transaction.
//!
//! The block must be on the best chain, but need not be deep: power that the staker has given up, or that is no
//! longer there to be slashed, must not wait for k blocks to go. Shallow proof is safe because what it claims is
//! signed. Unless the transaction is a registered slashing, which its id pins, the staker's signature in its
//! witness is verified, so a single block with false content cannot take power from anybody. For the same reason
//! a reorganisation does not give the power back: what was signed once can be mined again at any moment.
//!
//! All three leaves end in the staker's signature, the script and the control block, then perhaps an annex
//! (`docs/spec/bitcoin-formats.md` §a.3, §a.5 "Undelegation"). The signature commits to every output that the
//! transaction spends; they are given beside it, and a false one makes the signature fail.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolEvent;
use ballast_bitcoin_light::InclusionProof;
use ballast_bitcoin_staking::{Leaf, Stake};
use ballast_schnorr::bip340;
use ballast_types::interfaces::IStaking;
use bitcoin::{
    BlockHash, TapLeafHash, Transaction, TxOut,
    consensus::deserialize,
    hashes::Hash,
    sighash::{Annex, Prevouts, SighashCache},
    taproot::Signature,
};
use thiserror::Error;

use super::{
    SIGNATURE_GAS,
    approve::{REBUILD_GAS, unbonding},
    settle::{rebuild, settle},
    store::{CONTRACT, Exit, RECORD, Record, SPEND, SPEND_ANCHOR, Slashings, standing, word},
};
use crate::{
    contract::CallError,
    light_client::{self, LightClientError},
    storage::{Storage, StorageError},
};

/// First byte of an annex (BIP-341).
const ANNEX: u8 = 0x50;
/// No OP_CODESEPARATOR was executed (BIP-342).
const NO_SEPARATOR: u32 = u32::MAX;

/// Proves that `transaction` spends an output of `stake`. `prevouts` are the outputs behind its inputs.
///
/// # Errors
/// [`SpendError`] with the first rule that is broken.
pub fn prove(
    storage: &mut dyn Storage,
    stake: B256,
    transaction: &[u8],
    prevouts: &[Bytes],
    block: BlockHash,
    proof: &InclusionProof,
) -> Result<(), SpendError> {
    let record = RECORD.at(&stake).load(storage)?.ok_or(SpendError::UnknownStake { stake })?;
    let (transaction, txid) = light_client::verify_inclusion(storage, transaction, block, proof)?;
    let id = word(txid);
    let slashings = Slashings::load(storage, &stake)?;
    refuse_known(storage, &stake, id, &slashings)?;
    let exit = if slashings.txids.contains(&id) {
        Exit::Slashing
    } else {
        classify(storage, &stake, &record, &transaction, prevouts)?
    };
    RECORD.at(&stake).store(storage, &Some(Record { exit, ..record }))?;
    SPEND.at(&stake).store(storage, &id)?;
    SPEND_ANCHOR.at(&stake).store(storage, &word(block))?;
    let event = IStaking::Spent { stake, transaction: id, exit: exit.into() };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(settle(storage, &stake)?)
}

/// A spend is refused while one stands, except that an unbonded output can be slashed after.
fn refuse_known(
    storage: &mut dyn Storage,
    stake: &B256,
    id: B256,
    slashings: &Slashings,
) -> Result<(), SpendError> {
    let known = SPEND.at(stake).load(storage)?;
    let stands = standing(storage, &SPEND_ANCHOR.at(stake))?.is_some();
    let slashes_unbonded = id == slashings.txids[1] && !slashings.txids.contains(&known);
    if stands && !slashes_unbonded {
        return Err(SpendError::Known { transaction: known });
    }
    Ok(())
}

fn classify(
    storage: &mut dyn Storage,
    stake: &B256,
    record: &Record,
    transaction: &Transaction,
    prevouts: &[Bytes],
) -> Result<Exit, SpendError> {
    storage.charge(REBUILD_GAS + SIGNATURE_GAS)?;
    let (built, params) = rebuild(storage, stake, record)?;
    let txid = transaction.compute_txid();
    let is_slashing = check_signature(&built, transaction, prevouts)?;
    Ok(if unbonding(&built, &params).outpoint().txid == txid {
        Exit::Unbonding
    } else if is_slashing {
        Exit::Slashing
    } else {
        Exit::Other
    })
}

/// Checks the staker's signature and says whether it is for the slashing leaf.
fn check_signature(stake: &Stake, transaction: &Transaction, prevouts: &[Bytes]) -> Result<bool, SpendError> {
    let not_a_spend = || SpendError::NotASpend { transaction: word(transaction.compute_txid()) };
    let spends = |input: &bitcoin::TxIn| input.previous_output == stake.outpoint();
    let index = transaction.input.iter().position(spends).ok_or_else(not_a_spend)?;
    let (expected, found) = (transaction.input.len(), prevouts.len());
    if expected != found {
        return Err(SpendError::PrevoutCount { expected, found });
    }
    let parse = |bytes: &Bytes| deserialize::<TxOut>(bytes).map_err(|_| SpendError::Malformed);
    let mut outputs = prevouts.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    outputs[index] = stake.output();
    let witness: Vec<&[u8]> = transaction.input[index].witness.iter().collect();
    let (elements, annex) = match witness.split_last() {
        Some((last, rest)) if !rest.is_empty() && last.first() == Some(&ANNEX) => {
            (rest, Annex::new(last).ok())
        }
        _ => (&witness[..], None),
    };
    let [.., signature, script, _control] = elements else { return Err(not_a_spend()) };
    let (leaf, is_slashing) = leaf(stake, script).ok_or_else(not_a_spend)?;
    let staker = stake.terms().staker();
    let refused = || SpendError::Staker { staker: staker.serialize().into() };
    let signature = Signature::from_slice(signature).map_err(|_| refused())?;
    let sighash = SighashCache::new(transaction)
        .taproot_signature_hash(
            index,
            &Prevouts::All(&outputs),
            annex,
            Some((leaf, NO_SEPARATOR)),
            signature.sighash_type,
        )
        .map_err(|_| refused())?;
    bip340::verify(&staker, sighash.as_byte_array(), &signature.signature).map_err(|_| refused())?;
    Ok(is_slashing)
}

/// The hash of the leaf with this script, and whether it is the slashing leaf.
fn leaf(stake: &Stake, script: &[u8]) -> Option<(TapLeafHash, bool)> {
    let tree = stake.tree();
    let leaves = [(tree.timelock(), false), (tree.unbonding(), false), (tree.slashing(), true)];
    let is_it = |(leaf, _): &(&Leaf, bool)| leaf.script().as_bytes() == script;
    leaves.into_iter().find(is_it).map(|(leaf, is_slashing)| (leaf.hash(), is_slashing))
}

/// Why a spend is not proven.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpendError {
    /// No such stake.
    #[error("no stake {stake}: register it first")]
    UnknownStake {
        /// The stake.
        stake: B256,
    },
    /// Proven, and still true.
    #[error("the stake is spent by {transaction}, which is on the best chain")]
    Known {
        /// The spending transaction.
        transaction: B256,
    },
    /// It spends something else, or by no leaf of the stake.
    #[error(
        "transaction {transaction} does not open the staking output: send the one that does, with witness"
    )]
    NotASpend {
        /// The transaction.
        transaction: B256,
    },
    /// Outputs are missing.
    #[error("{found} outputs for {expected} inputs: send the output behind every input")]
    PrevoutCount {
        /// Inputs.
        expected: usize,
        /// Outputs.
        found: usize,
    },
    /// Not an output.
    #[error("an output is not in consensus encoding")]
    Malformed,
    /// The staker did not sign.
    #[error(
        "the signature by {staker} does not verify: send the witness and the outputs as they are on Bitcoin"
    )]
    Staker {
        /// The staker's key.
        staker: B256,
    },
    /// The proof of inclusion.
    #[error(transparent)]
    Proof(#[from] LightClientError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<SpendError> for CallError {
    fn from(error: SpendError) -> Self {
        match error {
            SpendError::UnknownStake { stake } => Self::revert(&IStaking::UnknownStake { stake }),
            SpendError::Known { transaction } => Self::revert(&IStaking::SpendKnown { transaction }),
            SpendError::NotASpend { transaction } => Self::revert(&IStaking::NotASpend { transaction }),
            SpendError::PrevoutCount { expected, found } => Self::revert(&IStaking::PrevoutCount {
                expected: alloy_primitives::U256::from(expected),
                found: alloy_primitives::U256::from(found),
            }),
            SpendError::Malformed => Self::revert(&IStaking::MalformedTransaction {}),
            SpendError::Staker { staker } => Self::revert(&IStaking::BadStakerSignature { staker }),
            SpendError::Proof(error) => error.into(),
            SpendError::Storage(error) => error.into(),
        }
    }
}
