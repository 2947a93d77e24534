//! The form that unbonding, slashing and withdrawal transactions share (`docs/spec/bitcoin-formats.md` §a.4).
//!
//! One input that spends the named output with an empty scriptSig and the named sequence, no lock
//! time, sane amounts, and a weight that no smuggled witness can inflate.

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Weight, Witness};
use thiserror::Error;

use crate::spend::Spend;

#[cfg(test)]
mod tests;

/// The largest standard transaction.
pub const MAX_WEIGHT: Weight = Weight::from_wu(400_000);

/// An unsigned transaction that opens `spend` and pays `outputs`.
pub(crate) fn build(version: Version, spend: &Spend, outputs: Vec<TxOut>) -> Transaction {
    unsigned(version, spend.outpoint(), spend.sequence(), outputs)
}

/// An unsigned transaction of the common form.
pub(crate) fn unsigned(
    version: Version,
    previous_output: OutPoint,
    sequence: Sequence,
    output: Vec<TxOut>,
) -> Transaction {
    let input = TxIn { previous_output, script_sig: ScriptBuf::new(), sequence, witness: Witness::new() };
    Transaction { version, lock_time: LockTime::ZERO, input: vec![input], output }
}

/// Checks everything but the meaning of the outputs; returns the fee in sats, which may be zero.
pub(crate) fn judge(
    tx: &Transaction,
    spend: &Spend,
    versions: &[Version],
    outputs: usize,
) -> Result<Amount, ShapeError> {
    if !versions.contains(&tx.version) {
        return Err(ShapeError::Version { found: tx.version.0 });
    }
    if tx.lock_time != LockTime::ZERO {
        return Err(ShapeError::LockTime { found: tx.lock_time.to_consensus_u32() });
    }
    judge_input(tx, spend)?;
    if tx.output.len() != outputs {
        return Err(ShapeError::OutputCount { expected: outputs, found: tx.output.len() });
    }
    if tx.weight() > MAX_WEIGHT {
        return Err(ShapeError::Weight { found: tx.weight() });
    }
    fee(tx, spend)
}

fn judge_input(tx: &Transaction, spend: &Spend) -> Result<(), ShapeError> {
    // A single input also rules out duplicates, and the comparison rules out the null prevout.
    let [input] = tx.input.as_slice() else {
        return Err(ShapeError::InputCount { found: tx.input.len() });
    };
    if input.previous_output != spend.outpoint() {
        return Err(ShapeError::Input { expected: spend.outpoint(), found: input.previous_output });
    }
    if input.sequence != spend.sequence() {
        return Err(ShapeError::Sequence { expected: spend.sequence(), found: input.sequence });
    }
    if !input.script_sig.is_empty() {
        return Err(ShapeError::ScriptSig { found: input.script_sig.len() });
    }
    Ok(())
}

fn fee(tx: &Transaction, spend: &Spend) -> Result<Amount, ShapeError> {
    let input = spend.output().value;
    let mut outputs = Amount::ZERO;
    for output in &tx.output {
        outputs = outputs
            .checked_add(output.value)
            .filter(|sum| *sum <= Amount::MAX_MONEY)
            .ok_or(ShapeError::Amount)?;
    }
    input.checked_sub(outputs).ok_or(ShapeError::Overspent { input, outputs })
}

/// Why a transaction lacks the common form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A version this kind of transaction may not have.
    #[error("transaction version {found}: rebuild it with the version its kind prescribes")]
    Version {
        /// The version.
        found: i32,
    },
    /// A lock time other than 0.
    #[error("lock time {found}: it must be 0")]
    LockTime {
        /// The lock time.
        found: u32,
    },
    /// Not exactly one input.
    #[error("{found} inputs: it must have one")]
    InputCount {
        /// Inputs there are.
        found: usize,
    },
    /// The input spends something else.
    #[error("it spends {found}, not {expected}: rebuild it on the right output")]
    Input {
        /// The output to spend.
        expected: OutPoint,
        /// The output that is spent.
        found: OutPoint,
    },
    /// The input's sequence is not what the leaf asks for.
    #[error("input sequence {found}: it must be {expected}")]
    Sequence {
        /// The sequence the kind prescribes.
        expected: Sequence,
        /// The sequence it has.
        found: Sequence,
    },
    /// A scriptSig, which a taproot spend may not have.
    #[error("scriptSig of {found} bytes: it must be empty")]
    ScriptSig {
        /// Its length in bytes.
        found: usize,
    },
    /// Too few or too many outputs.
    #[error("{found} outputs: it must have {expected}")]
    OutputCount {
        /// Outputs its kind has.
        expected: usize,
        /// Outputs there are.
        found: usize,
    },
    /// Heavier than nodes relay.
    #[error("weight {found}: nodes relay at most 400000 weight units")]
    Weight {
        /// Its weight.
        found: Weight,
    },
    /// Amounts beyond what can exist.
    #[error("outputs add up to more than 21 million bitcoin")]
    Amount,
    /// It pays out more than it takes in.
    #[error("outputs of {outputs} exceed the input of {input}")]
    Overspent {
        /// Value of the input.
        input: Amount,
        /// Sum of the outputs.
        outputs: Amount,
    },
}
