//! From the interface to the rule.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_schnorr::SigningKey;
use ballast_types::{DutyKind, interfaces::IFinality::*};

use super::{
    CommitmentError, FinalityError, commitment, evidence, finalized, jail, snapshot,
    store::{ACTIVATION, COMMITMENTS, CONDUCT, CONTRACT, HIGHEST, ROOT, RULES, SECRET, SPAN, TALLY, VOTERS},
    vote::{self, Vote},
};
use crate::{
    contract::{Access, Call, CallError, answer, decode_strict, selector},
    duty::DutyFact,
    storage::{Storage, StorageError},
};

pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
    match selector {
        voteCall::SELECTOR => Some(Access::Duty(DutyKind::Votes)),
        lateVoteCall::SELECTOR => Some(Access::Duty(DutyKind::LateVotes)),
        commitRandomnessCall::SELECTOR => Some(Access::Duty(DutyKind::Signatures)),
        proveDoubleSignCall::SELECTOR | proveTwoVotesCall::SELECTOR | revealKeyCall::SELECTOR => {
            Some(Access::Duty(DutyKind::Evidence))
        }
        unjailCall::SELECTOR => Some(Access::Write),
        other => IFinalityCalls::valid_selector(other).then_some(Access::View),
    }
}

/// A vote or a commitment is about a height, evidence about a provider.
pub(crate) fn duty_fact(input: &[u8]) -> Option<DutyFact> {
    match selector(input) {
        voteCall::SELECTOR => {
            decode_strict::<voteCall>(input).map(|call| (at_height(call.height), Some(call.provider)))
        }
        lateVoteCall::SELECTOR => {
            decode_strict::<lateVoteCall>(input).map(|call| (at_height(call.height), Some(call.provider)))
        }
        commitRandomnessCall::SELECTOR => decode_strict::<commitRandomnessCall>(input)
            .map(|call| (at_height(call.start), Some(call.provider))),
        proveDoubleSignCall::SELECTOR => {
            decode_strict::<proveDoubleSignCall>(input).map(|call| (call.votes.provider, None))
        }
        proveTwoVotesCall::SELECTOR => {
            decode_strict::<proveTwoVotesCall>(input).map(|call| (call.votes.provider, None))
        }
        _ => {
            let secret = SigningKey::from_bytes(&decode_strict::<revealKeyCall>(input)?.secret.0).ok()?;
            Some((secret.x_only().serialize().into(), None))
        }
    }
}

/// The vote in the input of a duty of this contract, if it is one.
pub(super) fn ballot(input: &[u8]) -> Option<Vote> {
    match selector(input) {
        voteCall::SELECTOR => decode_strict::<voteCall>(input).map(Into::into),
        lateVoteCall::SELECTOR => decode_strict::<lateVoteCall>(input).map(Into::into),
        _ => None,
    }
}

/// The contract and the height.
fn at_height(height: u64) -> B256 {
    let mut bytes = [0; 32];
    bytes[..20].copy_from_slice(CONTRACT.as_slice());
    bytes[24..].copy_from_slice(&height.to_be_bytes());
    bytes.into()
}

pub(crate) fn call(storage: &mut dyn Storage, call: &Call<'_>) -> Result<Bytes, CallError> {
    let input = call.input;
    match selector(input) {
        voteCall::SELECTOR => answer(input, |call: voteCall| {
            vote::vote(storage, &call.into(), false)?;
            Ok::<_, FinalityError>(voteReturn {})
        }),
        lateVoteCall::SELECTOR => answer(input, |call: lateVoteCall| {
            vote::vote(storage, &call.into(), true)?;
            Ok::<_, FinalityError>(lateVoteReturn {})
        }),
        commitRandomnessCall::SELECTOR => answer(input, |call: commitRandomnessCall| {
            let span = (call.start, call.count, call.root);
            commitment::commit(storage, call.provider, span, &call.signature)?;
            Ok::<_, FinalityError>(commitRandomnessReturn {})
        }),
        proveDoubleSignCall::SELECTOR => answer(input, |proveDoubleSignCall { votes }| {
            evidence::double_sign(storage, &votes)?;
            Ok::<_, FinalityError>(proveDoubleSignReturn {})
        }),
        proveTwoVotesCall::SELECTOR => answer(input, |proveTwoVotesCall { votes }| {
            evidence::two_votes(storage, &votes)?;
            Ok::<_, FinalityError>(proveTwoVotesReturn {})
        }),
        revealKeyCall::SELECTOR => answer(input, |revealKeyCall { secret }| {
            evidence::reveal(storage, secret)?;
            Ok::<_, FinalityError>(revealKeyReturn {})
        }),
        unjailCall::SELECTOR => answer(input, |unjailCall { provider }| {
            jail::unjail(storage, call.caller, provider)?;
            Ok::<_, FinalityError>(unjailReturn {})
        }),
        _ => view(storage, input),
    }
}

fn view(storage: &mut dyn Storage, input: &[u8]) -> Result<Bytes, CallError> {
    match selector(input) {
        finalizedCall::SELECTOR => answer(input, |finalizedCall {}| finalized(storage)),
        activationCall::SELECTOR => answer(input, |activationCall {}| {
            let height = ACTIVATION.load(storage)?;
            Ok::<_, StorageError>(activationReturn { active: height != 0, height })
        }),
        snapshotCall::SELECTOR => answer(input, |snapshotCall { height }| {
            let (members, total) = snapshot(storage, height)?;
            let (providers, powers) = members.into_iter().unzip();
            Ok::<_, StorageError>(snapshotReturn { providers, powers, total })
        }),
        votesCall::SELECTOR => answer(input, |votesCall { height }| {
            let power = TALLY.at(&height).load(storage)?.voted;
            Ok::<_, StorageError>(votesReturn { power, voters: VOTERS.at(&height).load(storage)? })
        }),
        highestVoteCall::SELECTOR => {
            answer(input, |highestVoteCall { provider }| HIGHEST.at(&provider).load(storage))
        }
        commitmentCountCall::SELECTOR => {
            answer(input, |commitmentCountCall { provider }| COMMITMENTS.at(&provider).load(storage))
        }
        commitmentOfCall::SELECTOR => answer(input, |call| commitment_of(storage, &call)),
        parametersCall::SELECTOR => answer(input, |parametersCall {}| parameters(storage)),
        secretOfCall::SELECTOR => {
            answer(input, |secretOfCall { provider }| SECRET.at(&provider).load(storage))
        }
        _ => answer(input, |jailedUntilCall { provider }| {
            Ok::<_, StorageError>(CONDUCT.at(&provider).load(storage)?.jailed_until)
        }),
    }
}

fn parameters(storage: &mut dyn Storage) -> Result<parametersReturn, StorageError> {
    let rules = RULES.load(storage)?;
    Ok(parametersReturn {
        graceBlocks: rules.grace_blocks,
        windowBlocks: rules.window_blocks,
        maxMissed: rules.max_missed,
        jailSeconds: rules.jail_s,
        minCommitBlocks: rules.min_commit_blocks,
        maxAheadBlocks: rules.max_ahead_blocks,
        lateBlocks: rules.late_blocks,
    })
}

fn commitment_of(
    storage: &mut dyn Storage,
    call: &commitmentOfCall,
) -> Result<commitmentOfReturn, FinalityError> {
    let commitmentOfCall { provider, index } = *call;
    if index >= COMMITMENTS.at(&provider).load(storage)? {
        return Err(CommitmentError::Unknown { index }.into());
    }
    let span = SPAN.at(&provider).at(&index).load(storage)?;
    let root = ROOT.at(&provider).at(&index).load(storage)?;
    let usable_from = span.usable_from as u32;
    Ok(commitmentOfReturn { start: span.start, count: span.count, root, usableFrom: usable_from })
}

impl From<voteCall> for Vote {
    fn from(call: voteCall) -> Self {
        Self {
            provider: call.provider,
            height: call.height,
            block_hash: call.blockHash,
            randomness: call.randomness,
            signature: call.signature,
            commitment: call.commitment,
            path: call.path,
        }
    }
}

impl From<lateVoteCall> for Vote {
    fn from(call: lateVoteCall) -> Self {
        Self {
            provider: call.provider,
            height: call.height,
            block_hash: call.blockHash,
            randomness: call.randomness,
            signature: call.signature,
            commitment: call.commitment,
            path: call.path,
        }
    }
}
