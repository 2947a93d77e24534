//! Every published and generated vector, recomputed byte for byte wherever the secret is in the vector.
#![allow(clippy::unwrap_used, clippy::panic, reason = "functions that only tests call")]

use ballast_schnorr::{
    AdaptorSignature, Commitment, DecryptionKey, EncryptionKey, Nonce, Proof, PublicRandomness,
    SigningContext, SigningKey, Tree,
    adaptor::NonceInput,
    bip340::{self, digest},
    commitment::leaf_hash,
    eots, nonce,
};
use secp256k1::{PublicKey, SecretKey, XOnlyPublicKey, schnorr};
use serde_json::Value;

/// The vectors of a file, at least `least` of them, so that an empty file cannot pass.
fn vectors(file: &str, least: usize) -> Vec<Value> {
    let path = format!("{}/testvectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let Value::Array(vectors) = file["vectors"].take() else { panic!("no list of vectors") };
    assert!(vectors.len() >= least, "{} vectors", vectors.len());
    vectors
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("no text in {field}"))
}

fn number(vector: &Value, field: &str) -> u64 {
    vector[field].as_u64().unwrap_or_else(|| panic!("no number in {field}"))
}

fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    hex::decode(text(vector, field)).unwrap()
}

fn array<const N: usize>(vector: &Value, field: &str) -> [u8; N] {
    bytes(vector, field).try_into().unwrap_or_else(|_| panic!("{field} has not {N} bytes"))
}

fn signing_key(vector: &Value, field: &str) -> SigningKey {
    SigningKey::from_bytes(&array(vector, field)).unwrap()
}

fn nonce_of(vector: &Value) -> Nonce {
    nonce::derive(&signing_key(vector, "sk"), text(vector, "chain_id").as_bytes(), number(vector, "height"))
}

#[test]
fn eots_keys_and_nonces() {
    for v in vectors("eots", 40) {
        let key = signing_key(&v, "sk");
        assert_eq!(key.public_key().serialize(), array(&v, "pk33"));
        assert_eq!(key.x_only().serialize(), array(&v, "pk_xonly"));
        assert_eq!(*key.secret_bytes(), array(&v, "sk"));

        let (context, height) = (text(&v, "chain_id").as_bytes(), number(&v, "height"));
        let derived = nonce::derivation(&key, context, height);
        assert_eq!(derived.iteration, number(&v, "iteration"));
        assert_eq!(*derived.scalar, array(&v, "private_rand"));
        assert_eq!(nonce::hmac_message(height, context, derived.iteration), bytes(&v, "hmac_message"));
        assert_eq!(nonce::derive(&key, context, height).public().0, array(&v, "public_rand"));
        assert_eq!(Nonce::from_bytes(&derived.scalar).unwrap().public().0, array(&v, "public_rand"));
        let point = SigningKey::from_bytes(&derived.scalar).unwrap().public_key().serialize();
        assert_eq!(u64::from(point[0] - 2), number(&v, "private_rand_R_odd"));
    }
}

#[test]
fn eots_signatures() {
    for v in vectors("eots", 40) {
        let key = signing_key(&v, "sk");
        let randomness = nonce_of(&v).public();
        for n in ["1", "2"] {
            let message = bytes(&v, &format!("msg{n}"));
            let signature = eots::sign(&key, nonce_of(&v), &message).unwrap();
            assert_eq!(signature.to_bytes(), array(&v, &format!("sig{n}")));
            eots::verify(&key.x_only(), &randomness, &message, &signature).unwrap();
        }
        assert_eq!(digest(&bytes(&v, "msg1")), array(&v, "msg1_sha256"));
        let swapped = eots::Signature::from_bytes(array(&v, "sig2")).unwrap();
        assert!(eots::verify(&key.x_only(), &randomness, &bytes(&v, "msg1"), &swapped).is_err());
    }
}

#[test]
fn eots_extraction() {
    for v in vectors("eots", 40) {
        let (m1, m2) = (bytes(&v, "msg1"), bytes(&v, "msg2"));
        let [s1, s2] = ["sig1", "sig2"].map(|s| eots::Signature::from_bytes(array(&v, s)).unwrap());
        let randomness = PublicRandomness(array(&v, "public_rand"));
        let x_only = XOnlyPublicKey::from_slice(&bytes(&v, "pk_xonly")).unwrap();
        let key = PublicKey::from_slice(&bytes(&v, "pk33")).unwrap();

        let even = eots::extract(&x_only, &randomness, &m1, &s1, &m2, &s2).unwrap();
        assert_eq!(*even.secret_bytes(), array(&v, "extracted_sk_for_xonly_pk"));
        let stored = eots::extract_with_parity(&key, &randomness, &m1, &s1, &m2, &s2).unwrap();
        assert_eq!(*stored.secret_bytes(), array(&v, "extracted_sk_for_pk33"));
    }
}

#[test]
fn commitments() {
    for v in vectors("pub_rand_commit", 9) {
        let key = signing_key(&v, "sk");
        let (start, count) = (number(&v, "start_height"), number(&v, "num_pub_rand"));
        let list = nonce::public_randomness(
            &key,
            text(&v, "chain_id").as_bytes(),
            start..start.checked_add(count).unwrap(),
        );
        let expected: Vec<String> = serde_json::from_value(v["pub_rand_list"].clone()).unwrap();
        assert_eq!(list.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);

        let tree = Tree::new(&list).unwrap();
        assert_eq!(tree.root(), array(&v, "commitment"));
        let commitment = Commitment::new(start, count, tree.root()).unwrap();
        let digest = commitment.babylon_digest(b"");
        assert_eq!(digest, array(&v, "hash_to_sign"));
        let signature = bip340::sign(&key, &digest, &[0; 32]);
        assert_eq!(signature.serialize(), array(&v, "sig_aux_zero"));
        bip340::verify(&key.x_only(), &digest, &signature).unwrap();

        for expected in v["proofs"].as_array().unwrap() {
            let (index, total) = (number(expected, "index"), number(expected, "total"));
            let aunts: Vec<String> = serde_json::from_value(expected["aunts"].clone()).unwrap();
            let aunts = aunts.iter().map(|aunt| hex::decode(aunt).unwrap().try_into().unwrap()).collect();
            let expected_proof = Proof { index, total, aunts };
            assert_eq!(tree.proof(index).unwrap(), expected_proof);
            let leaf = &list[index as usize];
            assert_eq!(leaf_hash(leaf), array(expected, "leaf_hash"));
            commitment.verify(start + index, leaf, &expected_proof).unwrap();
        }
    }
}

#[test]
fn adaptor_round_trips() {
    for v in vectors("adaptor_generated", 18) {
        let (signer, provider) = (signing_key(&v, "signer_sk"), signing_key(&v, "fp_sk"));
        assert_eq!(signer.public_key().serialize(), array(&v, "signer_pk33"));
        assert_eq!(provider.public_key().serialize(), array(&v, "fp_pk33"));
        let (lock, open) = (EncryptionKey::new(&provider.x_only()), DecryptionKey::new(&provider));
        assert_eq!(lock.point().serialize(), array(&v, "enc_key33"));
        assert_eq!(*open.secret_bytes(), array(&v, "dec_key"));
        assert_eq!(open.encryption_key(), lock);

        let digest = array(&v, "msg");
        let locked = AdaptorSignature::sign(&signer, &lock, &digest, &array(&v, "aux")).unwrap();
        assert_eq!(locked.to_bytes(), array(&v, "adaptor_sig_65"));
        assert_eq!(locked.to_old_bytes(), array(&v, "adaptor_sig_66_old"));
        assert_eq!(u64::from(locked.to_bytes()[0]), number(&v, "R0_parity"));
        for form in ["adaptor_sig_65", "adaptor_sig_66_old"] {
            assert_eq!(AdaptorSignature::from_slice(&bytes(&v, form)).unwrap(), locked);
        }
        locked.verify(&signer.x_only(), &lock, &digest).unwrap();

        let opened = locked.decrypt(&open).unwrap();
        assert_eq!(opened.serialize(), array(&v, "bip340_sig"));
        assert_eq!(locked.decrypt_checked(&open, &signer.x_only(), &digest).unwrap(), opened);
        assert_eq!(*locked.extract_checked(&opened, &lock).unwrap().secret_bytes(), array(&v, "dec_key"));
    }
}

/// The rows of one kind in the published CSV files, and how many of them must be good and bad.
fn published(kind: &str, good: usize, bad: usize) -> Vec<(Value, bool)> {
    let rows: Vec<_> = vectors("adaptor_repo_csv", 24)
        .into_iter()
        .filter(|v| text(v, "kind") == kind)
        .map(|v| match text(&v, "result") {
            "TRUE" => (v, true),
            "FALSE" => (v, false),
            other => panic!("result {other}"),
        })
        .collect();
    assert_eq!(rows.iter().filter(|(_, ok)| *ok).count(), good);
    assert_eq!(rows.iter().filter(|(_, ok)| !ok).count(), bad);
    rows
}

#[test]
fn published_adaptor_signatures_verify_as_stated() {
    for (v, expected) in published("presig", 3, 12) {
        let verified = || {
            let key = XOnlyPublicKey::from_slice(&bytes(&v, "public key")).ok()?;
            let lock = EncryptionKey::from_point(PublicKey::from_slice(&bytes(&v, "adaptor")).ok()?);
            let locked = AdaptorSignature::from_slice(&bytes(&v, "pre-signature")).ok()?;
            locked.verify(&key, &lock, &array(&v, "message")).ok()
        };
        assert_eq!(verified().is_some(), expected, "{}", text(&v, "comment"));
    }
}

#[test]
fn published_adaptor_signatures_are_recomputed() {
    let rows = published("presig", 3, 12);
    let rows: Vec<_> = rows.iter().filter(|(v, _)| !text(v, "secret key").is_empty()).collect();
    assert_eq!(rows.len(), 2);
    for (v, _) in rows {
        let key = signing_key(v, "secret key");
        let point = PublicKey::from_slice(&bytes(v, "adaptor")).unwrap();
        let (digest, aux) = (array(v, "message"), array(v, "aux_rand"));
        let sign =
            |input, lock| AdaptorSignature::sign_with(input, &key, &lock, &digest, &aux).unwrap().to_bytes();

        let as_published = sign(NonceInput::XOnly, EncryptionKey::from_point(point));
        assert_eq!(as_published, array(v, "pre-signature"));
        let as_babylon = sign(NonceInput::Compressed, EncryptionKey::new(&point.x_only_public_key().0));
        assert_eq!(as_babylon, array(v, "babylon_go_presig_with_33_byte_P_and_even_T"));
    }
}

#[test]
fn published_adaptor_signatures_open_as_stated() {
    for (v, expected) in published("adapt", 2, 3) {
        let locked = AdaptorSignature::from_slice(&bytes(&v, "pre-signature")).unwrap();
        let open = DecryptionKey::from_scalar(SecretKey::from_slice(&bytes(&v, "secadaptor")).unwrap());
        let key = XOnlyPublicKey::from_slice(&bytes(&v, "pubkey")).unwrap();
        // The bad rows open to the stated bytes too; they are bad because those bytes do not verify.
        assert_eq!(locked.decrypt(&open).unwrap().serialize(), array(&v, "BIP340 signature"));
        assert_eq!(locked.decrypt_checked(&open, &key, &array(&v, "message")).is_ok(), expected);
    }
}

#[test]
fn published_secrets_are_extracted_as_stated() {
    for (v, expected) in published("secadaptor", 2, 2) {
        let locked = AdaptorSignature::from_slice(&bytes(&v, "pre-signature")).unwrap();
        let signature = schnorr::Signature::from_slice(&bytes(&v, "BIP340 signature")).unwrap();
        let stated = DecryptionKey::from_scalar(SecretKey::from_slice(&bytes(&v, "secadaptor")).unwrap());
        let extracted = locked.extract(&signature).unwrap();
        assert_eq!(extracted.secret_bytes() == stated.secret_bytes(), expected);
        assert_eq!(locked.extract_checked(&signature, &stated.encryption_key()).is_ok(), expected);
    }
}

#[test]
fn signing_contexts() {
    for vector in vectors("signing_contexts", 5) {
        let context = SigningContext::parse(text(&vector, "context_string")).unwrap();
        assert_eq!(context.to_string(), text(&vector, "context_string"));
        assert_eq!(context.to_prefix(), text(&vector, "context"));
        assert_eq!(context.digest(), array(&vector, "context"));
    }
}
