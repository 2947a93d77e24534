//! The versions of the staking parameters, in storage, and which one holds at a Bitcoin height.
//!
//! A version is a list of words: its bytes, cut into words, the last one padded with zeros. The bytes are, all
//! numbers big-endian: activation height 4, quorum 4, number of keys 4, least and largest value 8 each, least
//! and largest staking time 4 each, unbonding time 4, unbonding fee 8, least slashing fee 8, slashing rate in
//! ten-thousandths 2, length of the slashing script 2, the script, the keys in ascending order, 32 each.

use alloy_primitives::U256;
use ballast_bitcoin_staking::{Params, ParamsError, UncheckedParams};
use ballast_types::parameters::StakingParameters;
use bitcoin::XOnlyPublicKey;

use super::store::{CONTRACT, PARAMETERS, VERSIONS};
use crate::storage::{Storage, StorageError};

/// The first version of a network's parameters, with its covenant's keys.
///
/// # Errors
/// [`ParamsError`] names the rule that the numbers or the keys break.
pub fn first_version(parameters: &StakingParameters) -> Result<Params, ParamsError> {
    // a key that is none is missing in the number of keys
    let keys = parameters.covenant_keys.iter();
    let covenant: Vec<_> = keys.filter_map(|key| XOnlyPublicKey::from_slice(key.as_slice()).ok()).collect();
    Params::try_from(UncheckedParams {
        version: 0,
        btc_activation_height: 0,
        covenant_size: Some(parameters.covenant.members.into()),
        covenant_pks: covenant,
        covenant_quorum: parameters.covenant.quorum.into(),
        min_staking_value_sat: parameters.min_stake_sat,
        max_staking_value_sat: bitcoin::Amount::MAX_MONEY.to_sat(),
        min_staking_time_blocks: parameters.min_staking_blocks.into(),
        max_staking_time_blocks: parameters.max_staking_blocks.into(),
        slashing_pk_script_hex: alloy_primitives::hex::encode(&parameters.slashing_script),
        min_slashing_tx_fee_sat: parameters.min_slashing_fee_sat,
        slashing_rate: rate(parameters.slashing_rate_bp),
        unbonding_time_blocks: parameters.unbonding_blocks.into(),
        unbonding_fee_sat: parameters.unbonding_fee_sat,
    })
}

/// Writes the versions; [`ballast_bitcoin_staking::ParamsSet`] checked that they follow one another.
pub(super) fn write(storage: &mut dyn Storage, versions: &[Params]) -> Result<(), StorageError> {
    for params in versions {
        let list = PARAMETERS.at(&params.version());
        for chunk in encode(params).chunks(32) {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            list.push(storage, &U256::from_be_bytes(word))?;
        }
    }
    VERSIONS.store(storage, &(versions.len() as u32))
}

/// The parameters of a version.
pub(super) fn version(storage: &mut dyn Storage, version: u32) -> Result<Params, StorageError> {
    let list = PARAMETERS.at(&version);
    let mut bytes = Vec::new();
    for index in 0..list.len(storage)? {
        bytes.extend(list.get(storage, index)?.unwrap_or_default().to_be_bytes::<32>());
    }
    let corrupt = || {
        let word = bytes.first_chunk().map_or(U256::ZERO, |first| U256::from_be_bytes::<32>(*first));
        StorageError::Corrupt { contract: CONTRACT, slot: U256::ONE, word }
    };
    decode(version, &bytes).and_then(|raw| Params::try_from(raw).ok()).ok_or_else(corrupt)
}

/// The parameters that hold at a Bitcoin height, `None` below the first version.
pub(super) fn at(storage: &mut dyn Storage, height: u32) -> Result<Option<Params>, StorageError> {
    for number in (0..VERSIONS.load(storage)?).rev() {
        let first = PARAMETERS.at(&number).get(storage, 0)?.unwrap_or_default();
        if u32::from_be_bytes(first_four(first)) <= height {
            return version(storage, number).map(Some);
        }
    }
    Ok(None)
}

fn first_four(word: U256) -> [u8; 4] {
    let [a, b, c, d, ..] = word.to_be_bytes::<32>();
    [a, b, c, d]
}

fn rate(ten_thousandths: u16) -> String {
    format!("0.{ten_thousandths:04}")
}

fn encode(params: &Params) -> Vec<u8> {
    let (committee, slashing) = (params.committee(), params.slashing());
    let mut bytes = Vec::new();
    let mut put = |part: &[u8]| bytes.extend_from_slice(part);
    put(&params.activation_height().to_be_bytes());
    put(&(committee.quorum() as u32).to_be_bytes());
    put(&(committee.keys().len() as u32).to_be_bytes());
    put(&params.min_staking_value().to_sat().to_be_bytes());
    put(&params.max_staking_value().to_sat().to_be_bytes());
    put(&params.min_staking_time().blocks().to_be_bytes());
    put(&params.max_staking_time().blocks().to_be_bytes());
    put(&params.unbonding_time().blocks().to_be_bytes());
    put(&params.unbonding_fee().to_sat().to_be_bytes());
    put(&slashing.min_fee.to_sat().to_be_bytes());
    put(&slashing.rate.ten_thousandths().to_be_bytes());
    put(&(slashing.script.len() as u16).to_be_bytes());
    put(slashing.script.as_bytes());
    committee.keys().iter().for_each(|key| put(&key.serialize()));
    bytes
}

fn decode(version: u32, mut bytes: &[u8]) -> Option<UncheckedParams> {
    let bytes = &mut bytes;
    let activation_height = u32::from_be_bytes(*take(bytes)?);
    let quorum = u32::from_be_bytes(*take(bytes)?);
    let members = u32::from_be_bytes(*take(bytes)?);
    let [min_value, max_value] = [u64::from_be_bytes(*take(bytes)?), u64::from_be_bytes(*take(bytes)?)];
    let [min_time, max_time] = [u32::from_be_bytes(*take(bytes)?), u32::from_be_bytes(*take(bytes)?)];
    let unbonding_time = u32::from_be_bytes(*take(bytes)?);
    let unbonding_fee = u64::from_be_bytes(*take(bytes)?);
    let min_slashing_fee = u64::from_be_bytes(*take(bytes)?);
    let slashing_rate = u16::from_be_bytes(*take(bytes)?);
    let length = usize::from(u16::from_be_bytes(*take(bytes)?));
    let script = bytes.split_off(..length)?;
    let key = |_| XOnlyPublicKey::from_slice(take::<32>(bytes)?).ok();
    let covenant_pks = (0..members).map(key).collect::<Option<_>>()?;
    Some(UncheckedParams {
        version,
        btc_activation_height: activation_height,
        covenant_size: None,
        covenant_pks,
        covenant_quorum: quorum as usize,
        min_staking_value_sat: min_value,
        max_staking_value_sat: max_value,
        min_staking_time_blocks: min_time,
        max_staking_time_blocks: max_time,
        slashing_pk_script_hex: alloy_primitives::hex::encode(script),
        min_slashing_tx_fee_sat: min_slashing_fee,
        slashing_rate: rate(slashing_rate),
        unbonding_time_blocks: unbonding_time,
        unbonding_fee_sat: unbonding_fee,
    })
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}
