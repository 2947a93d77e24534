//! Every vector in `testvectors/`, recomputed byte for byte; each file names its source.

#![allow(clippy::unwrap_used, reason = "a malformed vector ends the test")]

use ballast_bitcoin_timestamp::bls::{POSSESSION_SUITE, PublicKey, SecretKey, Signature, VOTE_SUITE};
use ballast_bitcoin_timestamp::{Bitmap, Checkpoint, Part, Possession, Validator, possession, quorum};
use bitcoin::ScriptBuf;
use serde_json::Value;

fn vectors(file: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(file).unwrap();
    let vectors = document["vectors"].as_array().unwrap().clone();
    assert!(!vectors.is_empty());
    vectors
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn list<const N: usize>(value: &Value) -> Vec<[u8; N]> {
    value.as_array().unwrap().iter().map(bytes).collect()
}

#[test]
fn checkpoints_are_written_and_read() {
    for vector in vectors(include_str!("../testvectors/checkpoint_format.json")) {
        let tag = bytes(&vector["tag"]);
        let checkpoint = Checkpoint {
            epoch: vector["epoch"].as_str().unwrap().parse().unwrap(),
            block_hash: bytes(&vector["block_hash"]),
            signers: Bitmap::from_bytes(bytes(&vector["bitmap"])),
            submitter: bytes(&vector["submitter_address"]),
            signature: bytes(&vector["bls_sig"]),
        };
        assert_eq!(checkpoint.to_bytes(), bytes(&vector["connected"]));
        let [first, second] = checkpoint.parts();
        assert_eq!(first.to_bytes(tag), bytes::<78>(&vector["first_part"]));
        assert_eq!(second.to_bytes(tag), bytes::<63>(&vector["second_part"]));
        let script = |name: &str| ScriptBuf::from_hex(vector[name].as_str().unwrap()).unwrap();
        let (one, two) = (script("first_script"), script("second_script"));
        assert_eq!((first.to_script(tag), second.to_script(tag)), (one.clone(), two.clone()));
        let [first, second] = [one, two].map(|script| Part::from_script(tag, &script).unwrap());
        assert_eq!(Checkpoint::join(&first, &second), Ok(checkpoint));
    }
}

#[test]
fn votes_are_signed_and_added_up() {
    let mut seen = 0;
    for vector in vectors(include_str!("../testvectors/bls.json")) {
        if vector["type"] != "checkpoint_vote" {
            continue;
        }
        seen += 1;
        assert_eq!(vector["dst"], VOTE_SUITE);
        let (epoch, block_hash) = (vector["epoch"].as_u64().unwrap(), bytes(&vector["block_hash"]));
        let vote = quorum::vote(epoch, &block_hash);
        assert_eq!(vote, bytes(&vector["message"]));
        let secrets = list(&vector["sks"]);
        let secrets: Vec<_> = secrets.iter().map(|secret| SecretKey::from_bytes(secret).unwrap()).collect();
        let keys: Vec<_> = secrets.iter().map(SecretKey::public_key).collect();
        let signatures: Vec<_> = secrets.iter().map(|secret| secret.sign_vote(&vote)).collect();
        let (stated_keys, stated) =
            (list(&vector["pks_g2_compressed_96"]), list(&vector["sigs_g1_compressed_48"]));
        assert_eq!(keys.iter().map(PublicKey::to_bytes).collect::<Vec<_>>(), stated_keys);
        assert_eq!(signatures.iter().map(Signature::to_bytes).collect::<Vec<_>>(), stated);

        let signers = Bitmap::from_bytes(bytes(&vector["bitmap_13_bytes"]));
        let of = |index: usize| (keys[index], signatures[index]);
        let (keys_of, signatures_of): (Vec<_>, Vec<_>) = signers.indices().map(of).unzip();
        let sum = Signature::aggregate(&signatures_of).unwrap();
        assert_eq!(sum.to_bytes(), bytes(&vector["aggregate_sig"]));
        assert_eq!(PublicKey::aggregate(&keys_of).unwrap().to_bytes(), bytes(&vector["aggregate_pk"]));
        let checkpoint =
            Checkpoint { epoch, block_hash, signers, submitter: [0; 20], signature: sum.to_bytes() };
        // Three of five are a quorum when the three have more power.
        let power = |index: usize| if signers.contains(index) { 10 } else { 1 };
        let validators: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(index, key)| Validator { key: *key, power: power(index) })
            .collect();
        assert_eq!(quorum::verify(&checkpoint, &validators), Ok(()));
    }
    assert_eq!(seen, 3);
}

#[test]
fn possession_is_shown() {
    let mut seen = 0;
    for vector in vectors(include_str!("../testvectors/bls.json")) {
        if vector["type"] != "pop" {
            continue;
        }
        seen += 1;
        assert_eq!(vector["dst"], POSSESSION_SUITE);
        let secret = SecretKey::from_bytes(&bytes(&vector["sk"])).unwrap();
        let key = secret.public_key();
        assert_eq!(key.to_bytes(), bytes(&vector["pk"]));
        let proof = Possession::sign(&secret, bytes(&vector["ed25519_sig_placeholder"]));
        assert_eq!(possession::message(&key, &proof.consensus_signature), bytes(&vector["message"]));
        assert_eq!(proof.signature.to_bytes(), bytes(&vector["bls_sig"]));
        assert_eq!(proof.verify(&key), Ok(()));
    }
    assert_eq!(seen, 2);
}
