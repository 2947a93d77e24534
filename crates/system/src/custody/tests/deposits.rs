use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;
use ballast_types::interfaces::{ICustody::*, ILightClient};
use bitcoin::consensus::serialize;

use super::world::*;
use crate::{
    contract::{CallError, Mode},
    custody::store::CONTRACT,
    duty,
};

const VALUE: u64 = 100_000;

#[test]
fn a_deposit_mints_its_value_less_the_sweep_fee_once() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let height = world.mine(&[deposit]);
    world.mine_empty(K);
    let call = world.deposit_call(height, 1, 0, ALICE);
    world.duty(&call).unwrap();

    let quote = world.view(&quoteDepositCall { value: VALUE });
    assert_eq!(
        (quote.minted, quote.fee, quote.minimum, quote.depth),
        (VALUE - SWEEP_FEE, SWEEP_FEE, 20_000, 3)
    );
    assert_eq!(world.balance(ALICE), sats(VALUE - SWEEP_FEE));
    let books = world.books();
    assert_eq!((books.issued, books.anchored, books.surplus), (VALUE - SWEEP_FEE, VALUE, SWEEP_FEE));
    world.check();
    world.refused(&call, &KnownCoin { coin: 1 });
}

/// The txid names a deposit: neither another witness nor another block with it makes it another one.
#[test]
fn a_re_encoded_proof_is_the_same_deposit() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let height = world.mine(&[signed(&deposit)]);
    world.mine_empty(K);
    let with_witness = world.deposit_call(height, 1, 0, ALICE);
    let without = proveDepositCall { transaction: serialize(&deposit).into(), ..with_witness.clone() };
    assert_ne!(with_witness.transaction, without.transaction);
    let fact = |call: &proveDepositCall| duty::classify(CONTRACT, &call.abi_encode()).unwrap();
    assert_eq!(fact(&with_witness), fact(&without));
    world.duty(&without).unwrap();
    world.refused(&with_witness, &KnownCoin { coin: 1 });
    world.check();
}

#[test]
fn a_wrong_proof_is_refused_by_name() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let other = world.deposit_tx(BOB, &[VALUE], B256::ZERO);
    let height = world.mine(&[deposit, other]);
    world.mine_empty(K);
    let good = world.deposit_call(height, 1, 0, ALICE);
    let fails = |world: &mut World, change: fn(&mut proveDepositCall)| {
        let mut call = good.clone();
        change(&mut call);
        let before = world.storage.snapshot();
        let error = world.duty(&call).map(|_| ()).unwrap_err();
        assert_eq!(world.storage.snapshot(), before);
        error
    };
    let other_address = CallError::revert(&OtherAddress { vout: 0 });
    assert_eq!(fails(&mut world, |call| call.recipient = BOB), other_address);
    assert_eq!(fails(&mut world, |call| call.action = 1), other_address);
    assert_eq!(fails(&mut world, |call| call.refundKey = x_only(4)), other_address);
    let malformed = CallError::revert(&MalformedDeposit {});
    assert_eq!(fails(&mut world, |call| call.action = 2), malformed);
    assert_eq!(fails(&mut world, |call| call.refundKey = B256::repeat_byte(0xff)), malformed);
    assert_eq!(fails(&mut world, |call| call.vout = 1), CallError::revert(&OtherAddress { vout: 1 }));
    assert!(matches!(fails(&mut world, |call| call.proof.index = 2), CallError::Revert(_)));
    assert!(matches!(fails(&mut world, |call| call.proof.index = 5), CallError::Revert(_)));
    assert!(matches!(fails(&mut world, |call| call.proof.branch.truncate(0)), CallError::Revert(_)));
    let nowhere = B256::repeat_byte(7);
    assert_eq!(
        fails(&mut world, |call| call.proof.blockHash = B256::repeat_byte(7)),
        CallError::revert(&ILightClient::UnknownBlock { hash: nowhere })
    );
    assert_eq!(
        fails(&mut world, |call| call.transaction = vec![1, 2, 3].into()),
        CallError::revert(&ILightClient::MalformedTransaction {})
    );
    world.duty(&good).unwrap();
}

#[test]
fn each_output_is_a_deposit_of_its_own() {
    let mut world = World::new();
    let double = world.deposit_tx(ALICE, &[VALUE, 2 * VALUE], B256::ZERO);
    let again = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let height = world.mine(&[double, again]);
    world.mine_empty(K);
    for (index, vout) in [(1, 1), (2, 0), (1, 0)] {
        let call = world.deposit_call(height, index, vout, ALICE);
        world.duty(&call).unwrap();
        world.check();
    }
    assert_eq!(world.balance(ALICE), sats(4 * VALUE - 3 * SWEEP_FEE));
    let keys: Vec<_> = [(1, 0), (1, 1), (2, 0)]
        .map(|(index, vout)| world.deposit_call(height, index, vout, ALICE).abi_encode())
        .iter()
        .map(|input| duty::classify(CONTRACT, input).unwrap().fact)
        .collect();
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}

#[test]
fn a_deposit_waits_for_its_depth_and_has_a_minimum() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE, 19_999, 20_000], B256::ZERO);
    let height = world.mine(&[deposit]);
    for found in 0..K as u32 {
        let call = world.deposit_call(height, 1, 0, ALICE);
        world.refused(&call, &Shallow { expected: 3, found });
        world.mine_empty(1);
    }
    let dust = world.deposit_call(height, 1, 1, ALICE);
    world.refused(&dust, &DepositTooSmall { minimum: 20_000, found: 19_999 });
    let least = world.deposit_call(height, 1, 2, ALICE);
    world.duty(&least).unwrap();
    assert_eq!(world.balance(ALICE), sats(20_000 - SWEEP_FEE));
    assert_eq!(world.view(&quoteDepositCall { value: 19_999 }).minted, 0);
}

#[test]
fn nothing_is_minted_without_a_key_or_without_bitcoins_present() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let height = world.mine(&[deposit]);
    world.mine_empty(K);
    let call = world.deposit_call(height, 1, 0, ALICE);
    world.storage.block.timestamp += 3_601;
    world.refused(&call, &Stale {});
    world.mine_empty(7);
    world.duty(&call).unwrap();

    let mut keyless = World::without_key();
    let no_key = CallError::revert(&NoKey {});
    let script = depositScriptCall { recipient: ALICE, action: 0, refundKey: B256::ZERO };
    assert_eq!(keyless.call(Mode::Static, ALICE, U256::ZERO, &script), Err(no_key.clone()));
    assert_eq!(keyless.call(Mode::Static, ALICE, U256::ZERO, &groupKeyCall {}), Err(no_key.clone()));
    assert!(keyless.call(Mode::Static, ALICE, U256::ZERO, &treasuryScriptCall {}).is_err());
    let request = keyless.request(ALICE, &payees()[0], 0, 0);
    assert_eq!(request, Err(no_key));
    keyless.refused(&advanceCall {}, &NoKey {});
}

#[test]
fn a_coinbase_is_no_deposit() {
    let mut world = World::new();
    let height = world.mine(&[]);
    world.mine_empty(K);
    let call = world.deposit_call(height, 0, 0, ALICE);
    world.refused(&call, &Coinbase {});
}

#[test]
fn a_refundable_deposit_mints_when_its_sweep_is_proven() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], x_only(4));
    let height = world.mine(&[deposit]);
    world.mine_empty(K);
    let call = proveDepositCall { refundKey: x_only(4), ..world.deposit_call(height, 1, 0, ALICE) };
    world.duty(&call).unwrap();
    let books = world.books();
    assert_eq!((books.issued, books.anchored, books.refundable), (0, 0, VALUE));
    assert_eq!(world.balance(ALICE), U256::ZERO);
    world.check();

    let (event, sweep) = world.advance();
    assert_eq!((event.fee, sweep.input.len(), sweep.output.len()), (111, 1, 1));
    world.check();
    world.confirm(&sweep);
    assert_eq!(world.balance(ALICE), sats(VALUE - SWEEP_FEE));
    let books = world.books();
    assert_eq!((books.anchored, books.refundable, books.surplus), (VALUE - 111, 0, SWEEP_FEE - 111));
    world.check();
    world.refused(&call, &KnownCoin { coin: 1 });
}

#[test]
fn a_refundable_deposit_is_never_swept_after_half_of_its_time() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], x_only(4));
    let height = world.mine(&[deposit]);
    world.mine_empty(72);
    let call = proveDepositCall { refundKey: x_only(4), ..world.deposit_call(height, 1, 0, ALICE) };
    world.duty(&call).unwrap();
    world.duty(&advanceCall {}).unwrap();
    assert_eq!(world.view(&coinCall { number: 1 }).state, 5);
    assert_eq!(world.events::<Intent>().len(), 0);
    assert_eq!(world.books().refundable, 0);
    world.check();
}
