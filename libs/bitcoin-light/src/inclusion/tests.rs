use bitcoin::absolute::LockTime;
use bitcoin::consensus::{deserialize, serialize};
use bitcoin::constants::genesis_block;
use bitcoin::hashes::sha256d;
use bitcoin::transaction::Version;
use bitcoin::{Amount, Network, OutPoint, ScriptBuf, Sequence, TxIn, TxOut, Witness};
use proptest::prelude::*;

use super::*;

/// A transaction that spends `previous`, with `script` as its output and a witness.
fn spend(previous: OutPoint, script: Vec<u8>) -> Transaction {
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: previous,
            script_sig: ScriptBuf::new(),
            sequence: Sequence::MAX,
            witness: Witness::from_slice(&[[7; 64]]),
        }],
        output: vec![TxOut { value: Amount::from_sat(1000), script_pubkey: ScriptBuf::from_bytes(script) }],
    }
}

fn payment(n: u32) -> Transaction {
    spend(OutPoint::new(Txid::from_byte_array([1; 32]), n), vec![0x51; 34])
}

fn coinbase() -> Transaction {
    spend(OutPoint::null(), vec![0x51; 34])
}

/// A block of a coinbase and `payments` more, with its Merkle root in the header.
fn block(payments: u32) -> Block {
    let mut block = genesis_block(Network::Regtest);
    block.txdata = [coinbase()].into_iter().chain((0..payments).map(payment)).collect();
    block.header.merkle_root = block.compute_merkle_root().unwrap();
    block
}

fn node(bytes: [u8; 32]) -> TxMerkleNode {
    TxMerkleNode::from_byte_array(bytes)
}

fn hash_pair(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    sha256d::Hash::hash(&[left, right].concat()).to_byte_array()
}

#[test]
fn every_transaction_of_a_block_is_proven() {
    for payments in 0..20 {
        let block = block(payments);
        for (index, transaction) in block.txdata.iter().enumerate() {
            let proof = InclusionProof::from_block(&block, index).unwrap();
            let txid = proof.verify(transaction, block.header.merkle_root);
            assert_eq!(txid, Ok(transaction.compute_txid()), "{index} of {payments}");
        }
    }
}

#[test]
fn the_only_transaction_of_a_block_is_its_coinbase() {
    let block = genesis_block(Network::Bitcoin);
    let proof = InclusionProof::from_block(&block, 0).unwrap();
    assert_eq!((proof.branch.index(), proof.branch.depth()), (0, 0));
    let txid = block.txdata[0].compute_txid();
    assert_eq!(proof.verify(&block.txdata[0], block.header.merkle_root), Ok(txid));
    let other = payment(0);
    let expected = block.header.merkle_root;
    let found = node(other.compute_txid().to_byte_array());
    assert_eq!(proof.verify(&other, expected), Err(InclusionError::Root { expected, found }));
}

#[test]
fn a_block_without_the_transaction_gives_no_proof() {
    let missing = |block: &Block, index| InclusionProof::from_block(block, index).map(drop);
    let none = |index, count| Err(InclusionError::Path(MerkleError::NoTransaction { index, count }));
    assert_eq!(missing(&block(2), 3), none(3, 3));
    assert_eq!(missing(&Block { txdata: vec![], ..block(0) }, 0), none(0, 0));
}

#[test]
fn the_witness_plays_no_part() {
    let block = block(4);
    let proof = InclusionProof::from_block(&block, 2).unwrap();
    let mut transaction = block.txdata[2].clone();
    transaction.input[0].witness.clear();
    assert!(proof.verify(&transaction, block.header.merkle_root).is_ok());
}

#[test]
fn another_transaction_or_root_is_refused() {
    let block = block(4);
    let root = block.header.merkle_root;
    let proof = InclusionProof::from_block(&block, 2).unwrap();
    assert!(matches!(proof.verify(&payment(9), root), Err(InclusionError::Root { .. })));
    assert!(matches!(proof.verify(&block.txdata[3], root), Err(InclusionError::Root { .. })));
    let other = node([3; 32]);
    let found = root;
    assert_eq!(proof.verify(&block.txdata[2], other), Err(InclusionError::Root { expected: other, found }));
}

/// 64 bytes without its witness: a one-input transaction with four bytes of output script.
fn sixty_four_bytes() -> Transaction {
    let transaction = spend(OutPoint::new(Txid::from_byte_array([2; 32]), 0), vec![0x51; 4]);
    assert_eq!(transaction.base_size(), 64);
    transaction
}

#[test]
fn a_transaction_of_64_bytes_is_refused() {
    let mut block = block(3);
    block.txdata[2] = sixty_four_bytes();
    let (txid, root) = (block.txdata[2].compute_txid(), block.compute_merkle_root().unwrap());
    let proof = InclusionProof::from_block(&block, 2).unwrap();
    let refused = Err(InclusionError::SixtyFourBytes(txid));
    assert_eq!(proof.verify(&block.txdata[2], root), refused);
    assert_eq!(proof.branch.verify(&block.txdata[2], root), refused);
    let longer = InclusionProof::from_block(&block, 1).unwrap();
    assert!(longer.verify(&block.txdata[1], root).is_ok());
}

/// The halves of a 64-byte transaction stand as two leaves, so that their parent is its txid.
#[test]
fn an_inner_node_is_not_taken_for_a_leaf() {
    let mut forged = sixty_four_bytes();
    forged.input[0].witness.clear();
    let txid = forged.compute_txid();
    let bytes: [u8; 64] = serialize(&forged).try_into().unwrap();
    let (leaves, []) = bytes.as_chunks::<32>() else { unreachable!() };
    assert_eq!(hash_pair(leaves[0], leaves[1]), txid.to_byte_array());
    let sibling = hash_pair([5; 32], [6; 32]);
    let root = node(hash_pair(sibling, txid.to_byte_array()));
    let branch = MerkleBranch::new(1, vec![node(sibling)]).unwrap();
    assert_eq!(branch.root(txid), Ok(root), "the path itself is sound");
    assert_eq!(branch.verify(&forged, root), Err(InclusionError::SixtyFourBytes(txid)));
}

/// A miner put 64 bytes in place of a transaction whose right half is the txid of another one. The
/// path through them is one longer than the block's, which only the coinbase shows.
#[test]
fn a_leaf_is_not_taken_for_an_inner_node() {
    let forged = payment(1);
    let [left, right] = [[9; 32], forged.compute_txid().to_byte_array()];
    let coinbase = coinbase();
    let leaves = [coinbase.compute_txid(), Txid::from_byte_array(hash_pair(left, right))];
    let honest = InclusionProof::from_block_txids(&leaves, &coinbase, 1).unwrap();
    let root = honest.branch.root(leaves[1]).unwrap();

    let siblings = [&[node(left)], honest.branch.siblings()].concat();
    let longer = MerkleBranch::new(0b11, siblings).unwrap();
    assert_eq!(longer.verify(&forged, root), Ok(forged.compute_txid()), "the weaker rule is deceived");

    let proof = InclusionProof { branch: longer, ..honest.clone() };
    let unequal = InclusionError::CoinbaseDepth { expected: 2, found: 1 };
    assert_eq!(proof.verify(&forged, root), Err(unequal));

    let mut stretched = proof;
    let siblings = [&[node([0; 32])], honest.coinbase.branch.siblings()].concat();
    stretched.coinbase.branch = MerkleBranch::new(0, siblings).unwrap();
    let refused = stretched.verify(&forged, root);
    assert!(matches!(refused, Err(InclusionError::CoinbaseRoot { .. })), "{refused:?}");
}

#[test]
fn the_path_of_another_transaction_is_not_the_coinbase_s() {
    let block = block(4);
    let mut proof = InclusionProof::from_block(&block, 2).unwrap();
    let other = InclusionProof::from_block(&block, 3).unwrap();
    proof.coinbase =
        CoinbaseProof { sha256: sha256_stripped(&block.txdata[3]), branch: other.branch.clone() };
    let txid = block.txdata[3].compute_txid();
    assert_eq!(
        proof.verify(&block.txdata[2], block.header.merkle_root),
        Err(InclusionError::CoinbasePosition { txid, index: 3 })
    );
}

#[test]
fn a_coinbase_is_first_and_nothing_else_is() {
    let swapped = {
        let mut block = block(3);
        block.txdata.swap(0, 1);
        block
    };
    let root = swapped.compute_merkle_root().unwrap();
    for index in [0, 1] {
        let transaction = &swapped.txdata[index];
        let txid = transaction.compute_txid();
        let refused = Err(InclusionError::CoinbasePosition { txid, index: index as u32 });
        let proof = InclusionProof::from_block(&swapped, index).unwrap();
        assert_eq!(proof.verify(transaction, root), refused);
        assert_eq!(proof.branch.verify(transaction, root), refused);
    }
}

#[test]
fn without_the_depth_no_coinbase_is_taken() {
    let block = block(3);
    let root = block.header.merkle_root;
    let branch = |index| InclusionProof::from_block(&block, index).unwrap().branch;
    let txid = block.txdata[0].compute_txid();
    assert_eq!(branch(0).verify(&block.txdata[0], root), Err(InclusionError::CoinbaseRefused(txid)));
    assert_eq!(branch(2).verify(&block.txdata[2], root), Ok(block.txdata[2].compute_txid()));
}

#[test]
fn the_half_hashed_coinbase_is_its_txid_hashed_once() {
    let coinbase = coinbase();
    let txid = Txid::from_raw_hash(sha256_stripped(&coinbase).hash_again());
    assert_eq!(txid, coinbase.compute_txid());
}

#[test]
fn the_tip_has_depth_zero_and_one_confirmation() {
    assert_eq!((depth(100, 100), confirmations(100, 100)), (Some(0), Some(1)));
    assert_eq!((depth(100, 90), confirmations(100, 90)), (Some(10), Some(11)));
    assert_eq!((depth(100, 101), confirmations(100, 101)), (None, None));
    assert_eq!((depth(u32::MAX, 0), confirmations(u32::MAX, 0)), (Some(u32::MAX), None));
}

proptest! {
    #[test]
    fn no_flipped_bit_is_proven(
        payments in 1u32..40, pick: prop::sample::Index, bit: prop::sample::Index, of_coinbase: bool,
    ) {
        let block = block(payments);
        let index = pick.index(block.txdata.len());
        let mut proof = InclusionProof::from_block(&block, index).unwrap();
        let branch = if of_coinbase { &mut proof.coinbase.branch } else { &mut proof.branch };
        let mut bytes = branch.to_bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        *branch = MerkleBranch::from_bytes(branch.index(), &bytes).unwrap();
        prop_assert!(proof.verify(&block.txdata[index], block.header.merkle_root).is_err());
    }

    #[test]
    fn no_flipped_bit_of_the_coinbase_is_proven(bit in 0usize..256) {
        let block = block(5);
        let mut proof = InclusionProof::from_block(&block, 3).unwrap();
        let mut hash = proof.coinbase.sha256.to_byte_array();
        hash[bit / 8] ^= 1 << (bit % 8);
        proof.coinbase.sha256 = sha256::Hash::from_byte_array(hash);
        let refused = proof.verify(&block.txdata[3], block.header.merkle_root);
        let by_its_root = matches!(refused, Err(InclusionError::CoinbaseRoot { .. }));
        prop_assert!(by_its_root, "{refused:?}");
    }

    /// Whatever parses as a transaction is refused by a proof of something else, without a panic.
    #[test]
    fn random_transactions_and_proofs_are_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200), siblings in prop::collection::vec(any::<u8>(), 96),
        index in 0u32..8, sha256: [u8; 32], root: [u8; 32], flipped in 0usize..100,
    ) {
        let mut known = serialize(&payment(0));
        let place = flipped % known.len();
        known[place] ^= bytes.first().copied().unwrap_or(1) | 1;
        let branch = MerkleBranch::from_bytes(index, &siblings).unwrap();
        let coinbase = CoinbaseProof { sha256: sha256::Hash::from_byte_array(sha256), branch: branch.clone() };
        let proof = InclusionProof { branch, coinbase };
        for bytes in [bytes, known] {
            if let Ok(transaction) = deserialize::<Transaction>(&bytes) {
                prop_assert!(proof.verify(&transaction, node(root)).is_err());
            }
        }
    }
}
