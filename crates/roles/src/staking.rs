//! The staking contract, read through [`Chain`]: what its log says of stakes, and stakes built again from it.
//!
//! A stake's transactions and signatures are in the contract's log and nowhere else on chain. Here they are parsed
//! and judged again by the library, so that nobody who signs, slashes or proves has to trust the contract.

use std::ops::RangeInclusive;

use alloy_primitives::{B256, Bytes, hex};
use alloy_sol_types::{SolError, SolEvent, SolInterface};
use ballast_bitcoin_light::InclusionProof;
use ballast_bitcoin_staking::{
    Approval, Delegation, DelegationError, Facts, Params, ParamsError, UncheckedParams, delegation,
};
use ballast_schnorr::AdaptorSignature;
use ballast_types::{
    SystemContract,
    interfaces::IStaking::{self, IStakingErrors},
};
use bitcoin::{
    Amount, Transaction, Txid, XOnlyPublicKey, consensus::deserialize, hashes::Hash,
    secp256k1::schnorr::Signature,
};
use thiserror::Error;

use crate::{
    chain::{self, At, Chain, ChainError, waits_already},
    light_client::siblings,
};

pub mod book;
pub mod watch;

pub use book::{Book, Known};
pub use watch::{Look, Report, Seen, Watch};

/// The most blocks whose logs are read at once.
pub const MAX_BLOCKS: u64 = 1_000;

/// What the contract's log says in some blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// Stakes that were registered, each with the height of its block.
    pub registered: Vec<(u64, IStaking::StakeRegistered)>,
    /// Approvals.
    pub approved: Vec<IStaking::Approved>,
    /// Stakes proven to be on Bitcoin.
    pub anchored: Vec<IStaking::Anchored>,
    /// Stakers who leave.
    pub leaving: Vec<IStaking::UnbondRequested>,
    /// Outputs proven to be spent.
    pub spent: Vec<IStaking::Spent>,
    /// The parameters of the stakes registered.
    pub params: Vec<Params>,
}

/// Reads what the log says in `blocks`.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn news(chain: &impl Chain, blocks: RangeInclusive<u64>) -> Result<News, ChainError> {
    fn plain<E>(events: Vec<(u64, E)>) -> Vec<E> {
        events.into_iter().map(|(_, event)| event).collect()
    }
    let registered = registrations(chain, blocks.clone())?;
    let mut versions: Vec<u32> = registered.iter().map(|(_, event)| event.version).collect();
    versions.sort_unstable();
    versions.dedup();
    Ok(News {
        registered,
        approved: plain(events(chain, blocks.clone())?),
        anchored: plain(events(chain, blocks.clone())?),
        leaving: plain(events(chain, blocks.clone())?),
        spent: plain(events(chain, blocks)?),
        params: versions.into_iter().map(|version| params(chain, version)).collect::<Result<_, _>>()?,
    })
}

/// The stakes registered in `blocks`, each with the height of its block.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn registrations(
    chain: &impl Chain,
    blocks: RangeInclusive<u64>,
) -> Result<Vec<(u64, IStaking::StakeRegistered)>, ChainError> {
    events(chain, blocks)
}

/// Reads events of however many blocks: half of them at a time where a node says that there is too much.
fn events<E: SolEvent>(chain: &impl Chain, blocks: RangeInclusive<u64>) -> Result<Vec<(u64, E)>, ChainError> {
    let (first, last) = blocks.clone().into_inner();
    match chain::events(chain, blocks, SystemContract::Staking) {
        Err(ChainError::Refused { .. } | ChainError::Exchange { .. }) if first < last => {
            let middle = first + (last - first) / 2;
            let mut found = events(chain, first..=middle)?;
            found.extend(events(chain, middle + 1..=last)?);
            Ok(found)
        }
        answer => answer,
    }
}

/// Reads a version of the parameters.
///
/// # Errors
/// [`ChainError`] of the node; [`ChainError::Malformed`] when they break a rule.
pub fn params(chain: &impl Chain, version: u32) -> Result<Params, ChainError> {
    let call = IStaking::parametersOfCall { version };
    let found = chain::read(chain, At::Latest, SystemContract::Staking, &call)?;
    parse_params(version, found)
        .map_err(|error| ChainError::Malformed { method: "eth_call", reason: error.to_string() })
}

fn parse_params(version: u32, found: IStaking::Parameters) -> Result<Params, ParamsError> {
    // a key that is none is missing in the number of keys
    let covenant = found.covenant.iter().filter_map(|key| XOnlyPublicKey::from_slice(key.as_slice()).ok());
    Params::try_from(UncheckedParams {
        version,
        btc_activation_height: found.activationHeight,
        covenant_size: Some(found.covenant.len()),
        covenant_pks: covenant.collect(),
        covenant_quorum: found.quorum as usize,
        min_staking_value_sat: found.minValue,
        max_staking_value_sat: found.maxValue,
        min_staking_time_blocks: found.minTime,
        max_staking_time_blocks: found.maxTime,
        slashing_pk_script_hex: hex::encode(&found.slashingScript),
        min_slashing_tx_fee_sat: found.minSlashingFee,
        slashing_rate: format!("0.{:04}", found.slashingRate),
        unbonding_time_blocks: found.unbondingTime,
        unbonding_fee_sat: found.unbondingFee,
    })
}

/// What state has of a stake.
pub type StakeState = IStaking::stakeOfReturn;

/// Reads what state has of a stake; `None` when there is no such stake.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn state(chain: &impl Chain, stake: B256) -> Result<Option<StakeState>, ChainError> {
    match chain::read(chain, At::Latest, SystemContract::Staking, &IStaking::stakeOfCall { stake }) {
        Ok(state) => Ok(Some(state)),
        Err(ChainError::Refused { data, .. }) if is::<IStaking::UnknownStake>(&data) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether revert data is this error.
fn is<E: SolError>(data: &[u8]) -> bool {
    data.starts_with(&E::SELECTOR)
}

/// Why the contract or the mempool does not take a duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The contract has it already.
    Known,
    /// The same waits for a block, from us or from another.
    Waiting,
    /// It may be taken later.
    Later(String),
    /// It will never be taken.
    Never(String),
}

impl Refusal {
    /// Reads a refusal by the contract's own error where there is one.
    #[must_use]
    pub fn read(message: &str, data: &[u8]) -> Self {
        use IStakingErrors as Error;
        match IStakingErrors::abi_decode_validate(data) {
            Ok(Error::AlreadyApproved(_) | Error::AnchorStands(_) | Error::SpendKnown(_)) => Self::Known,
            Ok(error @ (Error::BitcoinStale(_) | Error::TooShallow(_) | Error::UnknownStake(_))) => {
                Self::Later(format!("{error:?}"))
            }
            Ok(error) => Self::Never(format!("{error:?}")),
            Err(_) if waits_already(message) => Self::Waiting,
            Err(_) if data.is_empty() => Self::Later(message.to_owned()),
            // the light client's own errors: it does not have the block yet
            Err(_) => Self::Later(format!("{message} ({})", hex::encode_prefixed(data))),
        }
    }
}

/// What a staker declared and signed, under `params`; nothing is judged yet.
///
/// # Errors
/// [`StakeError`] when something does not parse.
pub fn facts(registration: &IStaking::Registration, params: &Params) -> Result<Facts, StakeError> {
    let unbonding_tx = transaction(&registration.unbondingTx)?;
    Ok(Facts {
        staker: key(registration.staker)?,
        providers: vec![key(registration.provider)?],
        staking_time: registration.stakingTime.into(),
        unbonding_time: params.unbonding_time().blocks(),
        staking_value: Amount::from_sat(registration.value),
        unbonding_value: unbonding_tx.output.first().map_or(Amount::ZERO, |output| output.value),
        staking_tx: transaction(&registration.stakingTx)?,
        unbonding_tx,
        slashing_tx: transaction(&registration.slashingTx)?,
        unbonding_slashing_tx: transaction(&registration.unbondingSlashingTx)?,
        slashing_signature: signature(&registration.slashingSignature)?,
        unbonding_slashing_signature: signature(&registration.unbondingSlashingSignature)?,
    })
}

/// The delegation that was registered, judged again.
///
/// # Errors
/// [`StakeError`] when something does not parse, breaks a rule, or belongs to another stake.
pub fn delegation(registered: &IStaking::StakeRegistered, params: &Params) -> Result<Delegation, StakeError> {
    let facts = facts(&registered.registration, params)?;
    let delegation = delegation::judge(&facts, params)?;
    let (expected, found) = (txid(registered.stake), delegation.staking().stake().outpoint().txid);
    if expected == found { Ok(delegation) } else { Err(StakeError::Other { expected, found }) }
}

/// A member's key and approval.
///
/// # Errors
/// [`StakeError`] when something does not parse.
pub fn approval(event: &IStaking::Approved) -> Result<(XOnlyPublicKey, Approval), StakeError> {
    let locked = |bytes: &Bytes| AdaptorSignature::from_slice(bytes).map_err(|_| StakeError::Signature);
    let approval = Approval {
        unbonding: signature(&event.unbonding)?,
        slashing: locked(&event.slashing)?,
        unbonding_slashing: locked(&event.unbondingSlashing)?,
    };
    Ok((key(event.member)?, approval))
}

/// A proof of inclusion as the contract takes it.
#[must_use]
pub fn inclusion(proof: &InclusionProof) -> IStaking::InclusionProof {
    IStaking::InclusionProof {
        index: proof.branch.index(),
        branch: siblings(&proof.branch),
        coinbase: word(proof.coinbase.sha256),
        coinbaseBranch: siblings(&proof.coinbase.branch),
    }
}

/// A txid as Bitcoin knows it.
#[must_use]
pub fn txid(word: B256) -> Txid {
    Txid::from_byte_array(word.0)
}

/// A hash as a word, in the byte order in which it is hashed.
pub(crate) fn word<H: Hash<Bytes = [u8; 32]>>(hash: H) -> B256 {
    hash.to_byte_array().into()
}

pub(crate) fn transaction(bytes: &[u8]) -> Result<Transaction, StakeError> {
    deserialize(bytes).map_err(|_| StakeError::Transaction)
}

pub(crate) fn signature(bytes: &[u8]) -> Result<Signature, StakeError> {
    Signature::from_slice(bytes).map_err(|_| StakeError::Signature)
}

fn key(word: B256) -> Result<XOnlyPublicKey, StakeError> {
    XOnlyPublicKey::from_slice(word.as_slice()).map_err(|_| StakeError::Key { key: word })
}

/// Why a log makes no stake. The contract emits none such; who forges or garbles one is not followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StakeError {
    /// Not a transaction.
    #[error("a transaction is not in consensus encoding")]
    Transaction,
    /// Not a signature.
    #[error("a signature is not in its encoding")]
    Signature,
    /// Not a key.
    #[error("{key} is no x coordinate of a point")]
    Key {
        /// The bytes.
        key: B256,
    },
    /// Parameters that nobody here knows.
    #[error("it was made under version {version} of the parameters, which is unknown here: update the node")]
    Version {
        /// The version.
        version: u32,
    },
    /// The delegation breaks a rule.
    #[error(transparent)]
    Delegation(#[from] DelegationError),
    /// The transactions are those of another stake.
    #[error("the log names stake {expected} and has the transactions of {found}")]
    Other {
        /// The stake named.
        expected: Txid,
        /// The staking transaction found.
        found: Txid,
    },
}
