use alloy_primitives::utils::format_ether;
use alloy_primitives::{address, uint};
use ballast_roles::fake::{FakeChain, custody::parameters};
use ballast_system::{Storage, pool, vault};

use super::*;
use crate::chain::tests::FakeAccount;

const ALICE: Address = address!("0x00000000000000000000000000000000000a11ce");
const BOB: Address = address!("0x0000000000000000000000000000000000000b0b");
/// One hundredth of a bitcoin, in wei.
const CENT: U256 = uint!(10_000_000_000_000_000_U256);

/// A chain on which Alice has staked a bitcoin and Bob has supplied one to the pool.
pub(crate) fn chain() -> FakeChain {
    let chain = FakeChain::new(ballast_roles::fake::bitcoin::genesis());
    chain.set_up_custody();
    chain.set_up(|storage| {
        vault::initialise(storage, &parameters()).unwrap();
        pool::initialise(storage, &parameters()).unwrap();
    });
    let bitcoin = CENT * U256::from(100);
    for account in [ALICE, BOB] {
        chain.state().storage.mint(account, bitcoin).unwrap();
    }
    let stake = IStkBtc::stakeCall { receiver: ALICE };
    chain.pay(ALICE, bitcoin, SystemContract::StkBtc, &stake);
    let supply = IPool::supplyCall { receiver: BOB };
    chain.pay(BOB, bitcoin, SystemContract::Pool, &supply);
    chain
}

fn alice(chain: &FakeChain) -> FakeAccount<'_> {
    FakeAccount { chain, address: ALICE }
}

fn line(lines: &Lines, name: &str) -> String {
    let (_, value) = lines.iter().find(|(key, _)| *key == name).unwrap();
    value.as_str().unwrap().to_owned()
}

fn advance(chain: &FakeChain) {
    chain.transact(BOB, SystemContract::StkBtc, &IStkBtc::advanceCall {}.abi_encode()).unwrap();
}

#[test]
fn who_waits_gets_wrapped_pbtc() {
    let chain = chain();
    let asked = request(&chain, &alice(&chain), Part::Some(CENT)).unwrap();
    assert_eq!((line(&asked, "ticket"), line(&asked, "most_pbtc")), ("1".to_owned(), format_ether(CENT)));
    let early = claim(&chain, &alice(&chain)).unwrap();
    assert_eq!(line(&early, "state"), "nothing to claim");
    advance(&chain);
    let claimed = claim(&chain, &alice(&chain)).unwrap();
    assert_eq!(
        (line(&claimed, "state"), line(&claimed, "wpbtc")),
        ("claimed".to_owned(), format_ether(CENT))
    );
    assert_eq!(line(&claim(&chain, &alice(&chain)).unwrap(), "state"), "nothing to claim");
}

#[test]
fn who_does_not_want_to_wait_sells() {
    let chain = chain();
    let sold = sell(&chain, &alice(&chain), Part::Some(CENT), None).unwrap();
    let least: Amount = line(&sold, "least_pbtc").parse().unwrap();
    assert!(least.0 < CENT && least.0 > CENT * U256::from(99) / U256::from(100));
    // the allowance that is left is not asked for again, a new sale asks for its own
    let all = sell(&chain, &alice(&chain), Part::Some(CENT), Some(Amount(CENT))).unwrap_err();
    assert!(all.to_string().contains("ask for less"), "{all}");
}

#[test]
fn a_ticket_is_given_up() {
    let chain = chain();
    let before = balance(&chain, ALICE).unwrap();
    request(&chain, &alice(&chain), Part::All).unwrap();
    assert_eq!(balance(&chain, ALICE).unwrap(), U256::ZERO);
    let cancelled = cancel(&chain, &alice(&chain), U256::ONE).unwrap();
    assert_eq!(line(&cancelled, "shares"), format_ether(before));
    let again = cancel(&chain, &alice(&chain), U256::ONE).unwrap_err().to_string();
    assert!(again.contains("does not wait"), "{again}");
}

#[test]
fn nobody_redeems_more_than_there_is() {
    let chain = chain();
    let bob = FakeAccount { chain: &chain, address: BOB };
    for shares in [Part::All, Part::Some(CENT)] {
        let refused = request(&chain, &bob, shares).unwrap_err().to_string();
        assert!(refused.contains("there is 0.0"), "{refused}");
    }
    let refused = request(&chain, &alice(&chain), Part::Some(U256::MAX)).unwrap_err().to_string();
    assert!(refused.contains("name at most that"), "{refused}");
}
