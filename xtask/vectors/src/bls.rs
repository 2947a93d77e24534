//! Kind `bls`: validators' signatures of checkpoints, one by one and added up, and proofs of possession.

use ballast_bitcoin_timestamp::bls::{POSSESSION_SUITE, PublicKey, SecretKey, Signature, VOTE_SUITE};
use ballast_bitcoin_timestamp::{Bitmap, Possession, possession, quorum};
use bitcoin::hashes::{Hash, sha256};

use crate::Context;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let kind = vector.get("type")?;
    match kind.text()? {
        "checkpoint_vote" => check_vote(vector),
        "pop" => check_possession(vector),
        other => kind.halt("checkpoint_vote or pop", other),
    }
}

fn check_vote(vector: &Node<'_>) -> Checked {
    vector.get("dst")?.is(VOTE_SUITE);
    let vote = quorum::vote(vector.get("epoch")?.number()?, &vector.get("block_hash")?.bytes()?);
    vector.get("message")?.is_hex(vote);
    let secrets = vector.get("sks")?;
    let keys = vector.get("pks_g2_compressed_96")?;
    let signatures = vector.get("sigs_g1_compressed_48")?;
    let signers = read_signers(secrets.items()?, keys.items()?, signatures.items()?, vector)?;
    for Signer { secret, key, signature } in &signers {
        let (stated_key, stated) = (public_key(key)?, signature_of(signature)?);
        let secret = secret.accept("a secret key", SecretKey::from_bytes(&secret.bytes()?))?;
        key.is_hex(secret.public_key().to_bytes());
        signature.is_hex(secret.sign_vote(&vote).to_bytes());
        signature.verify("a valid signature", stated_key.verify_vote(&vote, &stated));
    }
    check_aggregate(vector, &signers, &vote)
}

/// What belongs to one validator.
struct Signer<'a> {
    secret: Node<'a>,
    key: Node<'a>,
    signature: Node<'a>,
}

fn read_signers<'a>(
    secrets: Vec<Node<'a>>,
    keys: Vec<Node<'a>>,
    signatures: Vec<Node<'a>>,
    vector: &Node<'_>,
) -> Checked<Vec<Signer<'a>>> {
    let counts = [secrets.len(), keys.len(), signatures.len()];
    if counts.iter().any(|count| *count != counts[0]) {
        return vector.halt("as many secrets as keys and signatures", format_args!("{counts:?}"));
    }
    let signers = secrets.into_iter().zip(keys).zip(signatures);
    Ok(signers.map(|((secret, key), signature)| Signer { secret, key, signature }).collect())
}

fn check_aggregate(vector: &Node<'_>, signers: &[Signer<'_>], vote: &[u8; 40]) -> Checked {
    let field = vector.get("aggregate_of_indices")?;
    let indices: Vec<usize> = field.items()?.iter().map(Node::number).collect::<Checked<_>>()?;
    let bitmap = vector.get("bitmap_13_bytes")?;
    let made = field.accept("places of a bitmap", Bitmap::from_indices(indices.iter().copied()))?;
    bitmap.is_hex(made.to_bytes());
    if !Bitmap::from_bytes(bitmap.bytes()?).indices().eq(indices.iter().copied()) {
        field.fail("the places in the bitmap, ascending", format_args!("{indices:?}"));
    }
    let (mut keys, mut signatures) = (Vec::new(), Vec::new());
    for index in indices {
        let Some(signer) = signers.get(index) else { return field.halt("places of validators", index) };
        keys.push(public_key(&signer.key)?);
        signatures.push(signature_of(&signer.signature)?);
    }
    let (sum, key) = (vector.get("aggregate_sig")?, vector.get("aggregate_pk")?);
    sum.is_hex(sum.accept("a sum of signatures", Signature::aggregate(&signatures))?.to_bytes());
    key.is_hex(key.accept("a sum of keys", PublicKey::aggregate(&keys))?.to_bytes());
    let is_valid = public_key(&key)?.verify_vote(vote, &signature_of(&sum)?).is_ok();
    vector.get("verifies")?.is(is_valid);
    Ok(())
}

fn check_possession(vector: &Node<'_>) -> Checked {
    vector.get("dst")?.is(POSSESSION_SUITE);
    let field = vector.get("sk")?;
    let secret = field.accept("a secret key", SecretKey::from_bytes(&field.bytes()?))?;
    // The library hides secrets, so the one from the seed is compared by what it signs.
    let seed = sha256::Hash::hash(vector.get("seed_sha256_of")?.text()?.as_bytes());
    let derived = field.accept("a derived key", SecretKey::derive(&seed.to_byte_array()))?;
    if derived.public_key() != secret.public_key() {
        field.fail("the key that follows from the seed", "another");
    }
    let key = vector.get("pk")?;
    key.is_hex(secret.public_key().to_bytes());
    let consensus_signature = vector.get("ed25519_sig_placeholder")?.bytes()?;
    let key = public_key(&key)?;
    vector.get("message")?.is_hex(possession::message(&key, &consensus_signature));
    let signature = vector.get("bls_sig")?;
    signature.is_hex(Possession::sign(&secret, consensus_signature).signature.to_bytes());
    let stated = Possession { consensus_signature, signature: signature_of(&signature)? };
    signature.verify("a valid proof", stated.verify(&key));
    Ok(())
}

fn public_key(field: &Node<'_>) -> Checked<PublicKey> {
    field.accept("a public key", PublicKey::from_bytes(&field.bytes()?))
}

fn signature_of(field: &Node<'_>) -> Checked<Signature> {
    field.accept("a signature", Signature::from_bytes(&field.bytes()?))
}
