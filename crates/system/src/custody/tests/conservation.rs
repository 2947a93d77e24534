//! Random sequences of deposits, requests, intents, confirmations and reorganisations: nothing is lost, nothing is made.

use alloy_primitives::{B256, U256};
use ballast_types::interfaces::ICustody::*;
use bitcoin::{Transaction, consensus::deserialize};
use proptest::prelude::*;

use super::world::*;
use crate::{contract::Mode, layout::Slot, vault};

/// The most that the vault holds: slot 10 of its own.
const CAP: Slot<U256> = Slot::new(vault::CONTRACT, 10);

#[derive(Debug, Clone)]
enum Step {
    Deposit { value: u64, action: u8, refundable: bool },
    CloseVault,
    OpenVault,
    Request { amount: u64, ceiling: u64, script: usize },
    Cancel { payout: u64 },
    Advance,
    ConfirmNewest,
    Reorganise { depth: usize },
    Attest { custodian: u16, rate: u64 },
    Mine { count: usize },
    ProveAll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (15_000u64..2_000_000, 0u8..2, any::<bool>())
            .prop_map(|(value, action, refundable)| Step::Deposit { value, action, refundable }),
        1 => Just(Step::CloseVault),
        1 => Just(Step::OpenVault),
        3 => (9_000u64..400_000, 0u64..5_000, 0usize..5)
            .prop_map(|(amount, ceiling, script)| Step::Request { amount, ceiling, script }),
        1 => (1u64..8).prop_map(|payout| Step::Cancel { payout }),
        4 => Just(Step::Advance),
        3 => Just(Step::ConfirmNewest),
        1 => (1usize..6).prop_map(|depth| Step::Reorganise { depth }),
        1 => (1u16..=3, 0u64..10_000).prop_map(|(custodian, rate)| Step::Attest { custodian, rate }),
        2 => (1usize..7).prop_map(|count| Step::Mine { count }),
        3 => Just(Step::ProveAll),
    ]
}

/// What can be proven is tried, again and again; the contract decides what counts.
fn prove_all(world: &mut World, keys: [B256; 2]) {
    for height in 1..world.blocks.len() {
        for index in 1..world.blocks[height].txdata.len() {
            let _ = world.duty(&world.payment_call(height, index));
            for (refund_key, action) in [(keys[0], 0), (keys[1], 0), (keys[0], 1), (keys[1], 1)] {
                let call = world.deposit_call(height, index, 0, ALICE);
                let _ = world.duty(&proveDepositCall { refundKey: refund_key, action, ..call });
            }
            let last = world.blocks[height].txdata[index].output.len() as u32 - 1;
            for vout in [0, last] {
                let _ = world.duty(&world.anchor_call(height, index, vout));
            }
        }
    }
}

fn take(world: &mut World, step: Step) {
    let keys = [B256::ZERO, x_only(4)];
    match step {
        Step::Deposit { value, action, refundable } => {
            let deposit = world.deposit_with(ALICE, action, &[value], keys[usize::from(refundable)]);
            world.mine(&[deposit]);
        }
        Step::CloseVault => CAP.clear(&mut world.storage).unwrap(),
        Step::OpenVault => CAP.store(&mut world.storage, &sats(1_000_000_000)).unwrap(),
        Step::Request { amount, ceiling, script } => {
            if world.balance(ALICE) >= sats(amount + ceiling) {
                let _ = world.request(ALICE, &payees()[script], amount, ceiling);
            }
        }
        Step::Cancel { payout } => {
            let _ = world.call(Mode::Ordinary, ALICE, U256::ZERO, &cancelPayoutCall { payout });
        }
        Step::Advance => {
            world.wait();
            let _ = world.duty(&advanceCall {});
        }
        Step::ConfirmNewest => {
            let newest = world.events::<Intent>().pop();
            if let Some(event) = newest {
                let transaction: Transaction = deserialize(&event.transaction).unwrap();
                let input = transaction.input[0].previous_output;
                let spent = |block: &bitcoin::Block| {
                    block.txdata.iter().any(|tx| tx.input[0].previous_output == input)
                };
                if !world.blocks.iter().any(spent) {
                    world.mine(&[signed(&transaction)]);
                }
            }
        }
        Step::Reorganise { depth } => {
            let depth = depth.min(world.blocks.len() - 1);
            let last = world.blocks.len() - depth;
            // most of what was confirmed is confirmed again
            let again: Vec<_> =
                world.blocks[last..].iter().flat_map(|block| block.txdata[1..].to_vec()).skip(1).collect();
            world.reorganise(depth, &again);
        }
        Step::Attest { custodian, rate } => {
            let tip = world.tip();
            let _ = world.attest(custodian, tip, rate);
        }
        Step::Mine { count } => world.mine_empty(count),
        Step::ProveAll => prove_all(world, keys),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_is_made(steps in proptest::collection::vec(step(), 1..40)) {
        let mut world = World::new();
        for step in steps {
            take(&mut world, step);
            world.check();
        }
        // whatever happened, all that confirmed can be settled, and what is paid out is what was burnt
        world.mine_empty(K);
        prove_all(&mut world, [B256::ZERO, x_only(4)]);
        world.check();
        let paid: u64 = world
            .events::<PayoutPaid>()
            .iter()
            .map(|paid| paid.fee)
            .sum::<u64>()
            + world
                .events::<PayoutPaid>()
                .iter()
                .map(|paid| world.view(&payoutCall { number: paid.payout }).amount)
                .sum::<u64>();
        prop_assert_eq!(paid, world.books().burnt);
    }
}
