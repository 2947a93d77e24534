//! What a custodian needs to derive an intent itself is all in views.

use alloy_primitives::B256;
use ballast_custody::{
    Action, Coin, Deposit, Intent, Lock, Payout, Recovery, Refund, Treasury,
    intent::{Kind, Parts},
};
use ballast_types::interfaces::ICustody::{self, *};
use bitcoin::{
    Amount, FeeRate, OutPoint, ScriptBuf, Txid, XOnlyPublicKey, consensus::serialize, hashes::Hash,
};

use super::world::*;

/// An intent, from views and the library alone.
fn derive(world: &mut World, number: u64) -> Intent {
    let key = |word: &B256| XOnlyPublicKey::from_slice(word.as_slice()).unwrap();
    let group = key(&world.view(&groupKeyCall {}));
    let leaf = world.view(&recoveryCall {});
    let keys = leaf.keys.iter().map(key).collect();
    let recovery = Recovery::new(leaf.blocks, leaf.quorum, keys).unwrap();
    let refund_blocks = world.view(&refundBlocksCall {});
    let shown = world.view(&intentCall { number });
    let mut inputs = Vec::new();
    for number in shown.coins {
        let (coin, terms) = (world.view(&coinCall { number }), world.view(&coinTermsCall { number }));
        let refund = (!terms.refundKey.is_zero())
            .then(|| Refund::new(key(&terms.refundKey), refund_blocks, 1).unwrap());
        let action = Action::try_from(terms.action).unwrap();
        let recipient = terms.recipient.into_array();
        let lock = match terms.isDeposit {
            true => Lock::Deposit(Deposit { chain_id: 840_099, recipient, action, refund }),
            false => Lock::Treasury(recovery.clone()),
        };
        let outpoint = OutPoint::new(Txid::from_byte_array(coin.txid.0), coin.vout);
        inputs.push(Coin { outpoint, value: Amount::from_sat(coin.value), confirmations: 0, lock });
    }
    let mut payouts = Vec::new();
    for id in shown.payouts {
        let payout = world.view(&payoutCall { number: id });
        payouts.push(Payout {
            id,
            script_pubkey: ScriptBuf::from_bytes(payout.scriptPubKey.to_vec()),
            amount: Amount::from_sat(payout.amount),
            fee_ceiling: Amount::from_sat(payout.maxFee),
        });
    }
    Intent::build(Parts {
        kind: if payouts.is_empty() { Kind::Sweep } else { Kind::Payout },
        group,
        treasury: Treasury { group, recovery },
        inputs,
        payouts,
        fee_rate: FeeRate::ZERO,
        least_fee: Amount::from_sat(shown.fee),
        budget: Amount::MAX_MONEY,
        rung: shown.rung,
    })
    .unwrap()
}

fn agrees(world: &mut World, event: &ICustody::Intent) {
    let derived = derive(world, event.intent);
    assert_eq!(serialize(&derived.transaction()), event.transaction.to_vec());
    assert_eq!(derived.txid().to_byte_array(), event.txid.0);
}

#[test]
fn a_custodian_derives_payouts_their_rungs_and_sweeps_from_views() {
    let mut world = World::new();
    world.fund(ALICE, 1_000_000);
    for script in payees() {
        world.request(ALICE, &script, 50_000, 20_000).unwrap();
    }
    let (first, _) = world.advance();
    agrees(&mut world, &first);

    world.mine_empty(parameters().custody.rung_blocks as usize);
    let (second, transaction) = world.advance();
    assert_eq!((second.intent, second.rung), (first.intent, 1));
    agrees(&mut world, &second);
    world.confirm(&transaction);

    // now with the treasury's own coin
    world.request(ALICE, &payees()[0], 50_000, 20_000).unwrap();
    let (third, _) = world.advance();
    agrees(&mut world, &third);

    let deposit = world.deposit_tx(BOB, &[200_000], x_only(9));
    let height = world.mine(&[deposit]);
    world.mine_empty(K);
    let call = proveDepositCall { refundKey: x_only(9), ..world.deposit_call(height, 1, 0, BOB) };
    world.duty(&call).unwrap();
    let (sweep, _) = world.advance();
    assert!(world.view(&intentCall { number: sweep.intent }).payouts.is_empty());
    agrees(&mut world, &sweep);
}

#[test]
fn the_roster_is_that_of_the_genesis() {
    let mut world = World::without_key();
    let shown = world.view(&custodiansCall {});
    assert_eq!((shown.quorum, shown.identities), (2, [1, 2, 3].map(x_only).to_vec()));
}
