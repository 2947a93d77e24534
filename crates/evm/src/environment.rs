//! What a block is executed in, and the header rules that need no execution.
//!
//! A child's number, gas limit, base fee and `prevrandao` follow from its parent and the parameters; only its time is
//! chosen by the proposer, within parent < t ≤ parent + max_step. Waiting until one's own clock reaches t is the
//! validator's business, not a rule of blocks, since re-execution must not depend on a clock.
//!
//! - The base fee follows EIP-1559 and never falls below the floor.
//! - `beneficiary` is the rewards contract: every fee is the security budget, whoever proposes.
//! - `prevrandao` is keccak256(parent hash). It is the same for every validator and known to all of them as soon as the
//!   parent is: it is **not** secure randomness, and a proposer can influence it.

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header};
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_primitives::{Address, B256, keccak256};
use ballast_types::{
    Block, ConsensusContext, Extra, ExtraError, OperationRange, Receipt, SystemContract, Transaction,
    ValidatorKeys, parameters::ChainParameters,
};
use thiserror::Error;

use crate::block::Outcome;

/// The beneficiary of every block.
pub(crate) const BENEFICIARY: Address = SystemContract::Rewards.address();

/// What a block is executed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Height of the block.
    pub number: u64,
    /// Hash of the block before it.
    pub parent_hash: B256,
    /// Time of the block, in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Gas that ordinary transactions may use.
    pub gas_limit: u64,
    /// Base fee in wei per gas.
    pub base_fee: u64,
    /// keccak256 of the parent hash; not secure randomness.
    pub prevrandao: B256,
}

/// Why a header cannot follow its parent.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HeaderError {
    /// Not one above the parent.
    #[error("block number {found} must be {expected}, one above the parent")]
    Number {
        /// Parent's number plus one.
        expected: u64,
        /// Number found.
        found: u64,
    },
    /// Names another parent.
    #[error("parent hash {found} must be {expected}")]
    Parent {
        /// Hash of the parent.
        expected: B256,
        /// Hash found.
        found: B256,
    },
    /// Time outside (parent, parent + max_step], in milliseconds.
    #[error("block time {found} ms must be above {parent} ms and at most {latest} ms")]
    Time {
        /// Time of the parent.
        parent: u64,
        /// Latest time allowed.
        latest: u64,
        /// Time found.
        found: u64,
    },
    /// Not the gas limit of the parameters.
    #[error("gas limit {found} must be {expected}")]
    GasLimit {
        /// Gas limit of the parameters.
        expected: u64,
        /// Gas limit found.
        found: u64,
    },
    /// Not the base fee that follows from the parent.
    #[error("base fee {found:?} must be {expected} wei")]
    BaseFee {
        /// Base fee that follows, in wei.
        expected: u64,
        /// Base fee found, in wei.
        found: Option<u64>,
    },
    /// Fees would go elsewhere than to the rewards contract.
    #[error("beneficiary {found} must be the rewards contract {BENEFICIARY}")]
    Beneficiary {
        /// Beneficiary found.
        found: Address,
    },
    /// Not keccak256 of the parent hash.
    #[error("mixHash {found} must be {expected}, keccak256 of the parent hash")]
    Prevrandao {
        /// Value that follows.
        expected: B256,
        /// Value found.
        found: B256,
    },
    /// `extraData` is malformed.
    #[error(transparent)]
    Extra(#[from] ExtraError),
}

/// What only the proposer and its state store know of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seal {
    /// Round in which the block is proposed.
    pub context: ConsensusContext,
    /// Root of the state store after the block.
    pub state_root: B256,
    /// Operations behind `state_root`.
    pub operations: OperationRange,
    /// Committee of the next epoch, in the last block of an epoch only.
    pub next_committee: Vec<ValidatorKeys>,
}

impl Environment {
    /// Environment of the child of `parent` at `timestamp_ms`.
    pub fn child_of(
        parent: &Header,
        parent_hash: B256,
        timestamp_ms: u64,
        parameters: &ChainParameters,
    ) -> Self {
        Self {
            number: parent.number.saturating_add(1),
            parent_hash,
            timestamp_ms,
            gas_limit: parameters.gas_limit,
            base_fee: next_base_fee(parent, parameters.base_fee_floor_wei),
            prevrandao: keccak256(parent_hash),
        }
    }

    /// Environment in which the block with this header was executed.
    ///
    /// # Errors
    /// [`ExtraError`], which a block of the chain cannot cause.
    pub fn of(header: &Header) -> Result<Self, ExtraError> {
        Ok(Self {
            number: header.number,
            parent_hash: header.parent_hash,
            timestamp_ms: time_ms(header)?,
            gas_limit: header.gas_limit,
            base_fee: header.base_fee_per_gas.unwrap_or_default(),
            prevrandao: header.mix_hash,
        })
    }

    /// The block that these transactions and their outcome make.
    pub fn seal(&self, transactions: Vec<Transaction>, outcome: &Outcome, seal: Seal) -> Block {
        let extra = Extra {
            context: seal.context,
            timestamp_millis: (self.timestamp_ms % 1_000) as u16,
            operations: seal.operations,
            next_committee: seal.next_committee,
        };
        let header = Header {
            parent_hash: self.parent_hash,
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: BENEFICIARY,
            state_root: seal.state_root,
            transactions_root: Block::transactions_root(&transactions),
            receipts_root: Receipt::root(&outcome.receipts),
            logs_bloom: Receipt::block_bloom(&outcome.receipts),
            number: self.number,
            gas_limit: self.gas_limit,
            gas_used: outcome.gas_used,
            timestamp: self.timestamp_ms / 1_000,
            extra_data: extra.encoded(),
            mix_hash: self.prevrandao,
            base_fee_per_gas: Some(self.base_fee),
            ..Header::default()
        };
        Block { header, transactions }
    }
}

/// Checks that `header` can follow `parent`, whose hash is `parent_hash`, and returns the environment to execute it in.
/// What depends on execution (roots, gas used, bloom) is checked after it.
///
/// # Errors
/// [`HeaderError`] names the first rule that is broken.
pub fn check_header(
    parent: &Header,
    parent_hash: B256,
    header: &Header,
    parameters: &ChainParameters,
) -> Result<Environment, HeaderError> {
    let found = time_ms(header)?;
    let expected = Environment::child_of(parent, parent_hash, found, parameters);
    if header.number != expected.number {
        return Err(HeaderError::Number { expected: expected.number, found: header.number });
    }
    if header.parent_hash != parent_hash {
        return Err(HeaderError::Parent { expected: parent_hash, found: header.parent_hash });
    }
    let parent_time = time_ms(parent)?;
    let latest = parent_time.saturating_add(parameters.max_step_ms);
    if found <= parent_time || found > latest {
        return Err(HeaderError::Time { parent: parent_time, latest, found });
    }
    if header.gas_limit != expected.gas_limit {
        return Err(HeaderError::GasLimit { expected: expected.gas_limit, found: header.gas_limit });
    }
    if header.base_fee_per_gas != Some(expected.base_fee) {
        return Err(HeaderError::BaseFee { expected: expected.base_fee, found: header.base_fee_per_gas });
    }
    if header.beneficiary != BENEFICIARY {
        return Err(HeaderError::Beneficiary { found: header.beneficiary });
    }
    if header.mix_hash != expected.prevrandao {
        return Err(HeaderError::Prevrandao { expected: expected.prevrandao, found: header.mix_hash });
    }
    Ok(expected)
}

/// Base fee of the child of `parent`, in wei per gas: EIP-1559's, but not below `floor`.
pub fn next_base_fee(parent: &Header, floor: u64) -> u64 {
    let base_fee = parent.base_fee_per_gas.unwrap_or(floor);
    calc_next_block_base_fee(parent.gas_used, parent.gas_limit, base_fee, BaseFeeParams::ethereum())
        .max(floor)
}

/// Time of the block with this header, in milliseconds since the Unix epoch.
///
/// # Errors
/// [`ExtraError`], which a block of the chain cannot cause.
pub fn time_ms(header: &Header) -> Result<u64, ExtraError> {
    Ok(Extra::decode(&header.extra_data)?.time_ms(header.timestamp))
}

#[cfg(test)]
mod tests;
