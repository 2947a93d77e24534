//! Where two unsigned transactions differ.

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{OutPoint, Sequence, Transaction, TxIn, TxOut};
use thiserror::Error;

/// Compares a proposed transaction with the expected one, field by field.
///
/// # Errors
/// [`Difference`] names the first field that differs.
pub fn compare(proposed: &Transaction, expected: &Transaction) -> Result<(), Difference> {
    if proposed.version != expected.version {
        return Err(Difference::Version { expected: expected.version, found: proposed.version });
    }
    if proposed.lock_time != expected.lock_time {
        return Err(Difference::LockTime { expected: expected.lock_time, found: proposed.lock_time });
    }
    let (wanted, found) = (expected.input.len(), proposed.input.len());
    if wanted != found {
        return Err(Difference::InputCount { expected: wanted, found });
    }
    for (index, (expected, found)) in expected.input.iter().zip(&proposed.input).enumerate() {
        compare_input(index, expected, found)?;
    }
    let (wanted, found) = (expected.output.len(), proposed.output.len());
    if wanted != found {
        return Err(Difference::OutputCount { expected: wanted, found });
    }
    let mut outputs = expected.output.iter().zip(&proposed.output).enumerate();
    match outputs.find(|(_, (expected, found))| expected != found) {
        None => Ok(()),
        Some((index, (expected, found))) => {
            Err(Difference::Output { index, expected: expected.clone(), found: found.clone() })
        }
    }
}

fn compare_input(index: usize, expected: &TxIn, found: &TxIn) -> Result<(), Difference> {
    if expected.previous_output != found.previous_output {
        let (expected, found) = (expected.previous_output, found.previous_output);
        return Err(Difference::Input { index, expected, found });
    }
    if expected.sequence != found.sequence {
        return Err(Difference::Sequence { index, expected: expected.sequence, found: found.sequence });
    }
    if !found.script_sig.is_empty() || !found.witness.is_empty() {
        return Err(Difference::Signed { index });
    }
    Ok(())
}

/// The first difference between a proposed transaction and the expected one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Difference {
    /// The version.
    #[error("version {found} instead of {expected}")]
    Version {
        /// Expected.
        expected: Version,
        /// Proposed.
        found: Version,
    },
    /// The lock time.
    #[error("lock time {found} instead of {expected}")]
    LockTime {
        /// Expected.
        expected: LockTime,
        /// Proposed.
        found: LockTime,
    },
    /// More or fewer inputs.
    #[error("{found} inputs instead of {expected}")]
    InputCount {
        /// Expected.
        expected: usize,
        /// Proposed.
        found: usize,
    },
    /// Another coin.
    #[error("input {index} spends {found} instead of {expected}")]
    Input {
        /// Position.
        index: usize,
        /// Expected.
        expected: OutPoint,
        /// Proposed.
        found: OutPoint,
    },
    /// Another sequence number.
    #[error("input {index} has sequence {found} instead of {expected}")]
    Sequence {
        /// Position.
        index: usize,
        /// Expected.
        expected: Sequence,
        /// Proposed.
        found: Sequence,
    },
    /// Something where only signatures go.
    #[error("input {index} is signed already: propose the unsigned transaction")]
    Signed {
        /// Position.
        index: usize,
    },
    /// More or fewer outputs.
    #[error("{found} outputs instead of {expected}")]
    OutputCount {
        /// Expected.
        expected: usize,
        /// Proposed.
        found: usize,
    },
    /// Another payee or amount.
    #[error(
        "output {index} pays {} to {} instead of {} to {}",
        found.value, found.script_pubkey, expected.value, expected.script_pubkey
    )]
    Output {
        /// Position.
        index: usize,
        /// Expected.
        expected: TxOut,
        /// Proposed.
        found: TxOut,
    },
}

impl Difference {
    /// The name in logs and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Version { .. } => "version_changed",
            Self::LockTime { .. } => "lock_time_changed",
            Self::InputCount { .. } => "input_count_changed",
            Self::Input { .. } => "input_changed",
            Self::Sequence { .. } => "sequence_changed",
            Self::Signed { .. } => "already_signed",
            Self::OutputCount { .. } => "output_count_changed",
            Self::Output { .. } => "output_changed",
        }
    }
}
