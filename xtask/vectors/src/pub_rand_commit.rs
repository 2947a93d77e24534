//! Kind `pub_rand_commit`: a provider's public randomness, its Merkle root, signature and proofs.
//!
//! Proofs are in the order of their leaves; those of the first, the second, the middle and the last leaf must
//! be there.

use ballast_schnorr::commitment::leaf_hash;
use ballast_schnorr::{Commitment, Proof, PublicRandomness, SigningKey, Tree, bip340, nonce};
use secp256k1::schnorr::Signature;

use crate::Context;
use crate::eots::signing_key;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let key = signing_key(vector, "sk")?;
    let chain = vector.get("chain_id")?.text()?.as_bytes();
    let start = vector.get("start_height")?.number()?;
    let stated = vector.get("pub_rand_list")?.items()?;
    let count = vector.get("num_pub_rand")?;
    count.is(stated.len() as u64);

    let root = vector.get("commitment")?;
    let commitment = Commitment::new(start, stated.len() as u64, root.bytes()?);
    let commitment = root.accept("a commitment", commitment)?;
    let made = nonce::public_randomness(&key, chain, start..start + commitment.count());
    for (stated, made) in stated.iter().zip(&made) {
        stated.is_hex(made.as_bytes());
    }
    let tree = root.accept("a tree", Tree::new(&made))?;
    root.is_hex(tree.root());
    check_signature(vector, &key, &commitment)?;
    let proofs = vector.get("proofs")?;
    let mut positions = Vec::new();
    for proof in proofs.items()? {
        positions.push(check_proof(&proof, &commitment, &tree, &made)?);
    }
    check_positions(&proofs, &positions, commitment.count());
    Ok(())
}

fn check_positions(proofs: &Node<'_>, positions: &[u64], count: u64) {
    if !positions.is_sorted_by(|one, next| one < next) {
        proofs.fail("the proofs in the order of their leaves", format_args!("{positions:?}"));
    }
    for position in [0, 1.min(count - 1), count / 2, count - 1] {
        if !positions.contains(&position) {
            proofs.fail(format_args!("a proof of leaf {position}"), "none");
        }
    }
}

fn check_signature(vector: &Node<'_>, key: &SigningKey, commitment: &Commitment) -> Checked {
    let digest = commitment.babylon_digest(&[]);
    vector.get("hash_to_sign")?.is_hex(digest);
    let signature = vector.get("sig_aux_zero")?;
    signature.is_hex(bip340::sign(key, &digest, &[0; 32]).serialize());
    let stated = signature.decode("a signature", Signature::from_slice)?;
    signature.verify("a valid signature", bip340::verify(&key.x_only(), &digest, &stated));
    Ok(())
}

/// Checks one proof and returns the position of its leaf.
fn check_proof(
    proof: &Node<'_>,
    commitment: &Commitment,
    tree: &Tree,
    randomness: &[PublicRandomness],
) -> Checked<u64> {
    let index = proof.get("index")?;
    let position: u64 = index.number()?;
    let made = index.accept("a leaf of the tree", tree.proof(position))?;
    let leaf = &randomness[position as usize];
    proof.get("total")?.is(made.total);
    proof.get("leaf_hash")?.is_hex(leaf_hash(leaf));
    let aunts = proof.get("aunts")?;
    let stated = aunts.items()?;
    if stated.len() != made.aunts.len() {
        aunts.fail(format_args!("{} hashes", stated.len()), made.aunts.len());
    }
    for (stated, made) in stated.iter().zip(&made.aunts) {
        stated.is_hex(made);
    }
    let total = proof.get("total")?.number()?;
    let stated: Vec<[u8; 32]> = stated.iter().map(Node::bytes).collect::<Checked<_>>()?;
    let stated = Proof { index: position, total, aunts: stated };
    proof.verify("a valid proof", commitment.verify(commitment.start() + position, leaf, &stated));
    Ok(position)
}
