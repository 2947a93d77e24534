//! From the interface to the rule.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_bitcoin_light::InclusionProof;
use ballast_types::{
    DutyKind,
    interfaces::{
        ILightClient,
        IStaking::{self, *},
    },
};
use bitcoin::{BlockHash, Transaction, consensus::deserialize, hashes::Hash};

use super::{
    anchor::{self, AnchorError},
    approve::{self, Approval, ApproveError},
    parameters,
    provider::{self, ProviderError},
    rank,
    register::{self, RegisterError},
    settle,
    spend::{self, SpendError},
    status::Status,
    store::{
        ANCHOR, APPROVALS, Exit, PROVIDERS, RECORD, SPEND, STAKED_ON, STAKER, Slashings, VERSIONS, word,
    },
};
use crate::{
    contract::{Access, Call, CallError, answer, decode_strict, selector},
    duty::DutyFact,
    light_client::{self, LightClientError},
    storage::{Storage, StorageError},
};

pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
    match selector {
        registerProviderCall::SELECTOR | rankCall::SELECTOR | registerStakeCall::SELECTOR => {
            Some(Access::Write)
        }
        registerAnchoredStakeCall::SELECTOR | proveStakeCall::SELECTOR | proveSpendCall::SELECTOR => {
            Some(Access::Duty(DutyKind::Proofs))
        }
        approveCall::SELECTOR | unbondCall::SELECTOR => Some(Access::Duty(DutyKind::Signatures)),
        other => IStakingCalls::valid_selector(other).then_some(Access::View),
    }
}

/// A proof is about a transaction, a signature about a stake.
pub(crate) fn duty_fact(input: &[u8]) -> Option<DutyFact> {
    match selector(input) {
        registerAnchoredStakeCall::SELECTOR => {
            let call = decode_strict::<registerAnchoredStakeCall>(input)?;
            txid(&call.registration.stakingTx).map(|txid| (txid, None))
        }
        proveStakeCall::SELECTOR => decode_strict::<proveStakeCall>(input).map(|call| (call.stake, None)),
        proveSpendCall::SELECTOR => {
            txid(&decode_strict::<proveSpendCall>(input)?.transaction).map(|txid| (txid, None))
        }
        approveCall::SELECTOR => {
            decode_strict::<approveCall>(input).map(|call| (call.stake, Some(call.member)))
        }
        _ => decode_strict::<unbondCall>(input).map(|call| (call.stake, None)),
    }
}

fn txid(bytes: &[u8]) -> Option<B256> {
    deserialize::<Transaction>(bytes).ok().map(|transaction| word(transaction.compute_txid()))
}

pub(crate) fn call(storage: &mut dyn Storage, call: &Call<'_>) -> Result<Bytes, CallError> {
    let input = call.input;
    match selector(input) {
        registerProviderCall::SELECTOR => answer(input, |arguments: registerProviderCall| {
            let registerProviderCall { provider, possession, commission } = arguments;
            provider::register(storage, call.caller, provider, &possession, commission)?;
            Ok::<_, ProviderError>(registerProviderReturn {})
        }),
        rankCall::SELECTOR => answer(input, |rankCall { provider }| {
            rank::rank(storage, provider)?;
            Ok::<_, ProviderError>(rankReturn {})
        }),
        registerStakeCall::SELECTOR => answer(input, |registerStakeCall { registration }| {
            register::register(storage, &registration)?;
            Ok::<_, RegisterError>(registerStakeReturn {})
        }),
        registerAnchoredStakeCall::SELECTOR => answer(input, |call| register_anchored(storage, call)),
        approveCall::SELECTOR => answer(input, |call| approve(storage, call)),
        proveStakeCall::SELECTOR => answer(input, |call| prove_stake(storage, call)),
        unbondCall::SELECTOR => answer(input, |unbondCall { stake, signature }| {
            approve::unbond(storage, stake, &signature)?;
            Ok::<_, ApproveError>(unbondReturn {})
        }),
        proveSpendCall::SELECTOR => answer(input, |call| prove_spend(storage, call)),
        _ => view(storage, input),
    }
}

fn view(storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
    match selector(input) {
        statusCall::SELECTOR => answer(input, |statusCall { stake }| {
            Ok::<_, StorageError>(settle::status(storage, stake)?.map_or(IStaking::Status::None, Into::into))
        }),
        stakeOfCall::SELECTOR => answer(input, |stakeOfCall { stake }| stake_of(storage, stake)),
        transactionsOfCall::SELECTOR => {
            answer(input, |transactionsOfCall { stake }| transactions_of(storage, stake))
        }
        providerOfCall::SELECTOR => {
            answer(input, |providerOfCall { provider }| provider_of(storage, provider))
        }
        providerCountCall::SELECTOR => answer(input, |providerCountCall {}| PROVIDERS.len(storage)),
        providerAtCall::SELECTOR => answer(input, |providerAtCall { index }| {
            let key = PROVIDERS.get(storage, index)?;
            key.ok_or(ProviderError::Unknown { key: B256::ZERO })
        }),
        rankedCall::SELECTOR => answer(input, |rankedCall {}| rank::ranked(storage)),
        covenantOfCall::SELECTOR => answer(input, |covenantOfCall { version }| covenant_of(storage, version)),
        _ => answer(input, |parametersOfCall { version }| parameters_of(storage, version)),
    }
}

fn register_anchored(
    storage: &mut dyn Storage,
    call: registerAnchoredStakeCall,
) -> Result<registerAnchoredStakeReturn, RegisterError> {
    let proof = proof(call.proof).map_err(AnchorError::from)?;
    register::register_anchored(storage, &call.registration, block_hash(call.blockHash), &proof)?;
    Ok(registerAnchoredStakeReturn {})
}

fn approve(storage: &mut dyn Storage, call: approveCall) -> Result<approveReturn, ApproveError> {
    let approval = Approval {
        unbonding: &call.unbonding,
        slashing: &call.slashing,
        unbonding_slashing: &call.unbondingSlashing,
    };
    approve::approve(storage, call.stake, call.member, approval)?;
    Ok(approveReturn {})
}

fn prove_stake(storage: &mut dyn Storage, call: proveStakeCall) -> Result<proveStakeReturn, AnchorError> {
    let proof = proof(call.proof)?;
    anchor::prove(storage, call.stake, &call.transaction, block_hash(call.blockHash), &proof)?;
    Ok(proveStakeReturn {})
}

fn prove_spend(storage: &mut dyn Storage, call: proveSpendCall) -> Result<proveSpendReturn, SpendError> {
    let (proof, block) = (proof(call.proof)?, block_hash(call.blockHash));
    spend::prove(storage, call.stake, &call.transaction, &call.prevouts, block, &proof)?;
    Ok(proveSpendReturn {})
}

fn stake_of(storage: &mut dyn Storage, stake: B256) -> Result<stakeOfReturn, AnchorError> {
    let record = RECORD.at(&stake).load(storage)?.ok_or(AnchorError::UnknownStake { stake })?;
    Ok(stakeOfReturn {
        staker: STAKER.at(&stake).load(storage)?,
        provider: STAKED_ON.at(&stake).load(storage)?,
        value: record.value,
        stakingTime: record.staking_time,
        version: record.version,
        outputIndex: record.output_index,
        approvals: APPROVALS.at(&stake).load(storage)?,
        anchor: ANCHOR.at(&stake).load(storage)?,
        spend: SPEND.at(&stake).load(storage)?,
        exit: record.exit.into(),
        counts: record.counts,
    })
}

fn transactions_of(storage: &mut dyn Storage, stake: B256) -> Result<transactionsOfReturn, AnchorError> {
    let record = RECORD.at(&stake).load(storage)?.ok_or(AnchorError::UnknownStake { stake })?;
    storage.charge(approve::REBUILD_GAS)?;
    let (built, params) = settle::rebuild(storage, &stake, &record)?;
    let unbonding = approve::unbonding(&built, &params);
    let [slashing, unbonding_slashing] = Slashings::load(storage, &stake)?.txids;
    Ok(transactionsOfReturn {
        unbonding: word(unbonding.outpoint().txid),
        slashing,
        unbondingSlashing: unbonding_slashing,
    })
}

fn provider_of(storage: &mut dyn Storage, key: B256) -> Result<providerOfReturn, ProviderError> {
    let provider = provider::provider(storage, key)?.ok_or(ProviderError::Unknown { key })?;
    let power = provider::power(storage, key)?;
    let provider::Provider { owner, commission, removed } = provider;
    Ok(providerOfReturn { owner, commission, power, removed })
}

fn covenant_of(storage: &mut dyn Storage, version: u32) -> Result<covenantOfReturn, RegisterError> {
    let Parameters { covenant: members, quorum, .. } = parameters_of(storage, version)?;
    Ok(covenantOfReturn { members, quorum })
}

fn parameters_of(storage: &mut dyn Storage, version: u32) -> Result<Parameters, RegisterError> {
    if version >= VERSIONS.load(storage)? {
        return Err(RegisterError::NoParameters { height: 0 });
    }
    let params = parameters::version(storage, version)?;
    let (committee, slashing) = (params.committee(), params.slashing());
    Ok(Parameters {
        activationHeight: params.activation_height(),
        minValue: params.min_staking_value().to_sat(),
        maxValue: params.max_staking_value().to_sat(),
        minTime: params.min_staking_time().blocks(),
        maxTime: params.max_staking_time().blocks(),
        unbondingTime: params.unbonding_time().blocks(),
        unbondingFee: params.unbonding_fee().to_sat(),
        minSlashingFee: slashing.min_fee.to_sat(),
        slashingRate: slashing.rate.ten_thousandths(),
        slashingScript: slashing.script.to_bytes().into(),
        covenant: committee.keys().iter().map(|key| key.serialize().into()).collect(),
        quorum: committee.quorum() as u32,
    })
}

fn proof(proof: IStaking::InclusionProof) -> Result<InclusionProof, LightClientError> {
    let IStaking::InclusionProof { index, branch, coinbase, coinbaseBranch } = proof;
    let proof = ILightClient::InclusionProof { index, branch, coinbase, coinbaseBranch };
    Ok(light_client::dispatch::inclusion_proof(&proof)?)
}

fn block_hash(word: B256) -> BlockHash {
    BlockHash::from_byte_array(word.0)
}

impl From<Status> for IStaking::Status {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Verified => Self::Verified,
            Status::Active => Self::Active,
            Status::Unbonding => Self::Unbonding,
            Status::Unbonded => Self::Unbonded,
            Status::Expired => Self::Expired,
            Status::Slashed => Self::Slashed,
        }
    }
}

impl From<Exit> for IStaking::Exit {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::None => Self::None,
            Exit::Requested => Self::Requested,
            Exit::Unbonding => Self::Unbonding,
            Exit::Slashing => Self::Slashing,
            Exit::Other => Self::Other,
        }
    }
}
