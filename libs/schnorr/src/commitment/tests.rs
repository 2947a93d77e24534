use proptest::prelude::*;

use super::*;

fn leaves(count: u64) -> Vec<PublicRandomness> {
    (0..count).map(|i| PublicRandomness(digest(&i.to_be_bytes()))).collect()
}

fn committed(start: u64, count: u64) -> (Commitment, Tree, Vec<PublicRandomness>) {
    let leaves = leaves(count);
    let tree = Tree::new(&leaves).unwrap();
    (Commitment::new(start, count, tree.root()).unwrap(), tree, leaves)
}

/// The definition of RFC 6962 word by word: from the top, split at the largest power of two below the count.
fn root_from_above(leaves: &[PublicRandomness]) -> [u8; 32] {
    match leaves {
        [] => digest(b""),
        [leaf] => leaf_hash(leaf),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            inner_hash(&root_from_above(left), &root_from_above(right))
        }
    }
}

#[test]
fn every_index_of_every_size_has_a_proof() {
    for count in 1..=70 {
        let (commitment, tree, leaves) = committed(1_000, count);
        assert_eq!(tree.root(), root_from_above(&leaves));
        assert_eq!(tree.total(), count);
        for (index, leaf) in (0..count).zip(&leaves) {
            let proof = tree.proof(index).unwrap();
            assert_eq!(proof.root(leaf), Ok(tree.root()));
            assert_eq!(commitment.verify(1_000 + index, leaf, &proof), Ok(()));
        }
    }
}

#[test]
fn a_commitment_covers_at_least_one_height_and_does_not_overflow() {
    assert_eq!(Commitment::new(5, 0, [0; 32]), Err(CommitmentError::Empty));
    let error = Err(CommitmentError::Overflow { start: u64::MAX, count: 1 });
    assert_eq!(Commitment::new(u64::MAX, 1, [0; 32]), error);
    let last = Commitment::new(u64::MAX - 3, 3, [0; 32]).unwrap();
    assert_eq!((last.start(), last.count(), last.last()), (u64::MAX - 3, 3, u64::MAX - 1));
    assert_eq!(Tree::new(&[]).unwrap_err(), CommitmentError::Empty);
}

#[test]
fn a_height_outside_is_refused() {
    let (commitment, tree, leaves) = committed(1_000, 5);
    for height in [0, 999, 1_005, u64::MAX] {
        let error = CommitmentError::HeightOutside { height, start: 1_000, last: 1_004 };
        assert_eq!(commitment.verify(height, &leaves[0], &tree.proof(0).unwrap()), Err(error));
    }
    let error = CommitmentError::IndexOutside { index: 5, total: 5 };
    assert_eq!(tree.proof(5).unwrap_err(), error);
}

#[test]
fn a_proof_of_another_height_is_refused() {
    let (commitment, tree, leaves) = committed(1_000, 5);
    let error = Err(CommitmentError::Index { expected: 2, found: 3 });
    assert_eq!(commitment.verify(1_002, &leaves[3], &tree.proof(3).unwrap()), error);
}

#[test]
fn a_proof_of_another_size_is_refused() {
    let (commitment, tree, leaves) = committed(1_000, 5);
    for total in [0, 1, 4, 6, u64::MAX] {
        let proof = Proof { total, ..tree.proof(0).unwrap() };
        let error = Err(CommitmentError::Total { expected: 5, found: total });
        assert_eq!(commitment.verify(1_000, &leaves[0], &proof), error);
    }
}

#[test]
fn too_many_and_too_few_hashes_are_refused() {
    let (commitment, tree, leaves) = committed(1_000, 5);
    let mut long = tree.proof(1).unwrap();
    long.aunts.push([0; 32]);
    let error = Err(CommitmentError::AuntCount { expected: 3, found: 4 });
    assert_eq!(commitment.verify(1_001, &leaves[1], &long), error);

    let mut short = tree.proof(1).unwrap();
    short.aunts.pop();
    let error = Err(CommitmentError::AuntCount { expected: 3, found: 2 });
    assert_eq!(commitment.verify(1_001, &leaves[1], &short), error);

    // The last of five leaves rises two levels alone.
    assert_eq!(tree.proof(4).unwrap().aunts.len(), 1);
}

#[test]
fn sizes_up_to_64_bits_neither_panic_nor_loop() {
    let leaf = &leaves(1)[0];
    let proof = |index, total, aunts| Proof { index, total, aunts: vec![[0; 32]; aunts] };
    assert!(proof(0, u64::MAX, 64).root(leaf).is_ok());
    // The last leaf of an odd number has no sibling on the lowest level.
    assert!(proof(u64::MAX - 1, u64::MAX, 63).root(leaf).is_ok());
    let error = CommitmentError::IndexOutside { index: u64::MAX, total: u64::MAX };
    assert_eq!(proof(u64::MAX, u64::MAX, 64).root(leaf), Err(error));
    let error = CommitmentError::IndexOutside { index: 0, total: 0 };
    assert_eq!(proof(0, 0, 0).root(leaf), Err(error));
}

#[test]
fn an_inner_node_is_no_leaf() {
    // The upper half of a tree of four, offered as a tree of two, has another root, since leaves are hashed
    // under another prefix.
    let leaves = leaves(4);
    let tree = Tree::new(&leaves).unwrap();
    let upper = [&leaves[..2], &leaves[2..]].map(|half| PublicRandomness(Tree::new(half).unwrap().root()));
    assert_eq!(inner_hash(&upper[0].0, &upper[1].0), tree.root());
    let proof = Proof { index: 0, total: 2, aunts: vec![upper[1].0] };
    assert_ne!(proof.root(&upper[0]).unwrap(), tree.root());
    assert_ne!(Tree::new(&upper).unwrap().root(), tree.root());
}

#[test]
fn every_field_enters_both_digests() {
    let base = Commitment::new(1, 2, [3; 32]).unwrap();
    let others = [(9, 2, [3; 32]), (1, 9, [3; 32]), (1, 2, [9; 32])];
    for (start, count, root) in others {
        let other = Commitment::new(start, count, root).unwrap();
        assert_ne!(base.digest(5), other.digest(5));
        assert_ne!(base.babylon_digest(b""), other.babylon_digest(b""));
    }
    assert_ne!(base.digest(5), base.digest(6));
    assert_ne!(base.babylon_digest(b""), base.babylon_digest(b"context"));
    assert_ne!(base.digest(5), base.babylon_digest(b""));
}

#[test]
fn the_digest_is_over_the_wire_message() {
    let commitment = Commitment::new(1, 2, [3; 32]).unwrap();
    assert_eq!(commitment.digest(5), digest(&message::commitment(5, 1, 2, &[3; 32])));
}

proptest! {
    #[test]
    fn a_flipped_bit_leads_elsewhere(
        (count, index) in (1_u64..200).prop_flat_map(|count| (Just(count), 0..count)),
        position in any::<prop::sample::Index>(), bit in 0_u32..8,
    ) {
        let (commitment, tree, leaves) = committed(1_000, count);
        let mut leaf = leaves[index as usize];
        let mut proof = tree.proof(index).unwrap();
        prop_assert_eq!(commitment.verify(1_000 + index, &leaf, &proof), Ok(()));
        let byte = position.index(32 * (1 + proof.aunts.len()));
        match byte.checked_sub(32) {
            None => leaf.0[byte] ^= 1 << bit,
            Some(at) => proof.aunts[at / 32][at % 32] ^= 1 << bit,
        }
        prop_assert_eq!(commitment.verify(1_000 + index, &leaf, &proof), Err(CommitmentError::Root));
    }

    #[test]
    fn no_proof_serves_another_leaf(count in 2_u64..200, indices in any::<[prop::sample::Index; 2]>()) {
        let [a, b] = indices.map(|i| i.index(count as usize));
        prop_assume!(a != b);
        let (commitment, tree, leaves) = committed(0, count);
        let proof = tree.proof(a as u64).unwrap();
        prop_assert_eq!(commitment.verify(a as u64, &leaves[b], &proof), Err(CommitmentError::Root));
        prop_assert!(commitment.verify(b as u64, &leaves[a], &proof).is_err());
    }
}
