use bitcoin::merkle_tree::calculate_root;
use proptest::prelude::*;

use super::*;

fn txids(count: usize) -> Vec<Txid> {
    (0..count as u32).map(|n| Txid::hash(&n.to_le_bytes())).collect()
}

fn root_of(txids: &[Txid]) -> TxMerkleNode {
    calculate_root(txids.iter().copied().map(leaf)).unwrap()
}

#[test]
fn a_block_of_one_transaction_has_an_empty_path() {
    let [only] = txids(1)[..] else { unreachable!() };
    let branch = MerkleBranch::from_block_txids(&[only], 0).unwrap();
    assert_eq!((branch.index(), branch.depth(), branch.to_bytes()), (0, 0, vec![]));
    assert_eq!(branch.root(only), Ok(leaf(only)));
    assert_eq!(MerkleBranch::from_bytes(1, &[]), Err(MerkleError::Index { index: 1, depth: 0 }));
}

#[test]
fn the_longest_path_fits_the_biggest_block() {
    let txids = txids(16_666);
    let branch = MerkleBranch::from_block_txids(&txids, 16_665).unwrap();
    assert_eq!(branch.depth(), MAX_DEPTH);
    assert_eq!(branch.root(txids[16_665]), Ok(root_of(&txids)));
    let too_deep = MerkleError::TooDeep { max: MAX_DEPTH, found: 16 };
    assert_eq!(MerkleBranch::from_block_txids(&self::txids((1 << 15) + 1), 0), Err(too_deep));
    assert_eq!(MerkleBranch::from_bytes(0, &[0; 16 * 32]), Err(too_deep));
}

#[test]
fn a_transaction_that_is_not_there_has_no_path() {
    let missing = |count, index| MerkleBranch::from_block_txids(&txids(count), index);
    assert_eq!(missing(0, 0), Err(MerkleError::NoTransaction { index: 0, count: 0 }));
    assert_eq!(missing(3, 3), Err(MerkleError::NoTransaction { index: 3, count: 3 }));
}

#[test]
fn an_index_outside_the_tree_is_refused() {
    let branch = MerkleBranch::from_block_txids(&txids(5), 4).unwrap();
    for index in [8, 12, u32::MAX] {
        let outside = Err(MerkleError::Index { index, depth: 3 });
        assert_eq!(MerkleBranch::new(index, branch.siblings().to_vec()), outside);
    }
}

/// The last of five transactions is paired with itself, and the pair with itself again: its path with
/// index 5, 6 or 7 ends in the same root.
#[test]
fn the_padding_of_an_odd_row_has_no_index() {
    let txids = txids(5);
    let siblings = MerkleBranch::from_block_txids(&txids, 4).unwrap().siblings().to_vec();
    let root = |index| MerkleBranch::new(index, siblings.clone()).unwrap().root(txids[4]);
    assert_eq!(root(4), Ok(root_of(&txids)));
    for index in 5..8 {
        assert_eq!(root(index), Err(MerkleError::Padding { index }));
    }
}

#[test]
fn a_broken_sibling_is_refused() {
    for length in [1, 31, 33, 65] {
        assert_eq!(MerkleBranch::from_bytes(0, &vec![0; length]), Err(MerkleError::Length(length)));
    }
}

proptest! {
    #[test]
    fn every_path_leads_to_the_root_and_back_through_its_bytes(count in 1usize..80) {
        let txids = txids(count);
        for (index, txid) in txids.iter().enumerate() {
            let branch = MerkleBranch::from_block_txids(&txids, index).unwrap();
            prop_assert_eq!(branch.root(*txid), Ok(root_of(&txids)));
            prop_assert_eq!(MerkleBranch::from_bytes(branch.index(), &branch.to_bytes()), Ok(branch));
        }
    }

    #[test]
    fn no_other_index_leads_to_the_root(count in 1usize..80, pick: prop::sample::Index) {
        let txids = txids(count);
        let index = pick.index(count);
        let right = MerkleBranch::from_block_txids(&txids, index).unwrap();
        for wrong in (0..1 << right.depth()).filter(|wrong| *wrong != right.index()) {
            let branch = MerkleBranch::new(wrong, right.siblings().to_vec()).unwrap();
            prop_assert_ne!(branch.root(txids[index]), Ok(root_of(&txids)), "index {}", wrong);
        }
    }

    #[test]
    fn no_flipped_bit_leads_to_the_root(
        count in 2usize..80, pick: prop::sample::Index, bit: prop::sample::Index,
    ) {
        let txids = txids(count);
        let index = pick.index(count);
        let mut bytes = MerkleBranch::from_block_txids(&txids, index).unwrap().to_bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let branch = MerkleBranch::from_bytes(index as u32, &bytes).unwrap();
        prop_assert_ne!(branch.root(txids[index]), Ok(root_of(&txids)));
    }

    #[test]
    fn any_bytes_are_a_path_or_refused(
        index in any::<u32>(), bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let whole = bytes.len() % 32 == 0;
        let depth = bytes.len() / 32;
        match MerkleBranch::from_bytes(index, &bytes) {
            Ok(branch) => {
                prop_assert!(whole && depth <= MAX_DEPTH && index < 1 << depth);
                prop_assert_eq!(branch.to_bytes(), bytes);
                prop_assert!(branch.root(Txid::all_zeros()).is_ok());
            }
            Err(MerkleError::Length(length)) => prop_assert!(!whole && length == bytes.len()),
            Err(MerkleError::TooDeep { found, .. }) => prop_assert!(found == depth && depth > MAX_DEPTH),
            Err(error) => prop_assert_eq!(error, MerkleError::Index { index, depth }),
        }
    }
}
