//! Who takes part in a devnet, with keys that everybody knows, as of the accounts.

use alloy_primitives::{Address, B256};
use anyhow::{Result, ensure};
use ballast_regtest::keypair;
use ballast_roles::provider::genesis_commitment;
use ballast_schnorr::SigningKey;
use ballast_types::Parameters;
use ballast_types::genesis::GenesisProvider;

use super::accounts;

/// Heights that a provider's first commitment covers; it renews at half of them.
const FIRST_COMMITMENT: u64 = 20_000;
/// What a provider keeps, in basis points.
const COMMISSION_BP: u16 = 500;

/// A group of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Covenant,
    Custodian,
    /// Whoever can take the treasury back when custody is lost.
    Recovery,
    Provider,
    /// Who stakes on a provider.
    Staker,
}

/// The key of member `number` of a group, from 1: SHA-256 of `ballast devnet GROUP NUMBER`.
pub(crate) fn key(group: Group, number: u16) -> SigningKey {
    let group = match group {
        Group::Covenant => "covenant",
        Group::Custodian => "custodian",
        Group::Recovery => "recovery",
        Group::Provider => "provider",
        Group::Staker => "staker",
    };
    SigningKey::new(keypair(&format!("ballast devnet {group} {number}")).secret_key())
}

/// The public keys of the first members of a group.
fn publics(group: Group, count: u16) -> Vec<B256> {
    (1..=count).map(|number| key(group, number).x_only().serialize().into()).collect()
}

/// Puts the committees' keys into the parameters.
pub(super) fn name(parameters: &mut Parameters) {
    parameters.staking.covenant_keys = publics(Group::Covenant, parameters.staking.covenant.members);
    let custody = &mut parameters.custody;
    custody.identities = publics(Group::Custodian, custody.custodians.members);
    custody.recovery_keys = publics(Group::Recovery, custody.recovery_quorum);
}

/// The providers of the genesis; provider i belongs to account i.
pub(super) fn providers(count: u16, chain_id: u64) -> Result<Vec<GenesisProvider>> {
    let owners: Vec<Address> = accounts::all().into_iter().map(|account| account.address).collect();
    ensure!(usize::from(count) <= owners.len(), "a devnet has at most {} providers", owners.len());
    let provider = |(number, owner): (u16, Address)| {
        let key = key(Group::Provider, number);
        let commitment = genesis_commitment(&key, chain_id, 1, FIRST_COMMITMENT)?;
        Ok(GenesisProvider {
            key: key.x_only().serialize().into(),
            owner,
            commission_bp: COMMISSION_BP,
            start: commitment.start(),
            count: commitment.count(),
            root: (*commitment.root()).into(),
        })
    };
    (1..=count).zip(owners).map(provider).collect()
}
