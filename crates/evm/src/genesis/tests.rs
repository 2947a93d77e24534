use alloy_primitives::{B256, KECCAK256_EMPTY, TxKind, keccak256};
use ballast_types::OperationRange;

use super::*;
use crate::{
    Candidates, ExecutionError, InvalidBlock, execute_block,
    testing::{Chain, PBTC, alice, bob, genesis},
};

#[test]
fn block_1_writes_the_genesis_state() {
    let chain = Chain::new();
    for contract in native_contracts() {
        let account = chain.state.accounts[&contract.address()];
        assert_eq!((account.nonce, account.code_hash), (1, keccak256([0xef])), "{}", contract.name());
        assert_eq!(account.balance, U256::ZERO);
    }
    assert_eq!(chain.state.accounts[&HISTORY_STORAGE_ADDRESS].code_hash, keccak256(&HISTORY_STORAGE_CODE));
    assert_eq!(chain.state.code[&keccak256([0xef])], NATIVE_CODE);
    assert_eq!(chain.state.accounts[&alice().address].code_hash, KECCAK256_EMPTY);
    assert_eq!(chain.state.balance(bob().address), U256::from(1_000 * PBTC));
    assert_eq!(chain.state.total_balance(), U256::from(2_000 * PBTC));
    assert_eq!(chain.tip().0, 0);
}

#[test]
fn every_genesis_account_is_a_change_from_nothing() {
    let chain = Chain::new();
    assert!(chain.outcome.changes.accounts.values().all(|change| change.before.is_none()));
    assert!(chain.outcome.changes.storage.values().all(|change| change.before.is_zero()));
    let mut state = chain.state.clone();
    state.undo(&chain.outcome.changes);
    assert!(state.accounts.is_empty() && state.storage.is_empty());
}

#[test]
fn block_1_stores_the_genesis_hash() {
    let chain = Chain::new();
    let genesis = chain.genesis.block(B256::ZERO, OperationRange::default());
    assert_eq!(
        chain.state.storage[&(HISTORY_STORAGE_ADDRESS, U256::ZERO)],
        U256::from_be_bytes(genesis.hash().0)
    );
}

#[test]
fn funds_can_be_spent_in_block_1() {
    let mut chain = Chain::at_genesis();
    let transactions = vec![alice().send(0, TxKind::Call(bob().address), PBTC, vec![])];
    let built = chain.grow(Candidates { transactions, ..Candidates::default() });
    assert_eq!(built.left_out, []);
    assert_eq!(chain.state.balance(bob().address), U256::from(1_001 * PBTC));
}

#[test]
fn a_system_contract_can_neither_be_emptied_nor_sent_from() {
    let mut chain = Chain::new();
    for _ in 0..3 {
        let nonce = chain.nonce(alice().address);
        let to = TxKind::Call(SystemContract::LightClient.address());
        chain.include(vec![alice().send(nonce, to, 0, vec![])]);
    }
    assert_eq!(chain.state.accounts[&SystemContract::LightClient.address()].nonce, 1);
    assert_eq!(chain.tip().0, 0, "its storage is still there");
}

#[test]
fn a_genesis_that_the_light_client_refuses_gives_no_chain() {
    let mut genesis = genesis();
    // regtest's first header does not meet mainnet's difficulty
    genesis.parameters.bitcoin.network = bitcoin::Network::Bitcoin;
    let chain = Chain::at_genesis();
    let block = chain.seal(vec![], &crate::Outcome::default());
    let result = execute_block(&chain.state, &chain.next(), &genesis, &block);
    assert!(matches!(result, Err(ExecutionError::State(_))), "{result:?}");
    let other = execute_block(&chain.state, &chain.next(), &chain.genesis, &block);
    assert!(!matches!(other, Err(ExecutionError::Invalid(InvalidBlock::Header(_)))), "{other:?}");
}
