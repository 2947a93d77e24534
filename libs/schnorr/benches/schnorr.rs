//! Our three schemes beside libsecp256k1's own Schnorr signatures, in one run.
//!
//! `cargo bench -p ballast-schnorr`; results and targets are in `docs/performance.md`.

use std::hint::black_box;

use ballast_schnorr::{
    AdaptorSignature, DecryptionKey, EncryptionKey, Nonce, SigningKey, bip340, eots, nonce,
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use secp256k1::{Keypair, Message, SECP256K1};

const AUX: [u8; 32] = [3; 32];
const HEIGHT: u64 = 100_000;
const CONTEXT: &[u8] = b"ballast-840099";

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32]).expect("in range")
}

fn peer(c: &mut Criterion) {
    let keypair = Keypair::from_seckey_slice(SECP256K1, &[7; 32]).expect("in range");
    let message = Message::from_digest(bip340::digest(b"message"));
    let signature = SECP256K1.sign_schnorr_with_aux_rand(&message, &keypair, &AUX);
    let x_only = keypair.x_only_public_key().0;
    let mut group = c.benchmark_group("libsecp256k1");
    group.bench_function("schnorr_sign", |b| {
        b.iter(|| SECP256K1.sign_schnorr_with_aux_rand(black_box(&message), &keypair, &AUX))
    });
    group.bench_function("schnorr_verify", |b| {
        b.iter(|| SECP256K1.verify_schnorr(black_box(&signature), &message, &x_only))
    });
}

fn one_time(c: &mut Criterion) {
    let key = key(7);
    let fresh = || nonce::derive(&key, CONTEXT, HEIGHT);
    let (public, x_only) = (fresh().public(), key.x_only());
    let one = eots::sign(&key, fresh(), b"one").expect("in range");
    let two = eots::sign(&key, fresh(), b"two").expect("in range");
    let scalar = nonce::derivation(&key, CONTEXT, HEIGHT).scalar;
    let mut group = c.benchmark_group("eots");
    group.bench_function("derive_and_sign", |b| b.iter(|| eots::sign(&key, fresh(), black_box(b"one"))));
    group.bench_function("sign", |b| {
        b.iter(|| eots::sign(&key, Nonce::from_bytes(black_box(&scalar)).expect("in range"), b"one"))
    });
    group.bench_function("sign_prepared", |b| {
        b.iter_batched(fresh, |nonce| eots::sign(&key, nonce, black_box(b"one")), BatchSize::SmallInput)
    });
    group.bench_function("verify", |b| b.iter(|| eots::verify(&x_only, &public, black_box(b"one"), &one)));
    group.bench_function("extract", |b| {
        b.iter(|| eots::extract(&x_only, &public, black_box(b"one"), &one, b"two", &two))
    });
}

fn adaptor(c: &mut Criterion) {
    let (signer, provider) = (key(7), key(9));
    let (lock, open) = (EncryptionKey::new(&provider.x_only()), DecryptionKey::new(&provider));
    let (digest, x_only) = (bip340::digest(b"sighash"), signer.x_only());
    let locked = AdaptorSignature::sign(&signer, &lock, &digest, &AUX).expect("in range");
    let bytes = locked.to_bytes();
    let mut group = c.benchmark_group("adaptor");
    group.bench_function("sign", |b| {
        b.iter(|| AdaptorSignature::sign(&signer, &lock, black_box(&digest), &AUX))
    });
    group.bench_function("verify", |b| b.iter(|| locked.verify(&x_only, &lock, black_box(&digest))));
    group.bench_function("parse_and_verify", |b| {
        b.iter(|| AdaptorSignature::from_bytes(black_box(&bytes)).map(|s| s.verify(&x_only, &lock, &digest)))
    });
    group.bench_function("decrypt", |b| b.iter(|| black_box(&locked).decrypt(&open)));
    group.bench_function("decrypt_checked", |b| {
        b.iter(|| black_box(&locked).decrypt_checked(&open, &x_only, &digest))
    });
}

criterion_group!(benches, peer, one_time, adaptor);
criterion_main!(benches);
