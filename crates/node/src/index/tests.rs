use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, Log, LogData, U256};
use ballast_evm::{Account, Change, State as _};
use ballast_types::{Block, LogFilter, Receipt, Transaction, TransactionPlace};
use proptest::prelude::*;

use super::*;
use crate::{
    fixture::{genesis, wallet},
    node::genesis_block,
};

type Words = BTreeMap<(Address, U256), U256>;
type Accounts = BTreeMap<Address, Account>;

fn genesis_header() -> Block {
    genesis_block(&genesis(1, 0, 1_000, 60)).block().clone()
}

fn child(parent: &Block, transactions: Vec<Transaction>, receipts: &[Receipt]) -> Block {
    let mut block = parent.clone();
    block.header.number += 1;
    block.header.parent_hash = parent.hash();
    block.header.transactions_root = Block::transactions_root(&transactions);
    block.header.logs_bloom = Receipt::block_bloom(receipts);
    block.transactions = transactions;
    block
}

fn empty_child(parent: &Block) -> Block {
    child(parent, Vec::new(), &[])
}

fn add(
    index: &Index,
    block: &Block,
    receipts: &[Receipt],
    changes: &StateChanges,
) -> Result<bool, IndexError> {
    index.apply(&Finalised { block, hash: block.hash(), receipts, changes })
}

fn extend(index: &Index, parent: &Block, changes: &StateChanges) -> Block {
    let block = empty_child(parent);
    assert!(add(index, &block, &[], changes).unwrap());
    block
}

fn account(nonce: u64) -> Account {
    Account { nonce, balance: U256::from(nonce) << 200, code_hash: KECCAK256_EMPTY }
}

fn receipt(logs: Vec<Log>) -> Receipt {
    Receipt { tx_type: 2, success: true, cumulative_gas_used: 21_000, logs }
}

fn log(address: u8, topics: &[u8]) -> Log {
    let topics = topics.iter().map(|topic| B256::repeat_byte(*topic)).collect();
    Log { address: Address::repeat_byte(address), data: LogData::new_unchecked(topics, Bytes::new()) }
}

fn transfers(number: u64, count: u64) -> Vec<Transaction> {
    let transfer =
        |nonce| Transaction::Ethereum(wallet(0).transfer(number * 100 + nonce, Address::ZERO, 1, 1));
    (0..count).map(transfer).collect()
}

#[test]
fn a_block_is_found_by_number_hash_and_transaction() {
    let genesis = genesis_header();
    let index = Index::in_memory(&genesis).unwrap();
    let receipts = [receipt(vec![log(1, &[1])]), receipt(vec![log(2, &[2]), log(3, &[])])];
    let block = child(&genesis, transfers(1, 2), &receipts);
    assert!(add(&index, &block, &receipts, &StateChanges::default()).unwrap());

    assert_eq!(index.latest().unwrap(), 1);
    assert_eq!(index.number(block.hash()).unwrap(), Some(1));
    assert_eq!(index.header(1).unwrap(), Some(block.header.clone()));
    let place = index.transaction(block.transactions[1].hash()).unwrap();
    assert_eq!(place, Some(TransactionPlace { block: 1, index: 1 }));
    let stored = index.stored(1).unwrap().unwrap();
    assert_eq!((&stored.block, &stored.receipts[..]), (&block, &receipts[..]));
    let positions: Vec<_> = stored.logs().map(|entry| (entry.transaction_index, entry.log_index)).collect();
    assert_eq!(positions, [(0, 0), (1, 1), (1, 2)]);
    assert_eq!(index.stored(2).unwrap(), None);
    assert_eq!(index.transaction(B256::ZERO).unwrap(), None);
}

#[test]
fn blocks_come_in_order_and_twice_is_once() {
    let genesis = genesis_header();
    let index = Index::in_memory(&genesis).unwrap();
    let none = StateChanges::default();
    let one = empty_child(&genesis);
    let two = empty_child(&one);
    assert!(matches!(add(&index, &two, &[], &none), Err(IndexError::Gap { latest: 0, found: 2 })));
    assert!(add(&index, &one, &[], &none).unwrap());
    assert!(!add(&index, &one, &[], &none).unwrap(), "delivered again after a crash");
    let mut other = one.clone();
    other.header.timestamp += 1;
    assert!(matches!(add(&index, &other, &[], &none), Err(IndexError::Conflict { number: 1, .. })));
    let mut stranger = two.clone();
    stranger.header.parent_hash = other.hash();
    assert!(matches!(add(&index, &stranger, &[], &none), Err(IndexError::Gap { .. })));
    assert!(add(&index, &two, &[], &none).unwrap());
}

#[test]
fn a_file_of_another_chain_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.redb");
    let genesis = genesis_header();
    let block = extend(&Index::open(&path, &genesis).unwrap(), &genesis, &StateChanges::default());
    assert_eq!(Index::open(&path, &genesis).unwrap().hash(1).unwrap(), Some(block.hash()));
    let mut other = genesis;
    other.header.timestamp += 1;
    assert!(matches!(Index::open(&path, &other), Err(IndexError::OtherChain { .. })));
}

#[test]
fn changes_that_do_not_start_where_the_state_is_are_refused() {
    let genesis = genesis_header();
    let index = Index::in_memory(&genesis).unwrap();
    let change = Change { before: Some(account(1)), after: Some(account(2)) };
    let changes = StateChanges { accounts: [(Address::ZERO, change)].into(), ..StateChanges::default() };
    let block = empty_child(&genesis);
    assert!(matches!(add(&index, &block, &[], &changes), Err(IndexError::Damaged(_))));
    assert_eq!(index.latest().unwrap(), 0, "nothing of the block was written");
}

#[test]
fn code_is_found_by_hash() {
    let genesis = genesis_header();
    let index = Index::in_memory(&genesis).unwrap();
    let (hash, code) = (B256::repeat_byte(7), Bytes::from_static(b"code"));
    let changes = StateChanges { code: [(hash, code.clone())].into(), ..StateChanges::default() };
    extend(&index, &genesis, &changes);
    let state = index.state_at(1).unwrap();
    assert_eq!(state.code(hash).unwrap(), code);
    assert_eq!(state.code(KECCAK256_EMPTY).unwrap(), Bytes::new());
    assert!(state.code(B256::ZERO).is_err());
}

#[test]
fn the_first_evidence_of_a_fault_is_kept() {
    let index = Index::in_memory(&genesis_header()).unwrap();
    let fault = Fault { epoch: 1, view: 2, seat: 3 };
    index.record_fault(fault, b"first").unwrap();
    index.record_fault(fault, b"second").unwrap();
    assert_eq!(index.faults().unwrap(), [(fault, b"first".to_vec())]);
}

#[test]
fn logs_are_filtered_by_range_address_and_topics() {
    let genesis = genesis_header();
    let index = Index::in_memory(&genesis).unwrap();
    let mut parent = genesis;
    for number in 1..=3 {
        let receipts = [receipt(vec![log(1, &[1, number]), log(2, &[2])])];
        let block = child(&parent, transfers(number.into(), 1), &receipts);
        add(&index, &block, &receipts, &StateChanges::default()).unwrap();
        parent = block;
    }
    let find = |range, filter: &LogFilter| {
        let logs = index.logs(range, filter, 10).unwrap();
        logs.iter().map(|entry| (entry.block_number, entry.log_index)).collect::<Vec<_>>()
    };
    let topic = |byte| vec![B256::repeat_byte(byte)];
    let any = LogFilter::default();
    assert_eq!(find(1..=2, &any), [(1, 0), (1, 1), (2, 0), (2, 1)]);
    assert_eq!(find(0..=9, &any).len(), 6);
    let address = LogFilter { addresses: vec![Address::repeat_byte(2)], ..any.clone() };
    assert_eq!(find(1..=3, &address), [(1, 1), (2, 1), (3, 1)]);
    let second = LogFilter { topics: [vec![], topic(2), vec![], vec![]], ..any.clone() };
    assert_eq!(find(1..=3, &second), [(2, 0)]);
    let either = LogFilter { topics: [vec![], [topic(1), topic(3)].concat(), vec![], vec![]], ..any.clone() };
    assert_eq!(find(1..=3, &either), [(1, 0), (3, 0)]);
    assert!(matches!(index.logs(1..=3, &any, 5), Err(IndexError::TooManyLogs { limit: 5 })));
}

/// The values that a few keys get in one block.
/// Balances of accounts and words of slots, by small numbers that stand for addresses and slots.
type Writes = (Vec<(u8, Option<u64>)>, Vec<(u8, u8, u8)>);

fn writes() -> impl Strategy<Value = Writes> {
    let accounts = prop::collection::vec((0..4u8, prop::option::of(1..5u64)), 0..4);
    let words = prop::collection::vec((0..3u8, 0..3u8, 0..4u8), 0..5);
    (accounts, words)
}

fn changes(accounts: &mut Accounts, words: &mut Words, writes: &Writes) -> StateChanges {
    let mut changes = StateChanges::default();
    for (address, nonce) in &writes.0 {
        let address = Address::repeat_byte(*address);
        let (before, after) = (accounts.get(&address).copied(), nonce.map(account));
        let first = changes.accounts.get(&address).map_or(before, |change: &Change<_>| change.before);
        changes.accounts.insert(address, Change { before: first, after });
        match after {
            Some(after) => accounts.insert(address, after),
            None => accounts.remove(&address),
        };
    }
    for (address, slot, word) in &writes.1 {
        let key = (Address::repeat_byte(*address), U256::from(*slot));
        let before = words.get(&key).copied().unwrap_or_default();
        let first = changes.storage.get(&key).map_or(before, |change: &Change<_>| change.before);
        changes.storage.insert(key, Change { before: first, after: U256::from(*word) });
        words.insert(key, U256::from(*word));
    }
    changes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn state_is_read_back_at_every_block_of_the_window(blocks in prop::collection::vec(writes(), 1..24)) {
        let mut parent = genesis_header();
        let index = Index::in_memory(&parent).unwrap();
        let (mut accounts, mut words) = (Accounts::new(), Words::new());
        let mut history = vec![(accounts.clone(), words.clone())];
        for writes in &blocks {
            parent = extend(&index, &parent, &changes(&mut accounts, &mut words, writes));
            history.push((accounts.clone(), words.clone()));
        }
        for (number, (accounts, words)) in (0..).zip(&history) {
            let state = index.state_at(number).unwrap();
            for address in (0..4).map(Address::repeat_byte) {
                prop_assert_eq!(state.account(address).unwrap(), accounts.get(&address).copied());
                for slot in (0..3).map(U256::from) {
                    let word = words.get(&(address, slot)).copied().unwrap_or_default();
                    prop_assert_eq!(state.storage(address, slot).unwrap(), word);
                }
            }
        }
    }
}

#[test]
fn state_beyond_the_window_is_pruned_and_says_so() {
    let mut parent = genesis_header();
    let index = Index::in_memory(&parent).unwrap();
    let (mut accounts, mut words) = (Accounts::new(), Words::new());
    for number in 1..=WINDOW + 10 {
        let writes = (vec![(1, Some(number))], vec![(1, 1, (number % 200) as u8)]);
        parent = extend(&index, &parent, &changes(&mut accounts, &mut words, &writes));
    }
    let latest = WINDOW + 10;
    assert!(matches!(index.state_at(9), Err(IndexError::Pruned { number: 9, oldest: 10 })));
    assert!(matches!(index.state_at(latest + 1), Err(IndexError::Unknown { .. })));
    for number in [10, 11, latest - 1, latest] {
        let state = index.state_at(number).unwrap();
        assert_eq!(state.account(Address::repeat_byte(1)).unwrap(), Some(account(number)));
        assert_eq!(state.storage(Address::repeat_byte(1), U256::ONE).unwrap(), U256::from(number % 200));
    }
    let read = index.database.begin_read().unwrap();
    let kept = read.open_table(CHANGED).unwrap().iter().unwrap().count() as u64;
    let before = read.open_table(ACCOUNTS_BEFORE).unwrap().iter().unwrap().count() as u64;
    assert_eq!((kept, before), (WINDOW, WINDOW), "what nobody can ask for is not kept");
}

#[test]
fn a_snapshot_does_not_move_with_the_chain() {
    let genesis = genesis_header();
    let index = Index::in_memory(&genesis).unwrap();
    let (mut accounts, mut words) = (Accounts::new(), Words::new());
    let one = extend(&index, &genesis, &changes(&mut accounts, &mut words, &(vec![(1, Some(1))], vec![])));
    let snapshot = index.state_at(1).unwrap();
    extend(&index, &one, &changes(&mut accounts, &mut words, &(vec![(1, Some(2))], vec![])));
    assert_eq!(snapshot.account(Address::repeat_byte(1)).unwrap(), Some(account(1)));
    assert_eq!(snapshot.number(), 1);
}
