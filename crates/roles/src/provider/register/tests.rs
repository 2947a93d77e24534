use ballast_types::SystemContract;

use super::*;
use crate::provider::tests::world::{CHAIN_ID, chain, key_word, owner, secret};

#[test]
fn the_chain_takes_the_registration_from_its_owner_only() {
    let chain = chain(&[100], 100);
    let call = registration(&secret(9), CHAIN_ID, owner(9), 500, &[1; 32]);
    chain.transact(owner(8), SystemContract::Staking, &call).unwrap_err();
    chain.transact(owner(9), SystemContract::Staking, &call).unwrap();
    let provider = key_word(9);
    let known = chain.view(SystemContract::Staking, &IStaking::providerOfCall { provider });
    assert_eq!((known.owner, known.commission, known.removed), (owner(9), 500, false));
}

#[test]
fn a_registration_speaks_for_one_key_on_one_chain() {
    let chain = chain(&[100], 100);
    let refused = |call: &Bytes, number| {
        let expected = IStaking::BadPossession { key: key_word(number) };
        let refused = chain.transact(owner(9), SystemContract::Staking, call);
        assert_eq!(refused, Err(ballast_system::CallError::revert(&expected)));
    };
    let own = registration(&secret(9), CHAIN_ID, owner(9), 500, &[1; 32]);
    let own = IStaking::registerProviderCall::abi_decode(&own).unwrap();
    let other = IStaking::registerProviderCall { provider: key_word(8), ..own };
    refused(&other.abi_encode().into(), 8);
    refused(&registration(&secret(9), CHAIN_ID + 1, owner(9), 500, &[1; 32]), 9);
}

#[test]
fn the_way_out_of_jail_is_refused_to_who_is_free() {
    let chain = chain(&[100], 100);
    let refused = chain.transact(owner(1), SystemContract::Finality, &unjailing(key_word(1)));
    let expected = IFinality::NotJailed { provider: key_word(1) };
    assert_eq!(refused, Err(ballast_system::CallError::revert(&expected)));
}
