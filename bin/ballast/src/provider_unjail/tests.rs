use alloy_primitives::{Address, Bytes};
use ballast_roles::chain::send_duty;
use ballast_roles::fake::FakeChain;
use ballast_roles::fake::stakes::{PROVIDERS, ballot, chain, key_word, owner, secret};

use super::*;
use crate::chain::tests::FakeAccount;

/// Votes, and has power enough to make every block final alone.
const VOTER: u8 = PROVIDERS[0];
/// Does not vote.
const SILENT: u8 = PROVIDERS[1];

/// A chain on which [`SILENT`] is in jail, and until when.
fn jailed() -> (FakeChain, u64) {
    let chain = chain();
    chain.set_power(key_word(VOTER), 300);
    chain.set_power(key_word(SILENT), 100);
    chain.block();
    for _ in 0..200 {
        let height = chain.block_number().unwrap();
        // nobody has power in the snapshot of the first block
        let vote = ballot(VOTER, height, FakeChain::hash(height));
        let _ = send_duty(&chain, SystemContract::Finality, &vote);
        chain.block();
        let until = jailed_until(&chain, key_word(SILENT)).unwrap();
        if until != 0 {
            return (chain, until);
        }
    }
    panic!("nobody was jailed")
}

fn account(chain: &FakeChain, number: u8) -> FakeAccount<'_> {
    FakeAccount { chain, address: owner(number) }
}

/// `ballast provider-unjail` by an account, at the time of the block in the making.
fn said(chain: &FakeChain, account: &impl Account, provider: u8) -> Result<&'static str> {
    let now = chain.state().storage.block.timestamp;
    unjail(chain, account, secret(provider).x_only(), now)
}

fn refusal(chain: &FakeChain, by: u8, provider: u8) -> String {
    let before = chain.state().storage.snapshot();
    let refused = said(chain, &account(chain, by), provider).unwrap_err().to_string();
    assert!(chain.state().storage.snapshot() == before, "{refused}");
    refused
}

#[test]
fn a_provider_is_released_when_its_term_is_over() {
    let (chain, until) = jailed();
    let silent = account(&chain, SILENT);
    chain.state().storage.block.timestamp = until - 7;
    let refused = refusal(&chain, SILENT, SILENT);
    assert!(refused.contains(&until.to_string()) && refused.contains("7 seconds after"), "{refused}");
    chain.state().storage.block.timestamp = until;
    assert_eq!(said(&chain, &silent, SILENT).unwrap(), "released");
    assert_eq!(jailed_until(&chain, key_word(SILENT)).unwrap(), 0);
    let before = chain.state().storage.snapshot();
    assert_eq!(said(&chain, &silent, SILENT).unwrap(), "not in jail");
    assert!(chain.state().storage.snapshot() == before);
}

#[test]
fn who_was_never_jailed_is_told_so() {
    let chain = chain();
    assert_eq!(said(&chain, &account(&chain, VOTER), VOTER).unwrap(), "not in jail");
}

#[test]
fn the_clock_of_the_chain_decides() {
    let (chain, until) = jailed();
    chain.state().storage.block.timestamp = until - 1;
    let early = unjail(&chain, &account(&chain, SILENT), secret(SILENT).x_only(), until).unwrap_err();
    assert!(early.to_string().contains("StillJailed"), "{early}");
    assert_eq!(jailed_until(&chain, key_word(SILENT)).unwrap(), until);
}

#[test]
fn another_account_releases_nobody() {
    let (chain, until) = jailed();
    chain.state().storage.block.timestamp = until;
    let refused = refusal(&chain, VOTER, SILENT);
    assert!(refused.contains(&format!("the provider is {}'s", owner(SILENT))), "{refused}");
}

#[test]
fn a_stranger_is_sent_to_the_registration() {
    let refused = refusal(&chain(), 9, 9);
    assert!(refused.contains("provider-register"), "{refused}");
}

#[test]
fn a_provider_whose_key_is_public_stays_away() {
    let (chain, until) = jailed();
    let secret = secret(SILENT).secret_bytes();
    let leaked = IFinality::revealKeyCall { secret: B256::from_slice(&secret[..]) };
    send_duty(&chain, SystemContract::Finality, &leaked).unwrap();
    chain.block();
    chain.state().storage.block.timestamp = until;
    let refused = refusal(&chain, SILENT, SILENT);
    assert!(refused.contains("removed for ever"), "{refused}");
}

/// An account whose earlier transaction is mined just before this one.
struct Hasty<'a>(FakeAccount<'a>);

impl Account for Hasty<'_> {
    fn address(&self) -> Address {
        self.0.address()
    }

    fn submit(&self, contract: SystemContract, input: Bytes) -> Result<()> {
        self.0.submit(contract, input.clone())?;
        self.0.submit(contract, input)
    }
}

#[test]
fn a_release_that_was_on_its_way_already_is_no_failure() {
    let (chain, until) = jailed();
    chain.state().storage.block.timestamp = until;
    assert_eq!(said(&chain, &Hasty(account(&chain, SILENT)), SILENT).unwrap(), "not in jail");
}
