//! From the interface to the rule.

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_bitcoin_light::{CoinbaseProof, InclusionError, InclusionProof, MerkleBranch};
use ballast_types::{
    DutyKind,
    interfaces::ILightClient::{self, *},
};
use bitcoin::{
    BlockHash, TxMerkleNode,
    consensus::serialize,
    hashes::{Hash, sha256, sha256d},
};

use super::{
    HEADER_SIZE, LightClientError, MAX_HEADERS, confirmations, hash_at, header_at, height_of, is_stale,
    median_time,
    store::{Best, word},
    submit, verify_inclusion,
};
use crate::{
    contract::{Access, Call, CallError, answer, decode_strict, selector},
    custody,
    duty::DutyFact,
    storage::{Storage, StorageError},
};

pub(crate) fn access(selector: [u8; 4]) -> Option<Access> {
    match selector {
        submitHeadersCall::SELECTOR => Some(Access::Duty(DutyKind::Headers)),
        other => ILightClientCalls::valid_selector(other).then_some(Access::View),
    }
}

/// A list of headers proves its last one: given the best chain, no other list that ends there is accepted.
pub(crate) fn duty_fact(input: &[u8]) -> Option<DutyFact> {
    let submitHeadersCall { headers } = decode_strict(input)?;
    let (chunks, rest) = headers.as_chunks::<HEADER_SIZE>();
    let last = rest.is_empty().then(|| chunks.last()).flatten()?;
    Some((word(sha256d::Hash::hash(last)), None))
}

pub(crate) fn call(storage: &mut dyn Storage, call: &Call<'_>) -> Result<Bytes, CallError> {
    let input = call.input;
    match selector(input) {
        submitHeadersCall::SELECTOR => answer(input, |submitHeadersCall { headers }| {
            let extension = submit(storage, &headers)?;
            custody::follow(storage, &extension)?;
            Ok::<_, LightClientError>(submitHeadersReturn {})
        }),
        tipCall::SELECTOR => answer(input, |tipCall {}| tip(storage)),
        headerCall::SELECTOR => answer(input, |headerCall { height }| {
            header_at(storage, height).map(|stored| serialize(&stored.header).into())
        }),
        hashAtCall::SELECTOR => answer(input, |hashAtCall { height }| hash_at(storage, height).map(word)),
        workAtCall::SELECTOR => answer(input, |workAtCall { height }| {
            header_at(storage, height).map(|stored| U256::from_be_bytes(stored.work.to_be_bytes()))
        }),
        heightOfCall::SELECTOR => answer(input, |heightOfCall { hash }| height_of(storage, block_hash(hash))),
        confirmationsCall::SELECTOR => {
            answer(input, |confirmationsCall { hash }| confirmations(storage, block_hash(hash)))
        }
        medianTimeCall::SELECTOR => answer(input, |medianTimeCall {}| median_time(storage)),
        isStaleCall::SELECTOR => answer(input, |isStaleCall {}| is_stale(storage)),
        verifyInclusionCall::SELECTOR => answer(input, |call| included(storage, call)),
        _ => answer(input, |parametersCall {}| parameters(storage)),
    }
}

fn tip(storage: &mut dyn Storage) -> Result<tipReturn, StorageError> {
    let tip = super::tip(storage)?;
    Ok(tipReturn {
        height: tip.height,
        hash: word(tip.hash()),
        work: U256::from_be_bytes(tip.work.to_be_bytes()),
        time: tip.header.time,
    })
}

fn parameters(storage: &mut dyn Storage) -> Result<parametersReturn, StorageError> {
    let mut best = Best(storage);
    Ok(parametersReturn {
        network: best.network()?.into(),
        baseHeight: best.base_height()?,
        confirmationDepth: best.confirmation_depth()?,
        staleAfter: best.stale_after()?,
        maxHeaders: MAX_HEADERS as u32,
    })
}

fn included(storage: &mut dyn Storage, call: verifyInclusionCall) -> Result<B256, LightClientError> {
    let verifyInclusionCall { transaction, blockHash, proof } = call;
    let proof = inclusion_proof(&proof)?;
    let (_, txid) = verify_inclusion(storage, &transaction, block_hash(blockHash), &proof)?;
    Ok(word(txid))
}

pub(crate) fn inclusion_proof(
    proof: &ILightClient::InclusionProof,
) -> Result<InclusionProof, InclusionError> {
    Ok(InclusionProof {
        branch: branch(proof.index, &proof.branch)?,
        coinbase: CoinbaseProof {
            sha256: sha256::Hash::from_byte_array(proof.coinbase.0),
            branch: branch(0, &proof.coinbaseBranch)?,
        },
    })
}

fn branch(index: u32, siblings: &[B256]) -> Result<MerkleBranch, InclusionError> {
    let siblings = siblings.iter().map(|sibling| TxMerkleNode::from_byte_array(sibling.0)).collect();
    Ok(MerkleBranch::new(index, siblings)?)
}

fn block_hash(word: B256) -> BlockHash {
    BlockHash::from_byte_array(word.0)
}
