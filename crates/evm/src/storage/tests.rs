//! Prices are compared with those of the EIPs, which bytecode pays.

use alloy_primitives::{B256, address, bytes};
use revm::{
    Context,
    context::{BlockEnv as EvmBlock, CfgEnv, TxEnv},
    database::EmptyDB,
};

use super::*;
use crate::machine::SPEC;

const CONTRACT: Address = address!("ba11a57000000000000000000000000000000001");
const SLOT: U256 = U256::from_limbs([7, 0, 0, 0]);

type Ctx = Context<EvmBlock, TxEnv, CfgEnv, EmptyDB>;

fn ctx() -> Ctx {
    Context::new(EmptyDB::default(), SPEC)
}

fn word(value: u64) -> U256 {
    U256::from(value)
}

/// Gas that `work` costs with plenty of it, and the refund.
fn price(ctx: &mut Ctx, work: impl FnOnce(&mut JournalStorage<'_, Ctx>)) -> (u64, i64) {
    let mut port = JournalStorage::new(ctx, Gas::new(1_000_000), false);
    work(&mut port);
    (port.gas.total_gas_spent(), port.gas.refunded())
}

fn load(ctx: &mut Ctx) -> u64 {
    price(ctx, |port| assert!(port.load(CONTRACT, SLOT).is_ok())).0
}

fn store(ctx: &mut Ctx, value: u64) -> (u64, i64) {
    price(ctx, |port| port.store(CONTRACT, SLOT, word(value)).unwrap())
}

#[test]
fn a_load_costs_2100_cold_and_100_warm() {
    let mut ctx = ctx();
    assert_eq!(load(&mut ctx), 2_100);
    assert_eq!(load(&mut ctx), 100);
}

#[test]
fn a_store_costs_what_sstore_costs() {
    let mut ctx = ctx();
    assert_eq!(store(&mut ctx, 1), (22_100, 0), "cold, from zero");
    assert_eq!(store(&mut ctx, 2), (100, 0), "dirty");
    assert_eq!(store(&mut ctx, 0), (100, 19_900), "back to what it was");
    assert_eq!(store(&mut ctx, 0), (100, 0), "nothing new");
    let read = price(&mut ctx, |port| assert_eq!(port.load(CONTRACT, SLOT), Ok(word(0))));
    assert_eq!(read.0, 100);
}

#[test]
fn a_log_costs_375_and_375_a_topic_and_8_a_byte() {
    let mut ctx = ctx();
    let log = |topics| LogData::new_unchecked(vec![B256::ZERO; topics], bytes!("010203"));
    for topics in 0..=4 {
        let cost = price(&mut ctx, |port| port.emit(CONTRACT, log(topics)).unwrap()).0;
        assert_eq!(cost, 375 + 375 * topics as u64 + 8 * 3);
    }
    let logs = ctx.journal_mut().take_logs();
    assert_eq!((logs.len(), logs[4].address), (5, CONTRACT));
}

#[test]
fn nothing_is_written_under_a_static_call() {
    let mut ctx = ctx();
    let mut port = JournalStorage::new(&mut ctx, Gas::new(1_000_000), true);
    let refused = Err(StorageError::StaticWrite { contract: CONTRACT });
    assert_eq!(port.store(CONTRACT, SLOT, word(1)), refused);
    assert_eq!(port.emit(CONTRACT, LogData::default()), refused);
    assert_eq!(port.load(CONTRACT, SLOT), Ok(U256::ZERO));
    assert!(ctx.journal_mut().take_logs().is_empty());
}

#[test]
fn each_access_stops_when_gas_runs_out() {
    let mut ctx = ctx();
    let mut with = |gas, work: &dyn Fn(&mut JournalStorage<'_, Ctx>) -> Result<(), StorageError>| {
        work(&mut JournalStorage::new(&mut ctx, Gas::new(gas), false))
    };
    let out = Err(StorageError::OutOfGas);
    assert_eq!(with(99, &|port| port.load(CONTRACT, SLOT).map(drop)), out);
    assert_eq!(with(2_099, &|port| port.load(CONTRACT, SLOT).map(drop)), out);
    // a call with the 2,300 gas of a plain transfer writes nothing (EIP-2200)
    assert_eq!(with(2_300, &|port| port.store(CONTRACT, SLOT, word(1))), out);
    assert_eq!(with(22_099, &|port| port.store(CONTRACT, SLOT, word(1))), out);
    assert_eq!(with(374, &|port| port.emit(CONTRACT, LogData::default())), out);
    assert_eq!(with(10, &|port| port.charge(11)), out);
    assert_eq!(with(10, &|port| port.charge(10)), Ok(()));
}

#[test]
fn the_block_is_that_of_the_context() {
    let mut ctx = ctx();
    ctx.block.number = word(5);
    ctx.block.timestamp = word(6);
    ctx.cfg.chain_id = 7;
    let port = JournalStorage::new(&mut ctx, Gas::new(0), false);
    assert_eq!(port.block(), BlockEnv { number: 5, timestamp: 6, chain_id: 7 });
}

#[test]
fn a_mint_costs_what_a_payment_costs() {
    let mut ctx = ctx();
    let mint = |ctx: &mut Ctx| price(ctx, |port| port.mint(CONTRACT, word(5)).unwrap()).0;
    assert_eq!(mint(&mut ctx), 2_600 + 9_000 + 25_000, "cold and new");
    assert_eq!(mint(&mut ctx), 100 + 9_000);
    let (cost, _) = price(&mut ctx, |port| port.burn(CONTRACT, word(3)).unwrap());
    assert_eq!(cost, 100 + 9_000);
    price(&mut ctx, |port| assert_eq!(port.balance(CONTRACT), Ok(word(7))));
    let mut port = JournalStorage::new(&mut ctx, Gas::new(9_099), false);
    assert_eq!(port.burn(CONTRACT, word(1)), Err(StorageError::OutOfGas));
}

#[test]
fn coins_move_as_a_whole_or_not_at_all() {
    let other = address!("00000000000000000000000000000000000000b0");
    let mut ctx = ctx();
    let mut port = JournalStorage::new(&mut ctx, Gas::new(1_000_000), false);
    port.mint(CONTRACT, word(10)).unwrap();
    port.transfer(CONTRACT, other, word(4)).unwrap();
    assert_eq!((port.balance(CONTRACT), port.balance(other)), (Ok(word(6)), Ok(word(4))));
    let refused = Err(StorageError::Funds { account: CONTRACT, balance: word(6), wei: word(7) });
    assert_eq!(port.transfer(CONTRACT, other, word(7)), refused);
    assert_eq!((port.balance(CONTRACT), port.balance(other)), (Ok(word(6)), Ok(word(4))));
    let full = Err(StorageError::Funds { account: other, balance: word(4), wei: U256::MAX });
    assert_eq!(port.mint(other, U256::MAX), full);
}

#[test]
fn no_coin_moves_under_a_static_call() {
    let mut ctx = ctx();
    let mut port = JournalStorage::new(&mut ctx, Gas::new(1_000_000), true);
    let refused = Err(StorageError::StaticWrite { contract: CONTRACT });
    assert_eq!(port.mint(CONTRACT, word(1)), refused);
    assert_eq!(port.burn(CONTRACT, word(0)), refused);
    assert_eq!(port.balance(CONTRACT), Ok(U256::ZERO));
}

/// What a reverted call minted is gone.
#[test]
fn a_revert_undoes_a_mint() {
    let mut ctx = ctx();
    let checkpoint = ctx.journal_mut().checkpoint();
    price(&mut ctx, |port| port.mint(CONTRACT, word(5)).unwrap());
    ctx.journal_mut().checkpoint_revert(checkpoint);
    price(&mut ctx, |port| assert_eq!(port.balance(CONTRACT), Ok(U256::ZERO)));
}
