use bitcoin::{
    Amount, Network, TxIn, TxOut, absolute::LockTime, constants::genesis_block, transaction::Version,
};

use super::*;

const LOOKBACK: u32 = 10;

fn script(byte: u8) -> ScriptBuf {
    ScriptBuf::from_bytes(vec![byte])
}

fn spending(previous_output: OutPoint, pays: u8) -> Transaction {
    let output = TxOut { value: Amount::from_sat(1), script_pubkey: script(pays) };
    let input = TxIn { previous_output, ..TxIn::default() };
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output: vec![output] }
}

/// A transaction that pays a script; `salt` tells siblings apart.
fn paying(pays: u8, salt: u32) -> Transaction {
    let source = genesis_block(Network::Regtest).txdata[0].compute_txid();
    spending(OutPoint::new(source, salt), pays)
}

/// A best chain of blocks, none of them with work.
struct Chain {
    blocks: Vec<Block>,
    salt: u32,
}

impl Chain {
    fn new(blocks: usize) -> Self {
        let mut chain = Self { blocks: vec![genesis_block(Network::Regtest)], salt: 0 };
        chain.mine_empty(blocks);
        chain
    }

    fn mine(&mut self, transactions: &[Transaction]) {
        self.salt += 1;
        let parent = self.blocks.last().unwrap();
        let mut block = parent.clone();
        block.header.prev_blockhash = parent.block_hash();
        block.header.nonce = self.salt;
        block.txdata.truncate(1);
        block.txdata.extend_from_slice(transactions);
        block.header.merkle_root = block.compute_merkle_root().unwrap();
        self.blocks.push(block);
    }

    fn mine_empty(&mut self, count: usize) {
        (0..count).for_each(|_| self.mine(&[]));
    }

    fn tip(&self) -> Tip {
        Tip { height: self.blocks.len() as u32 - 1, hash: self.blocks.last().unwrap().block_hash() }
    }

    /// Lets a scan read all it wants; the heights it read.
    fn read(&self, scan: &mut Scan) -> Vec<u32> {
        let mut heights = Vec::new();
        while let Some(height) = scan.next(self.tip(), 0) {
            scan.learn(height, &self.blocks[height as usize]);
            heights.push(height);
        }
        heights
    }
}

fn watching(watches: &[Watch]) -> Scan {
    let mut scan = Scan::new(ScanJournal::default(), LOOKBACK);
    scan.watch(watches.iter().cloned().collect());
    scan
}

fn found(scan: &Scan) -> Vec<(u32, Txid)> {
    scan.sightings().map(|sighting| (sighting.height, sighting.txid)).collect()
}

#[test]
fn a_transaction_is_sighted_by_what_it_is_pays_or_spends() {
    let (pays, is, spends) = (paying(1, 1), paying(2, 2), paying(3, 3));
    let (both, other) = (spending(OutPoint::new(is.compute_txid(), 0), 1), paying(4, 4));
    let wanted = [
        Watch::Script(script(1)),
        Watch::Transaction(is.compute_txid()),
        Watch::Spend(spends.input[0].previous_output),
        Watch::Spend(both.input[0].previous_output),
    ];
    let mut scan = watching(&wanted);
    let mut chain = Chain::new(3);
    let all = [pays, is, spends, both.clone()];
    chain.mine(&[&all[..], &[other]].concat());
    chain.read(&mut scan);
    assert_eq!(found(&scan), all.clone().map(|transaction| (4, transaction.compute_txid())));
    let header = chain.blocks[4].header;
    for sighting in scan.sightings() {
        assert_eq!(sighting.block, header.block_hash());
        let proven = sighting.proof.verify(&sighting.transaction, header.merkle_root).unwrap();
        assert_eq!(proven, sighting.txid);
    }
    let last = scan.sightings().last().unwrap();
    assert_eq!(last.watches, [Watch::Script(script(1)), Watch::Spend(both.input[0].previous_output)].into());
}

#[test]
fn a_first_scan_begins_a_bounded_way_back_and_never_below_the_base() {
    let chain = Chain::new(30);
    assert_eq!(chain.read(&mut watching(&[])), (21..=30).collect::<Vec<_>>());
    assert_eq!(watching(&[]).next(chain.tip(), 25), Some(25));
    assert_eq!(watching(&[]).next(chain.tip(), 31), None);
    assert_eq!(Chain::new(3).read(&mut watching(&[])), [0, 1, 2, 3]);
}

#[test]
fn a_new_watch_is_looked_for_in_what_was_read_after_the_tip_is_reached() {
    let mut scan = watching(&[Watch::Script(script(1))]);
    let mut chain = Chain::new(20);
    let (first, second) = (paying(1, 1), paying(2, 2));
    chain.mine(&[first.clone(), second.clone()]);
    chain.read(&mut scan);
    assert_eq!(found(&scan), [(21, first.compute_txid())]);
    chain.mine_empty(1);
    assert!(scan.watch([Watch::Script(script(1)), Watch::Script(script(2))].into()));
    assert!(!scan.watch([Watch::Script(script(1)), Watch::Script(script(2))].into()));
    let expected: Vec<u32> = [22].into_iter().chain(12..=21).collect();
    assert_eq!(chain.read(&mut scan), expected);
    assert_eq!(found(&scan), [(21, first.compute_txid()), (21, second.compute_txid())]);
}

#[test]
fn to_watch_for_less_reads_nothing_again() {
    let mut scan = watching(&[Watch::Script(script(1)), Watch::Script(script(2))]);
    let chain = Chain::new(20);
    chain.read(&mut scan);
    assert!(scan.watch([Watch::Script(script(1))].into()));
    assert_eq!(chain.read(&mut scan), [0; 0]);
}

#[test]
fn a_reorganisation_of_any_depth_is_followed_and_what_it_removed_is_gone() {
    for depth in 1..=15 {
        let mut scan = watching(&[Watch::Script(script(1))]);
        let mut chain = Chain::new(30);
        let (lost, comes) = (paying(1, 1), paying(1, 2));
        chain.mine(&[lost]);
        chain.mine_empty(depth - 1);
        chain.read(&mut scan);
        chain.blocks.truncate(31);
        chain.mine(std::slice::from_ref(&comes));
        chain.mine_empty(depth);
        chain.read(&mut scan);
        let deep = chain.tip().height - 31 >= LOOKBACK;
        let expected = if deep { vec![] } else { vec![(31, comes.compute_txid())] };
        assert_eq!(found(&scan), expected, "depth {depth}");
        assert_eq!(chain.read(&mut scan), [0; 0]);
    }
}

#[test]
fn a_shorter_chain_is_followed_too() {
    let mut scan = watching(&[Watch::Script(script(1))]);
    let mut chain = Chain::new(30);
    chain.mine(&[paying(1, 1)]);
    chain.read(&mut scan);
    chain.blocks.truncate(25);
    chain.read(&mut scan);
    assert_eq!(found(&scan), []);
    chain.blocks.truncate(3);
    assert_eq!(chain.read(&mut scan), [0, 1, 2]);
}

#[test]
fn a_block_of_another_branch_that_arrives_between_two_looks_is_not_taken_in() {
    let mut scan = watching(&[Watch::Script(script(1))]);
    let mut chain = Chain::new(20);
    chain.read(&mut scan);
    let before = scan.journal();
    chain.blocks.truncate(15);
    chain.mine(&[paying(1, 1)]);
    assert!(!scan.learn(15, &chain.blocks[15]));
    assert!(!scan.learn(3, &chain.blocks[3]));
    assert_eq!(scan.journal(), before);
}

#[test]
fn what_is_settled_is_not_sighted_again_in_the_same_block() {
    let mut scan = watching(&[Watch::Script(script(1))]);
    let mut chain = Chain::new(20);
    let again = paying(1, 1);
    chain.mine(std::slice::from_ref(&again));
    chain.mine_empty(1);
    chain.read(&mut scan);
    let sighting = scan.sightings().next().unwrap().clone();
    scan.settle(&sighting);
    chain.read(&mut scan);
    assert_eq!(found(&scan), []);
    chain.blocks.truncate(21);
    chain.mine_empty(1);
    chain.mine(std::slice::from_ref(&again));
    chain.read(&mut scan);
    assert_eq!(found(&scan), [(22, again.compute_txid())]);
    // an old sighting settles nothing in another block
    scan.settle(&sighting);
    assert_eq!(found(&scan), [(22, again.compute_txid())]);
}

#[test]
fn what_is_not_settled_stays_however_far_down_it_is() {
    let mut scan = watching(&[Watch::Script(script(1))]);
    let mut chain = Chain::new(20);
    chain.mine(&[paying(1, 1)]);
    chain.read(&mut scan);
    chain.mine_empty(3 * LOOKBACK as usize);
    chain.read(&mut scan);
    assert_eq!(found(&scan).len(), 1);
    let sighting = scan.sightings().next().unwrap().clone();
    scan.settle(&sighting);
    chain.mine_empty(1);
    chain.read(&mut scan);
    assert_eq!(scan.journal().blocks.len(), LOOKBACK as usize);
}

#[test]
fn a_scan_goes_on_where_its_journal_ends() {
    let mut scan = watching(&[Watch::Script(script(1))]);
    let mut chain = Chain::new(20);
    let (open, settled) = (paying(1, 1), paying(1, 2));
    chain.mine(std::slice::from_ref(&settled));
    chain.mine(std::slice::from_ref(&open));
    chain.read(&mut scan);
    let sighting = scan.sightings().next().unwrap().clone();
    scan.settle(&sighting);
    let text = serde_json::to_string(&scan.journal()).unwrap();
    let mut next = Scan::new(serde_json::from_str(&text).unwrap(), LOOKBACK);
    assert!(!next.watch([Watch::Script(script(1))].into()));
    chain.mine_empty(2 * LOOKBACK as usize);
    let expected: Vec<u32> = (23..=42).chain([22]).collect();
    assert_eq!(chain.read(&mut next), expected);
    assert_eq!(found(&next), [(22, open.compute_txid())]);
}
