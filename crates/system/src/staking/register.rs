//! Registering a stake: everything that its slashing will need, judged before it may ever count.
//!
//! Before the staking transaction is on Bitcoin a registration costs nothing but a signature, hence it is an
//! ordinary transaction. With a proof of inclusion it is a duty: it costs a staking transaction's bitcoin. The
//! parameters are those of the height of inclusion, or of the tip when there is none yet; then the transaction
//! must not be older than that tip. A staking transaction is registered once, by its id.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolEvent;
use ballast_bitcoin_light::InclusionProof;
use ballast_bitcoin_staking::{Delegation, DelegationError, Facts, Params, Slashed, delegation};
use ballast_schnorr::message::Role;
use ballast_types::interfaces::IStaking;
use bitcoin::{
    Amount, BlockHash, Transaction, XOnlyPublicKey,
    consensus::{deserialize, serialize},
    secp256k1::schnorr::Signature,
};
use thiserror::Error;

use super::{
    anchor::{self, AnchorError},
    parameters,
    provider::{ProviderError, check_open, check_possession, parse_key},
    store::{CONTRACT, Exit, OWNER, RECORD, Record, STAKED_ON, STAKER, Slashings, word},
};
use crate::{
    contract::CallError,
    light_client,
    storage::{Storage, StorageError},
};

/// Gas for judging a delegation: four scripts' trees and two signatures.
pub const DELEGATION_GAS: u64 = 40_000;

/// Gas for each 32 bytes of the transactions that are parsed and hashed.
const WORD_GAS: u64 = 48;

/// Whose a stake is, on whom, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// The account that the staker chose.
    pub owner: Address,
    /// The provider's key.
    pub provider: B256,
    /// The staked value, in sats.
    pub value: u64,
}

/// A stake as it was registered, `None` when there is none.
///
/// # Errors
/// The port refused.
pub fn registered(storage: &mut dyn Storage, stake: B256) -> Result<Option<Registered>, StorageError> {
    let Some(Record { value, .. }) = RECORD.at(&stake).load(storage)? else { return Ok(None) };
    let provider = STAKED_ON.at(&stake).load(storage)?;
    Ok(Some(Registered { owner: OWNER.at(&stake).load(storage)?, provider, value }))
}

/// Registers a stake whose transaction is not proven yet.
///
/// # Errors
/// [`RegisterError`] with the first rule that is broken.
pub fn register(
    storage: &mut dyn Storage,
    registration: &IStaking::Registration,
) -> Result<B256, RegisterError> {
    let tip = light_client::tip_height(storage)?;
    let params = params_at(storage, tip)?;
    let delegation = judge(storage, registration, &params)?;
    write(storage, registration, &delegation, tip)
}

/// Registers a stake and proves its transaction.
///
/// # Errors
/// [`RegisterError`] with the first rule that is broken.
pub fn register_anchored(
    storage: &mut dyn Storage,
    registration: &IStaking::Registration,
    block: BlockHash,
    proof: &InclusionProof,
) -> Result<B256, RegisterError> {
    let height = light_client::height_of(storage, block).map_err(AnchorError::from)?;
    let params = params_at(storage, height)?;
    let delegation = judge(storage, registration, &params)?;
    let stake = write(storage, registration, &delegation, params.activation_height())?;
    anchor::prove(storage, stake, &registration.stakingTx, block, proof)?;
    Ok(stake)
}

fn params_at(storage: &mut dyn Storage, height: u32) -> Result<Params, RegisterError> {
    parameters::at(storage, height)?.ok_or(RegisterError::NoParameters { height })
}

fn judge(
    storage: &mut dyn Storage,
    registration: &IStaking::Registration,
    params: &Params,
) -> Result<Delegation, RegisterError> {
    let bytes = [
        &registration.stakingTx,
        &registration.unbondingTx,
        &registration.slashingTx,
        &registration.unbondingSlashingTx,
    ];
    let words: usize = bytes.iter().map(|bytes| bytes.len().div_ceil(32)).sum();
    storage.charge(DELEGATION_GAS + WORD_GAS * words as u64)?;
    check_open(storage, registration.provider)?;
    let (staker, provider) = (parse_key(registration.staker)?, parse_key(registration.provider)?);
    let facts = parse(registration, staker, provider, params)?;
    let delegation = delegation::judge(&facts, params)?;
    check_possession(storage, &staker, registration.owner, Role::Staker, &registration.possession)?;
    Ok(delegation)
}

fn parse(
    registration: &IStaking::Registration,
    staker: XOnlyPublicKey,
    provider: XOnlyPublicKey,
    params: &Params,
) -> Result<Facts, RegisterError> {
    let unbonding_tx = transaction(&registration.unbondingTx)?;
    let unbonding_value = unbonding_tx.output.first().map_or(Amount::ZERO, |output| output.value);
    Ok(Facts {
        staker,
        providers: vec![provider],
        staking_time: registration.stakingTime.into(),
        unbonding_time: params.unbonding_time().blocks(),
        staking_value: Amount::from_sat(registration.value),
        unbonding_value,
        staking_tx: transaction(&registration.stakingTx)?,
        unbonding_tx,
        slashing_tx: transaction(&registration.slashingTx)?,
        unbonding_slashing_tx: transaction(&registration.unbondingSlashingTx)?,
        slashing_signature: signature(&registration.slashingSignature)?,
        unbonding_slashing_signature: signature(&registration.unbondingSlashingSignature)?,
    })
}

/// A transaction in its one encoding without witness.
fn transaction(bytes: &[u8]) -> Result<Transaction, RegisterError> {
    let transaction: Transaction = deserialize(bytes).map_err(|_| RegisterError::MalformedTransaction)?;
    let bare = transaction.input.iter().all(|input| input.witness.is_empty());
    if bare && serialize(&transaction) == bytes {
        Ok(transaction)
    } else {
        Err(RegisterError::MalformedTransaction)
    }
}

fn signature(bytes: &[u8]) -> Result<Signature, RegisterError> {
    Signature::from_slice(bytes).map_err(|_| RegisterError::MalformedSignature)
}

fn write(
    storage: &mut dyn Storage,
    registration: &IStaking::Registration,
    delegation: &Delegation,
    floor: u32,
) -> Result<B256, RegisterError> {
    let stake = delegation.staking().stake();
    let outpoint = stake.outpoint();
    let id = word(outpoint.txid);
    if RECORD.at(&id).load(storage)?.is_some() {
        return Err(RegisterError::Known { stake: id });
    }
    let record = Record {
        value: stake.value().to_sat(),
        version: delegation.params_version(),
        output_index: outpoint.vout,
        floor,
        staking_time: registration.stakingTime,
        exit: Exit::None,
        counts: false,
    };
    RECORD.at(&id).store(storage, &Some(record))?;
    STAKER.at(&id).store(storage, &registration.staker)?;
    STAKED_ON.at(&id).store(storage, &registration.provider)?;
    OWNER.at(&id).store(storage, &registration.owner)?;
    let slashings = [Slashed::Stake, Slashed::Unbonding].map(|slashed| delegation.slashing(slashed));
    Slashings {
        sighashes: slashings.map(|slashing| word(slashing.sighash())),
        txids: slashings.map(|slashing| word(slashing.transaction().compute_txid())),
    }
    .store(storage, &id)?;
    let event = IStaking::StakeRegistered {
        stake: id,
        provider: registration.provider,
        staker: registration.staker,
        version: record.version,
        registration: registration.clone(),
    };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(id)
}

/// Why a stake is not registered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegisterError {
    /// Registered before.
    #[error("stake {stake} is registered already: prove or approve it")]
    Known {
        /// The stake.
        stake: B256,
    },
    /// Not a transaction.
    #[error("a transaction is not in consensus encoding without witness: strip it")]
    MalformedTransaction,
    /// Not a signature.
    #[error("a signature is not 64 bytes: send it in BIP-340 encoding")]
    MalformedSignature,
    /// Below the first version.
    #[error("no parameters hold at Bitcoin height {height}: stake later")]
    NoParameters {
        /// The height.
        height: u32,
    },
    /// The delegation.
    #[error(transparent)]
    Delegation(#[from] DelegationError),
    /// The provider, or the staker's proof of possession.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The proof of inclusion.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<RegisterError> for CallError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Known { stake } => Self::revert(&IStaking::StakeKnown { stake }),
            RegisterError::MalformedTransaction => Self::revert(&IStaking::MalformedTransaction {}),
            RegisterError::MalformedSignature => Self::revert(&IStaking::MalformedSignature {}),
            RegisterError::NoParameters { height } => Self::revert(&IStaking::NoParameters { height }),
            RegisterError::Delegation(error) => {
                Self::revert(&IStaking::BadDelegation { cause: cause(&error) })
            }
            RegisterError::Provider(error) => error.into(),
            RegisterError::Anchor(error) => error.into(),
            RegisterError::Storage(error) => error.into(),
        }
    }
}

fn cause(error: &DelegationError) -> IStaking::Cause {
    match error {
        DelegationError::ProviderCount { .. } => IStaking::Cause::ProviderCount,
        DelegationError::Slashing { .. } => IStaking::Cause::Slashing,
        DelegationError::StakerSignature { .. } => IStaking::Cause::StakerSignature,
        DelegationError::Staking(_) => IStaking::Cause::Staking,
        DelegationError::StakingTime { .. } => IStaking::Cause::StakingTime,
        DelegationError::StakingValue { .. } => IStaking::Cause::StakingValue,
        DelegationError::Terms(_) => IStaking::Cause::Terms,
        DelegationError::Unbonding(_) => IStaking::Cause::Unbonding,
        DelegationError::UnbondingTime { .. } => IStaking::Cause::UnbondingTime,
        DelegationError::UnbondingValue { .. } => IStaking::Cause::UnbondingValue,
    }
}
