use alloy_primitives::{Address, TxKind, b256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, sol};

use super::*;
use crate::{
    CallError, CallRequest,
    testing::{Chain, PBTC, Wallet, alice, bob},
};

sol! {
    function name() external view returns (string);
    function symbol() external view returns (string);
    function decimals() external view returns (uint8);
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
    function deposit() external payable;
    function withdraw(uint256 wad) external;
    function approve(address spender, uint256 wad) external returns (bool);
    function transfer(address to, uint256 wad) external returns (bool);
    function transferFrom(address from, address to, uint256 wad) external returns (bool);

    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);
}

const WPBTC: Address = SystemContract::WpBtc.address();

fn read<C: SolCall>(chain: &Chain, call: C) -> C::Return {
    C::abi_decode_returns(&chain.call(WPBTC, call.abi_encode()).unwrap().output).unwrap()
}

fn balance(chain: &Chain, account: Address) -> u128 {
    read(chain, balanceOfCall { account }).to()
}

/// Sends a call with a value in a block of its own and returns the fee.
fn send(chain: &mut Chain, from: &Wallet, value: u128, call: impl SolCall) -> u128 {
    let before = chain.state.balance(SystemContract::Rewards.address());
    let transaction = from.send(chain.nonce(from.address), TxKind::Call(WPBTC), value, call.abi_encode());
    assert!(chain.include(vec![transaction]).receipts[0].success);
    let fee = chain.state.balance(SystemContract::Rewards.address()) - before;
    fee.to()
}

fn refused(chain: &Chain, from: &Wallet, call: impl SolCall) -> bool {
    let request = CallRequest {
        from: from.address,
        to: TxKind::Call(WPBTC),
        input: call.abi_encode().into(),
        ..CallRequest::default()
    };
    matches!(chain.simulate(&request), Err(CallError::Reverted(_)))
}

#[test]
fn block_1_has_wrapped_pbtc_under_its_own_name() {
    let chain = Chain::new();
    let account = chain.state.accounts[&WPBTC];
    assert_eq!((account.nonce, account.balance), (1, U256::ZERO));
    assert_eq!(account.code_hash, keccak256(code()));
    assert_eq!(read(&chain, nameCall {}), "Wrapped pBTC");
    assert_eq!(read(&chain, symbolCall {}), "wpBTC");
    assert_eq!(read(&chain, decimalsCall {}), 18);
    assert_eq!(read(&chain, totalSupplyCall {}), U256::ZERO);
    let slots = chain.state.storage.keys().filter(|(contract, _)| *contract == WPBTC).count();
    assert_eq!(slots, 3, "no balances and no allowances");
}

#[test]
fn the_code_is_the_one_that_was_pinned() {
    let code = code();
    assert_eq!(code.len(), 3_288);
    let pinned = b256!("b603564c85581d9f3165facdbd3edebd05417b132ec760ce26eba226ca210458");
    assert_eq!(keccak256(code), pinned);
}

#[test]
fn pbtc_is_wrapped_transferred_and_unwrapped_one_for_one() {
    let mut chain = Chain::new();
    let (alice, bob) = (alice(), bob());
    let supply = chain.state.total_balance();
    let fee = send(&mut chain, &alice, 3 * PBTC, depositCall {});
    let deposit = Deposit { dst: alice.address, wad: U256::from(3 * PBTC) };
    assert_eq!(chain.outcome.receipts[0].logs[0].data, deposit.encode_log_data());
    assert_eq!(balance(&chain, alice.address), 3 * PBTC);
    assert_eq!(chain.state.balance(alice.address), U256::from(997 * PBTC - fee));
    assert_eq!(read(&chain, totalSupplyCall {}), chain.state.balance(WPBTC));

    send(&mut chain, &alice, 0, transferCall { to: bob.address, wad: U256::from(PBTC) });
    assert_eq!([&alice, &bob].map(|who| balance(&chain, who.address)), [2 * PBTC, PBTC]);

    let fee = send(&mut chain, &bob, 0, withdrawCall { wad: U256::from(PBTC) });
    let withdrawal = Withdrawal { src: bob.address, wad: U256::from(PBTC) };
    assert_eq!(chain.outcome.receipts[0].logs[0].data, withdrawal.encode_log_data());
    assert_eq!(balance(&chain, bob.address), 0);
    assert_eq!(chain.state.balance(bob.address), U256::from(1_001 * PBTC - fee));
    assert_eq!(chain.state.balance(WPBTC), U256::from(2 * PBTC));
    assert_eq!(chain.state.total_balance(), supply, "wrapping makes no pBTC and loses none");
}

#[test]
fn a_plain_payment_wraps() {
    let mut chain = Chain::new();
    let payment = alice().send(0, TxKind::Call(WPBTC), 5, vec![]);
    assert!(chain.include(vec![payment]).receipts[0].success);
    assert_eq!(balance(&chain, alice().address), 5);
}

#[test]
fn an_allowance_is_spent_once() {
    let mut chain = Chain::new();
    let (alice, bob) = (alice(), bob());
    send(&mut chain, &alice, 10, depositCall {});
    send(&mut chain, &alice, 0, approveCall { spender: bob.address, wad: U256::from(4) });
    let spend = |wad| transferFromCall { from: alice.address, to: bob.address, wad: U256::from(wad) };
    assert!(refused(&chain, &bob, spend(5)));
    send(&mut chain, &bob, 0, spend(4));
    assert_eq!([&alice, &bob].map(|who| balance(&chain, who.address)), [6, 4]);
    let left = allowanceCall { owner: alice.address, spender: bob.address };
    assert_eq!(read(&chain, left), U256::ZERO);
    assert!(refused(&chain, &bob, spend(1)));
}

#[test]
fn nobody_takes_out_more_than_is_theirs() {
    let mut chain = Chain::new();
    send(&mut chain, &alice(), 10, depositCall {});
    assert!(refused(&chain, &alice(), withdrawCall { wad: U256::from(11) }));
    assert!(refused(&chain, &bob(), withdrawCall { wad: U256::from(1) }));
    assert!(refused(&chain, &bob(), transferCall { to: bob().address, wad: U256::from(1) }));
}
