use alloy_consensus::TxEip1559;
use alloy_primitives::{TxKind, U256};
use ballast_types::SystemContract;
use proptest::prelude::*;

use super::*;
use crate::{
    Candidates, Reason, StateChanges, build_block, on_reader,
    testing::{Chain, PBTC, Wallet, alice, asm, bob, headers_duty, mine, regtest, unsigned},
};

const REWARDS: Address = SystemContract::Rewards.address();

fn invalid(result: Result<Outcome, ExecutionError>) -> InvalidBlock {
    match result {
        Err(ExecutionError::Invalid(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// A block with duties, payments, a creation and a revert, and the chain before it.
fn busy() -> (Chain, Candidates) {
    let mut chain = Chain::new();
    let reverting = chain.deploy(&asm("PUSH0 PUSH0 REVERT"));
    let nonce = chain.nonce(alice().address);
    let transactions = vec![
        alice().send(nonce, TxKind::Call(bob().address), PBTC, vec![]),
        bob().send(0, TxKind::Call(Address::repeat_byte(9)), 1, vec![1, 2, 3]),
        alice().create(nonce + 1, crate::testing::deploying(&asm("PUSH1 0x01 PUSH0 SSTORE STOP"))),
        alice().call(nonce + 2, reverting, vec![]),
    ];
    (chain, Candidates { duties: vec![headers_duty(&mine(&regtest(), 2, 0))], transactions })
}

#[test]
fn execution_repeats_itself() {
    let (mut chain, candidates) = busy();
    let before = chain.state.clone();
    chain.grow(candidates);
    assert_eq!(chain.outcome.receipts.len(), 5);
    let again = chain.outcome.changes.clone();
    let mut undone = chain.state.clone();
    undone.undo(&again);
    assert_eq!((undone.accounts, undone.storage), (before.accounts, before.storage));
}

#[test]
fn execution_on_a_fiber_is_the_same() {
    let (chain, candidates) = busy();
    let built = chain.build(candidates.clone());
    let block = chain.seal(built.transactions.clone(), &built.outcome);
    let (environment, genesis) = (chain.next(), chain.genesis.clone());
    let (e, g) = (environment.clone(), genesis.clone());
    let building = on_reader(&chain.state, move |state| build_block(state, &e, &g, candidates));
    assert_eq!(futures::executor::block_on(building).unwrap().unwrap(), built);
    let executing =
        on_reader(&chain.state, move |state| execute_block(state, &environment, &genesis, &block));
    assert_eq!(futures::executor::block_on(executing).unwrap().unwrap(), built.outcome);
}

#[test]
fn a_header_that_says_otherwise_is_refused() {
    let (chain, candidates) = busy();
    let built = chain.build(candidates);
    let sealed = |outcome: &Outcome| chain.execute(&chain.seal(built.transactions.clone(), outcome));
    assert_eq!(sealed(&built.outcome).unwrap(), built.outcome);
    let gas = Outcome { gas_used: built.outcome.gas_used + 1, ..built.outcome.clone() };
    let expected = InvalidBlock::GasUsed { expected: gas.gas_used, found: built.outcome.gas_used };
    assert_eq!(invalid(sealed(&gas)), expected);
    let mut receipts = built.outcome.clone();
    receipts.receipts[4].success = true;
    assert!(matches!(invalid(sealed(&receipts)), InvalidBlock::ReceiptsRoot { .. }));
    let mut block = chain.seal(built.transactions.clone(), &built.outcome);
    block.header.logs_bloom = Bloom::ZERO;
    assert!(matches!(invalid(chain.execute(&block)), InvalidBlock::LogsBloom { .. }));
    block.header.number += 1;
    assert!(matches!(invalid(chain.execute(&block)), InvalidBlock::Header(_)));
}

#[test]
fn a_bad_ordinary_transaction_makes_a_block_invalid() {
    let chain = Chain::new();
    let with = |transaction: TxEnvelope| {
        let block = chain.seal(vec![Transaction::Ethereum(transaction)], &Outcome::default());
        invalid(chain.execute(&block))
    };
    let gap = alice().send(1, TxKind::Call(bob().address), 1, vec![]).into_inner();
    let source = TransactionRejection::NonceTooHigh { expected: 0, found: 1 };
    assert_eq!(with(gap), InvalidBlock::Transaction { index: 0, source });
    let poor = Wallet::new(7).send(0, TxKind::Call(bob().address), 0, vec![]).into_inner();
    assert!(matches!(
        with(poor),
        InvalidBlock::Transaction { index: 0, source: TransactionRejection::InsufficientFunds { .. } }
    ));
    let order = "115792089237316195423570985008687907852837564279074904382605163141518161494337";
    let high_s = alloy_primitives::Signature::new(
        U256::from(5),
        order.parse::<U256>().unwrap() - U256::from(5),
        false,
    );
    let malleable = alloy_consensus::SignableTransaction::into_signed(unsigned(0), high_s);
    let source = TransactionError::Signature;
    assert_eq!(with(malleable.into()), InvalidBlock::Signature { index: 0, source });
}

#[test]
fn gas_limits_add_up_to_the_blocks_at_most() {
    let mut chain = Chain::new();
    chain.genesis.parameters.chain.gas_limit = 100_000;
    let send = |nonce, gas_limit| {
        let to = TxKind::Call(bob().address);
        alice().sign(TxEip1559 { to, gas_limit, ..unsigned(nonce) }).into_inner()
    };
    let body = [send(0, 60_000), send(1, 79_001)].map(Transaction::Ethereum).to_vec();
    let block = chain.seal(body, &Outcome::default());
    let expected = InvalidBlock::NoGasLeft { index: 1, needed: 79_001, left: 79_000 };
    assert_eq!(invalid(chain.execute(&block)), expected);
    let block = chain.seal(vec![Transaction::Ethereum(send(0, 100_001))], &Outcome::default());
    let source = TransactionRejection::GasLimit { limit: 100_000, found: 100_001 };
    assert_eq!(invalid(chain.execute(&block)), InvalidBlock::Transaction { index: 0, source });
    let exact = [send(0, 60_000), send(1, 79_000)]
        .map(|tx| alloy_consensus::transaction::Recovered::new_unchecked(tx, alice().address));
    chain.include(exact.to_vec());
}

#[test]
fn the_whole_fee_goes_to_rewards() {
    let mut chain = Chain::new();
    let gas_price = U256::from(chain.next().base_fee + 1_000);
    let before = chain.state.balance(alice().address);
    chain.include(vec![alice().send(0, TxKind::Call(bob().address), 5, vec![])]);
    let fee = U256::from(21_000) * gas_price;
    assert_eq!(chain.state.balance(REWARDS), fee);
    assert_eq!(chain.state.balance(alice().address), before - fee - U256::from(5));
    assert_eq!(chain.state.accounts[&REWARDS].nonce, 1);
}

#[test]
fn rewards_may_be_paid_by_anybody_only_through_its_rule() {
    let mut chain = Chain::new();
    let outcome = chain.include(vec![alice().send(0, TxKind::Call(REWARDS), PBTC, vec![])]).clone();
    let price = U256::from(chain.head.header.base_fee_per_gas.unwrap() + 1_000);
    let income = chain.state.balance(REWARDS) - U256::from(outcome.gas_used) * price;
    let accepted = if outcome.receipts[0].success { U256::from(PBTC) } else { U256::ZERO };
    assert_eq!(income, accepted);
}

#[test]
fn a_state_that_fails_gives_no_verdict() {
    struct Broken<'a>(&'a crate::memory::MemoryState);
    impl State for Broken<'_> {
        fn account(&self, address: Address) -> Result<Option<crate::Account>, StateError> {
            State::account(self.0, address)
        }
        fn storage(&self, address: Address, _: U256) -> Result<U256, StateError> {
            Err(StateError(format!("disk gone under {address}")))
        }
        fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
            State::code(self.0, code_hash)
        }
    }
    let (chain, candidates) = busy();
    let built = chain.build(candidates);
    let block = chain.seal(built.transactions, &built.outcome);
    let result = execute_block(&Broken(&chain.state), &chain.next(), &chain.genesis, &block);
    assert!(matches!(result, Err(ExecutionError::State(_))), "{result:?}");
}

#[derive(Clone, Debug)]
struct Payment {
    from: usize,
    to: usize,
    value: u128,
    tip: u128,
    input: Vec<u8>,
    reverts: bool,
}

fn payment() -> impl Strategy<Value = Payment> {
    let parts =
        (0..3usize, 0..4usize, 0..400 * PBTC, 0..1_000_000u128, prop::collection::vec(any::<u8>(), 0..80));
    (parts, any::<bool>()).prop_map(|((from, to, value, tip, input), reverts)| Payment {
        from,
        to,
        value,
        tip,
        input,
        reverts,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No wei appears or disappears, and rewards grow by exactly gas × price.
    #[test]
    fn balances_are_conserved(blocks in prop::collection::vec(prop::collection::vec(payment(), 0..8), 1..4)) {
        let mut chain = Chain::new();
        let reverting = chain.deploy(&asm("PUSH0 PUSH0 REVERT"));
        let wallets = [alice(), bob(), Wallet::new(3)];
        let total = chain.state.total_balance();
        for payments in blocks {
            let mut nonces = wallets.each_ref().map(|wallet| chain.nonce(wallet.address));
            let base_fee = chain.next().base_fee;
            let transactions = payments.into_iter().map(|payment| {
                let nonce = nonces[payment.from];
                nonces[payment.from] += 1;
                let targets = [alice().address, bob().address, Wallet::new(3).address, REWARDS];
                let to = if payment.reverts { reverting } else { targets[payment.to] };
                wallets[payment.from].sign(TxEip1559 {
                    to: TxKind::Call(to),
                    value: U256::from(payment.value),
                    input: payment.input.into(),
                    max_priority_fee_per_gas: payment.tip,
                    gas_limit: 200_000,
                    ..unsigned(nonce)
                })
            });
            let rewards = chain.state.balance(REWARDS);
            let built = chain.grow(Candidates { transactions: transactions.collect(), ..Candidates::default() });
            prop_assert_eq!(chain.state.total_balance(), total);
            for left_out in &built.left_out {
                prop_assert!(matches!(left_out.reason, Reason::Transaction(_)), "{:?}", left_out);
            }
            let mut fees = U256::ZERO;
            let mut before = 0;
            let mut donated = U256::ZERO;
            for (transaction, receipt) in built.transactions.iter().zip(&built.outcome.receipts) {
                let Transaction::Ethereum(envelope) = transaction else { unreachable!("no duties here") };
                let price = alloy_consensus::Transaction::effective_gas_price(envelope, Some(base_fee));
                fees += U256::from(receipt.cumulative_gas_used - before) * U256::from(price);
                before = receipt.cumulative_gas_used;
                if receipt.success && alloy_consensus::Transaction::to(envelope) == Some(REWARDS) {
                    donated += alloy_consensus::Transaction::value(envelope);
                }
            }
            prop_assert_eq!(chain.state.balance(REWARDS) - rewards, fees + donated);
        }
    }
}

#[test]
fn an_empty_block_changes_only_the_history() {
    let mut chain = Chain::new();
    chain.grow(Candidates::default());
    let StateChanges { accounts, storage, code } = &chain.outcome.changes;
    assert!(accounts.is_empty() && code.is_empty());
    let changed = storage.keys().map(|(account, _)| *account).collect::<Vec<_>>();
    assert_eq!(changed, [HISTORY_STORAGE_ADDRESS]);
}
