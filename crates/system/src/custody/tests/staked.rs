//! Action 1: bitcoin from anywhere becomes stkBTC in one step, and pBTC where the vault is closed.

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::{ICustody::*, IStkBtc};

use super::world::*;
use crate::{custody::store::CONTRACT, layout::Slot, vault};

const VALUE: u64 = 500_000;
/// What a deposit of [`VALUE`] brings.
const MINTED: u64 = VALUE - SWEEP_FEE;
/// Shares of the first deposit that stay locked, in sats' worth.
const LOCKED: u64 = 1_000;
const DEAD: Address = address!("000000000000000000000000000000000000dEaD");

/// Deposits to be staked, and waits.
fn deposit(world: &mut World, recipient: Address, value: u64, refund: B256) -> proveDepositCall {
    let deposit = world.deposit_with(recipient, 1, &[value], refund);
    let height = world.mine(&[deposit]);
    world.mine_empty(K);
    proveDepositCall { action: 1, refundKey: refund, ..world.deposit_call(height, 1, 0, recipient) }
}

fn close_the_vault(world: &mut World) {
    // its cap: slot 10
    Slot::<U256>::new(vault::CONTRACT, 10).clear(&mut world.storage).unwrap();
}

#[test]
fn a_deposit_is_staked_in_the_duty_that_proves_it() {
    let mut world = World::new();
    let call = deposit(&mut world, ALICE, VALUE, B256::ZERO);
    world.duty(&call).unwrap();
    assert_eq!((world.balance(ALICE), world.shares(ALICE)), (U256::ZERO, sats(MINTED - LOCKED)));
    assert_eq!(world.shares(DEAD), sats(LOCKED));
    let event = world.events::<Deposited>().pop().unwrap();
    assert_eq!((event.action, event.minted), (1, MINTED));
    let staked = Staked { coin: 1, recipient: ALICE, shares: sats(MINTED - LOCKED) };
    assert_eq!(world.events::<Staked>(), [staked]);
    let staked = world.storage.logs().iter().rev().find(|(contract, _)| *contract == vault::CONTRACT);
    let staked = IStkBtc::Deposit::decode_log_data(&staked.unwrap().1).unwrap();
    let (assets, shares) = (sats(MINTED), sats(MINTED - LOCKED));
    assert_eq!(staked, IStkBtc::Deposit { sender: CONTRACT, owner: ALICE, assets, shares });
    world.check();

    let call = deposit(&mut world, BOB, VALUE, B256::ZERO);
    world.duty(&call).unwrap();
    assert_eq!(world.shares(BOB), sats(MINTED));
    world.check();
}

/// The address is the library's, so that anybody can compute it offline.
#[test]
fn the_address_is_the_librarys() {
    let mut world = World::new();
    let deposit = world.deposit_with(ALICE, 1, &[VALUE], B256::ZERO);
    let library = ballast_custody::Deposit {
        chain_id: 840_099,
        recipient: ALICE.into_array(),
        action: ballast_custody::Action::MintAndStake,
        refund: None,
    };
    assert_eq!(deposit.output[0].script_pubkey, library.script_pubkey(signing_key(77).x_only()));
}

fn becomes_pbtc(world: &mut World, recipient: Address, value: u64) {
    let call = deposit(world, recipient, value, B256::ZERO);
    world.duty(&call).unwrap();
    assert_eq!(world.balance(recipient), sats(value - SWEEP_FEE));
    let event = world.events::<Deposited>().pop().unwrap();
    assert_eq!((event.action, event.minted), (1, value - SWEEP_FEE));
    assert_eq!(world.events::<Staked>(), []);
}

#[test]
fn a_deposit_becomes_pbtc_while_the_vault_is_closed() {
    let mut world = World::new();
    close_the_vault(&mut world);
    becomes_pbtc(&mut world, ALICE, VALUE);
    world.check();
}

#[test]
fn a_deposit_becomes_pbtc_where_shares_would_be_lost() {
    let mut world = World::new();
    becomes_pbtc(&mut world, Address::ZERO, VALUE);
    world.check();
    // whoever names the vault itself gives its pBTC to nobody, and breaks nothing
    let call = deposit(&mut world, vault::CONTRACT, VALUE, B256::ZERO);
    world.duty(&call).unwrap();
    assert_eq!(world.balance(vault::CONTRACT), sats(MINTED));
    assert_eq!(vault::total_assets(&mut world.storage), Ok(U256::ZERO));
}

#[test]
fn a_deposit_beyond_the_cap_becomes_pbtc() {
    let mut world = World::new();
    Slot::<U256>::new(vault::CONTRACT, 10).store(&mut world.storage, &sats(MINTED)).unwrap();
    becomes_pbtc(&mut world, BOB, VALUE + 1);
    let call = deposit(&mut world, ALICE, VALUE, B256::ZERO);
    world.duty(&call).unwrap();
    assert_eq!(world.shares(ALICE), sats(MINTED - LOCKED));
    world.check();
}

#[test]
fn a_refundable_deposit_is_staked_when_its_sweep_is_proven() {
    let mut world = World::new();
    let call = deposit(&mut world, ALICE, VALUE, x_only(4));
    world.duty(&call).unwrap();
    let event = world.events::<Deposited>().pop().unwrap();
    assert_eq!(event.minted, 0);
    assert_eq!(world.events::<Staked>(), []);
    let (_, sweep) = world.advance();
    world.confirm(&sweep);
    assert_eq!((world.balance(ALICE), world.shares(ALICE)), (U256::ZERO, sats(MINTED - LOCKED)));
    assert_eq!(world.events::<Swept>().pop().unwrap().minted, MINTED);
    let staked = Staked { coin: 1, recipient: ALICE, shares: sats(MINTED - LOCKED) };
    assert_eq!(world.events::<Staked>(), [staked]);
    world.check();
}

#[test]
fn a_swept_deposit_becomes_pbtc_while_the_vault_is_closed() {
    let mut world = World::new();
    let call = deposit(&mut world, ALICE, VALUE, x_only(4));
    world.duty(&call).unwrap();
    close_the_vault(&mut world);
    let (_, sweep) = world.advance();
    world.confirm(&sweep);
    assert_eq!((world.balance(ALICE), world.shares(ALICE)), (sats(MINTED), U256::ZERO));
    assert_eq!(world.events::<Staked>(), []);
    world.check();
}
