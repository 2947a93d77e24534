use alloy_primitives::Address;
use ballast_roles::fake::FakeChain;
use ballast_roles::fake::stakes::{COVENANT, PROVIDERS, chain, key_word, owner, secret};

use super::*;
use crate::chain::tests::FakeAccount;

/// A key that no provider has.
const NEW: u8 = 9;

/// `ballast provider-register` by an account, with a key.
fn said(chain: &FakeChain, account: Address, key: u8, commission: u16) -> Result<&'static str> {
    register(chain, &FakeAccount { chain, address: account }, &secret(key), commission)
}

fn refusal(chain: &FakeChain, account: Address, key: u8, commission: u16) -> String {
    let before = chain.state().storage.snapshot();
    let refused = said(chain, account, key, commission).unwrap_err().to_string();
    assert!(chain.state().storage.snapshot() == before, "{refused}");
    refused
}

#[test]
fn a_key_becomes_the_account_s_provider_once() {
    let chain = chain();
    assert_eq!(said(&chain, owner(NEW), NEW, 500).unwrap(), "registered");
    let call = IStaking::providerOfCall { provider: key_word(NEW) };
    let known = chain.view(SystemContract::Staking, &call);
    assert_eq!((known.owner, known.commission, known.removed), (owner(NEW), 500, false));
    let before = chain.state().storage.snapshot();
    assert_eq!(said(&chain, owner(NEW), NEW, 500).unwrap(), "registered before");
    assert!(chain.state().storage.snapshot() == before);
}

#[test]
fn the_commission_of_a_provider_stays() {
    let chain = chain();
    said(&chain, owner(NEW), NEW, 500).unwrap();
    let refused = refusal(&chain, owner(NEW), NEW, 400);
    assert!(refused.contains("a commission of 500 basis points: it stays so"), "{refused}");
}

#[test]
fn a_key_of_another_s_is_refused() {
    let chain = chain();
    let refused = refusal(&chain, owner(NEW), PROVIDERS[0], 0);
    assert!(refused.contains(&format!("registered already, by {}", owner(PROVIDERS[0]))), "{refused}");
}

#[test]
fn an_account_that_has_a_provider_gets_no_second_one() {
    let chain = chain();
    let refused = refusal(&chain, owner(PROVIDERS[0]), NEW, 0);
    assert!(refused.contains("OwnerTaken"), "{refused}");
}

#[test]
fn a_key_of_the_covenant_s_is_refused() {
    let chain = chain();
    let refused = refusal(&chain, owner(NEW), COVENANT[0], 0);
    assert!(refused.contains("CovenantKey"), "{refused}");
}
