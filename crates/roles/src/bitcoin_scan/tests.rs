use ballast_bitcoin_io::Bitcoin;
use bitcoin::{OutPoint, Transaction, TxIn, absolute::LockTime, transaction::Version};

use super::*;
use crate::fake::bitcoin::FakeBitcoin;

/// A transaction that differs from others by its number.
fn payment(number: u32) -> Transaction {
    let input = TxIn { previous_output: OutPoint { vout: number, ..OutPoint::null() }, ..TxIn::default() };
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output: vec![] }
}

/// Takes blocks up to the tip and collects what is found of `wanted`.
fn run(scan: &mut Scan, bitcoin: &FakeBitcoin, wanted: &Transaction, found: &mut Vec<Found>) {
    while let Some(hash) = bitcoin.block_hash(scan.next()).unwrap() {
        let block = bitcoin.block(&hash).unwrap().unwrap();
        match scan.take(&block, |transaction| transaction == wanted) {
            Taken::Block(new) => found.extend(new),
            Taken::Forked { from } => found.retain(|found| found.height < from),
        }
    }
}

fn places(found: &[Found]) -> Vec<u32> {
    found.iter().map(|found| found.height).collect()
}

#[test]
fn what_is_wanted_is_found_with_its_proof() {
    let bitcoin = FakeBitcoin::new();
    let wanted = payment(7);
    bitcoin.state().mine_with(&[payment(1), wanted.clone(), payment(2)]);
    bitcoin.state().mine(3, 0);
    let (mut scan, mut found) = (Scan::starting(0), vec![]);
    run(&mut scan, &bitcoin, &wanted, &mut found);
    assert_eq!((scan.next(), places(&found)), (5, vec![1]));
    let root = bitcoin.state().headers[1].merkle_root;
    assert_eq!(found[0].proof.verify(&wanted, root), Ok(wanted.compute_txid()));
    assert_eq!(found[0].block, bitcoin.state().headers[1].block_hash());
}

#[test]
fn a_reorganisation_takes_back_what_it_removes() {
    let bitcoin = FakeBitcoin::new();
    let wanted = payment(7);
    bitcoin.state().mine(2, 0);
    bitcoin.state().mine_with(std::slice::from_ref(&wanted));
    bitcoin.state().mine(2, 0);
    let (mut scan, mut found) = (Scan::starting(0), vec![]);
    run(&mut scan, &bitcoin, &wanted, &mut found);
    assert_eq!(places(&found), [3]);
    bitcoin.state().reorganise(4, 1);
    run(&mut scan, &bitcoin, &wanted, &mut found);
    assert_eq!(places(&found), [0; 0]);
    bitcoin.state().mine_with(std::slice::from_ref(&wanted));
    run(&mut scan, &bitcoin, &wanted, &mut found);
    assert_eq!(places(&found), [7]);
    assert_eq!(scan.next(), 8);
}

#[test]
fn what_is_wanted_late_is_found_by_going_back() {
    let bitcoin = FakeBitcoin::new();
    let wanted = payment(7);
    bitcoin.state().mine(1, 0);
    bitcoin.state().mine_with(std::slice::from_ref(&wanted));
    bitcoin.state().mine(1, 0);
    let (mut scan, mut found) = (Scan::starting(0), vec![]);
    run(&mut scan, &bitcoin, &payment(8), &mut found);
    scan.rewind(2);
    assert_eq!(scan.next(), 2);
    run(&mut scan, &bitcoin, &wanted, &mut found);
    assert_eq!(places(&found), [2]);
    // no further than to where it began
    scan.rewind(99);
    assert_eq!(scan.next(), 0);
}

#[test]
fn only_so_many_hashes_are_kept() {
    let bitcoin = FakeBitcoin::new();
    bitcoin.state().mine(KEPT + 50, 0);
    let mut scan = Scan::starting(0);
    run(&mut scan, &bitcoin, &payment(0), &mut vec![]);
    scan.rewind(u32::MAX);
    assert_eq!(scan.next() as usize, 51);
}
