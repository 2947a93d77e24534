//! The vault on the chain itself, metered: a full step of its queue has to fit into the budget, or nobody would leave.

use alloy_primitives::{Address, B256, TxKind, U256, keccak256};
use alloy_sol_types::SolCall;
use ballast_types::{
    SystemContract,
    interfaces::{IStkBtc::*, IToken},
};

use super::{super::*, ledger};
use crate::{
    machine::Machine,
    testing::{Chain, PBTC, alice, bob, headers_duty, mine, regtest},
};

const VAULT: Address = SystemContract::StkBtc.address();
const WPBTC: Address = SystemContract::WpBtc.address();
/// Tickets of one step.
const TICKETS: u8 = 16;

fn advance() -> Duty {
    Duty { chain_id: 840_099, to: VAULT, input: advanceCall {}.abi_encode().into() }
}

/// Alice has staked, and as many controllers as one step completes wait, Bob first.
fn waiting() -> Chain {
    let mut chain = Chain::new();
    // deposits are closed while the light client is stale
    chain.include_duties(vec![headers_duty(&mine(&regtest(), 20, 0))]);
    let stake = stakeCall { receiver: alice().address }.abi_encode();
    let nonce = chain.nonce(alice().address);
    let outcome = chain.include(vec![alice().send(nonce, TxKind::Call(VAULT), 10 * PBTC, stake)]);
    assert!(outcome.receipts[0].success);
    let request = |number: u8| {
        let controller = if number == 0 { bob().address } else { Address::repeat_byte(number) };
        let shares = U256::from(PBTC / 100 + u128::from(number));
        let call = requestRedeemCall { shares, controller, owner: alice().address };
        alice().call(nonce + 1 + u64::from(number), VAULT, call.abi_encode())
    };
    let outcome = chain.include((0..TICKETS).map(request).collect());
    assert!(outcome.receipts.iter().all(|receipt| receipt.success));
    chain
}

fn view<C: SolCall>(chain: &Chain, call: &C) -> C::Return {
    let output = chain.call(VAULT, call.abi_encode()).unwrap().output;
    C::abi_decode_returns_validate(&output).unwrap()
}

#[test]
fn a_full_step_of_the_queue_fits_its_budget() {
    let chain = waiting();
    let environment = chain.next();
    let mut ledger = ledger(&chain);
    let mut machine = Machine::new(&chain.state, &environment, 840_099);
    ledger.run(&mut machine, &advance()).unwrap().unwrap();
    let gas = ledger.budgets.signatures - ledger.left.signatures;
    // 1.4 million when this was written; custody's own steps share the budget
    assert!(gas < ledger.budgets.signatures / 2, "{gas}");
}

#[test]
fn shares_become_wpbtc_again() {
    let mut chain = waiting();
    chain.include_duties(vec![advance()]);
    assert_eq!(view(&chain, &queueCall {}).shares, U256::ZERO);
    let claim = U256::from(PBTC / 100);
    assert_eq!(view(&chain, &maxRedeemCall { controller: bob().address }), claim);
    let redeem = redeemCall { shares: claim, receiver: bob().address, controller: bob().address };
    let nonce = chain.nonce(bob().address);
    let outcome = chain.include(vec![bob().call(nonce, VAULT, redeem.abi_encode())]);
    assert!(outcome.receipts[0].success);
    // WETH9's own word for Bob's balance, and the pBTC behind it
    let word = keccak256([bob().address.into_word(), B256::with_last_byte(3)].concat());
    assert_eq!(chain.state.storage[&(WPBTC, word.into())], claim);
    assert_eq!(chain.state.balance(WPBTC), claim);
    // what is left in the vault is what its shares and the other claims are worth
    let others: U256 = (1..TICKETS)
        .map(|number| view(&chain, &maxWithdrawCall { controller: Address::repeat_byte(number) }))
        .sum();
    assert_eq!(chain.state.balance(VAULT), view(&chain, &totalAssetsCall {}) + others);
    assert_eq!(view(&chain, &IToken::totalSupplyCall {}), view(&chain, &totalAssetsCall {}));
}
