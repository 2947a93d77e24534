//! What a provider's account sends itself, since it costs gas: registration, and the way out of jail.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use ballast_schnorr::{
    SigningKey, bip340,
    message::{self, Role},
};
use ballast_types::interfaces::{IFinality, IStaking};

/// The call of the staking contract by which `owner` becomes the provider of `key`. `commission` is in basis
/// points; `aux` is 32 random bytes.
#[must_use]
pub fn registration(
    key: &SigningKey,
    chain_id: u64,
    owner: Address,
    commission: u16,
    aux: &[u8; 32],
) -> Bytes {
    let message = message::possession(chain_id, &owner, Role::Provider);
    let possession = bip340::sign(key, &bip340::digest(&message), aux).serialize().to_vec().into();
    let provider = key.x_only().serialize().into();
    IStaking::registerProviderCall { provider, possession, commission }.abi_encode().into()
}

/// The call of the finality contract by which a provider's account ends its term in jail.
#[must_use]
pub fn unjailing(provider: B256) -> Bytes {
    IFinality::unjailCall { provider }.abi_encode().into()
}

#[cfg(test)]
mod tests;
