use alloy_primitives::{B256, U256};
use ballast_types::interfaces::ICustody::*;

use super::world::*;

const VALUE: u64 = 100_000;

#[test]
fn a_deposit_that_is_reorganised_away_before_its_depth_mints_nothing() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let height = world.mine(std::slice::from_ref(&deposit));
    world.mine_empty(1);
    let lost = world.deposit_call(height, 1, 0, ALICE);
    world.reorganise(2, &[]);
    world.mine_empty(K);
    let hash = lost.proof.blockHash;
    world.refused(&lost, &ballast_types::interfaces::ILightClient::UnknownBlock { hash });
    assert_eq!(world.balance(ALICE), U256::ZERO);
    // mined again, it counts from there
    let height = world.mine(&[deposit]);
    world.mine_empty(K);
    let call = world.deposit_call(height, 1, 0, ALICE);
    world.duty(&call).unwrap();
    world.check();
}

#[test]
fn a_deposit_that_is_reorganised_away_after_its_depth_stops_minting_until_it_is_back() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let height = world.mine(std::slice::from_ref(&deposit));
    world.mine_empty(K);
    let call = world.deposit_call(height, 1, 0, ALICE);
    world.duty(&call).unwrap();
    world.reorganise(4, &[]);
    let minted = VALUE - SWEEP_FEE;
    let books = world.books();
    assert_eq!((books.anchored, books.unbacked, books.deficit), (0, VALUE, minted));
    assert_eq!(world.balance(ALICE), sats(minted), "what is minted stays");
    world.check();

    let other = world.deposit_tx(BOB, &[VALUE], B256::ZERO);
    let height = world.mine(&[other, deposit]);
    let early = world.anchor_call(height, 2, 0);
    world.refused(&early, &Shallow { expected: 3, found: 0 });
    world.mine_empty(K);
    let second = world.deposit_call(height, 1, 0, BOB);
    world.refused(&second, &Deficit { missing: minted });
    let again = world.deposit_call(height, 2, 0, ALICE);
    world.refused(&again, &KnownCoin { coin: 1 });

    world.duty(&early).unwrap();
    world.refused(&early, &AlreadyAnchored { coin: 1 });
    assert_eq!(world.books().unbacked, 0);
    world.duty(&second).unwrap();
    world.check();
    let stranger = world.anchor_call(height, 1, 1);
    let txid = world.view(&coinCall { number: 2 }).txid;
    world.refused(&stranger, &UnknownCoin { txid, vout: 1 });
}

/// Back and forth between two branches that both have the deposit: the reserves follow without another proof.
#[test]
fn every_anchor_is_remembered() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[VALUE], B256::ZERO);
    let height = world.mine(std::slice::from_ref(&deposit));
    world.mine_empty(K);
    let call = world.deposit_call(height, 1, 0, ALICE);
    world.duty(&call).unwrap();
    let first = world.blocks[height..].to_vec();
    world.reorganise(4, &[deposit]);
    let call = world.anchor_call(height, 1, 0);
    world.duty(&call).unwrap();
    world.check();
    let second = world.blocks[height..].to_vec();
    world.resume(height, first);
    assert_eq!(world.books().anchored, VALUE);
    world.check();
    world.resume(height, second);
    assert_eq!(world.books().anchored, VALUE);
    world.check();
    world.reorganise(world.blocks.len() - height, &[]);
    assert_eq!((world.books().anchored, world.books().unbacked), (0, VALUE));
    world.check();
}
