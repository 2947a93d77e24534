//! What the staking contract is told of a stake: the stake file, and the staker's word for an account.

use alloy_primitives::{Address, Bytes};
use ballast_schnorr::message::{self, Role};
use ballast_schnorr::{SigningKey, bip340};
use ballast_types::interfaces::IStaking;
use bitcoin::consensus::serialize;
use bitcoin::secp256k1::schnorr::Signature;

use super::fresh_aux;
use crate::stake_file::JudgedStake;

#[cfg(test)]
mod tests;

/// The registration of a stake. Only the staker can make it: its key signs that the stake is `owner`'s.
pub(crate) fn registration(
    stake: &JudgedStake,
    staker: &SigningKey,
    owner: Address,
    chain_id: u64,
) -> IStaking::Registration {
    let file = &stake.file;
    IStaking::Registration {
        owner,
        staker: file.staker.serialize().into(),
        provider: file.provider.serialize().into(),
        stakingTime: u16::try_from(file.staking_time).expect("judged: a timelock has 16 bits"),
        value: file.staking_value.to_sat(),
        stakingTx: serialize(&file.staking_tx).into(),
        unbondingTx: serialize(&file.unbonding_tx).into(),
        slashingTx: serialize(&file.slashing_tx).into(),
        unbondingSlashingTx: serialize(&file.unbonding_slashing_tx).into(),
        slashingSignature: bytes(&file.slashing_signature),
        unbondingSlashingSignature: bytes(&file.unbonding_slashing_signature),
        possession: possession(staker, owner, chain_id),
    }
}

/// The staker's signature that the account speaks for its key.
fn possession(staker: &SigningKey, owner: Address, chain_id: u64) -> Bytes {
    let message = message::possession(chain_id, &owner, Role::Staker);
    bytes(&bip340::sign(staker, &bip340::digest(&message), &fresh_aux()))
}

fn bytes(signature: &Signature) -> Bytes {
    signature.serialize().to_vec().into()
}
