//! One payout with 25 inputs signed by 2 of 3 custodians, beside 25 plain Schnorr signatures, in one run.
//!
//! `cargo bench -p ballast-custody`; results are in `docs/performance.md`. Messages pass by reference: the
//! network is not measured, reading and writing bytes is measured apart.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use ballast_custody::ceremony::{Dealer, Packages};
use ballast_custody::intent::payout;
use ballast_custody::signing::{Commitments, Nonces, SignatureShares, aggregate, commit};
use ballast_custody::{
    Ceremony, Coin, Group, KeyShare, Lock, Member, Payout, Recovery, Roster, Rules, Session, Treasury,
    Unsigned,
};
use ballast_schnorr::{SigningKey, bip340};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::rand::{SeedableRng, rngs::StdRng};
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, Txid, XOnlyPublicKey};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const INPUTS: u32 = 25;
const AUX: [u8; 32] = [3; 32];

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32]).expect("in range")
}

fn member(number: u16) -> Member {
    Member::try_from(number).expect("from 1")
}

/// The shares of a 2-of-3 ceremony.
fn shares() -> Vec<KeyShare> {
    let identities = (1..=3).map(|number| (member(number), key(number as u8).x_only())).collect();
    let ceremony = Ceremony::new(840_099, 0, Roster::new(2, identities).expect("valid"));
    let mut rng = StdRng::seed_from_u64(1);
    let dealers: Vec<_> = ceremony
        .roster()
        .members()
        .map(|member| (member, Dealer::new(&ceremony, member, &mut rng).expect("it takes part")))
        .collect();
    let packages = dealers.iter().map(|(member, (_, package))| (*member, package.clone())).collect();
    let packages = Packages::new(ceremony, packages).expect("honest");
    let (mut receivers, mut sealed) = (Vec::new(), BTreeMap::new());
    for (member, (dealer, _)) in dealers {
        let (receiver, shares) = dealer.deal(&packages, &mut rng).expect("its own packages");
        receivers.push(receiver);
        sealed.insert(member, shares);
    }
    receivers.iter().map(|receiver| receiver.finish(&sealed).expect("honest")).collect()
}

/// A payout that needs all of 25 treasury coins.
fn unsigned(group: XOnlyPublicKey) -> Unsigned {
    let recovery = Recovery::new(12_960, 2, vec![key(101).x_only(), key(102).x_only()]).expect("valid");
    let coin = |number: u32| Coin {
        outpoint: OutPoint { txid: Txid::hash(&number.to_be_bytes()), vout: 0 },
        value: Amount::from_sat(100_000),
        confirmations: 30,
        lock: Lock::Treasury(recovery.clone()),
    };
    let payout = Payout {
        id: 1,
        script_pubkey: ScriptBuf::new_p2tr(secp256k1::SECP256K1, key(1).x_only(), None),
        amount: Amount::from_sat(2_430_000),
        fee_ceiling: Amount::from_sat(60_000),
    };
    let facts = payout::Facts {
        treasury: &Treasury { group, recovery: recovery.clone() },
        coins: &(0..INPUTS).map(coin).collect::<Vec<_>>(),
        reserved: &BTreeSet::new(),
        payouts: &[payout],
        fee_rate: FeeRate::from_sat_per_vb_u32(5),
        rules: &Rules {
            depth: 30,
            max_inputs: 25,
            max_payouts: 100,
            max_fee_rate: FeeRate::from_sat_per_vb_u32(500),
            headroom: 4,
        },
    };
    let intent = payout::derive(&facts).expect("all coins together suffice");
    assert_eq!(intent.inputs().len(), INPUTS as usize);
    intent.unsigned()
}

struct Round1 {
    nonces: Vec<Nonces>,
    commitments: BTreeMap<Member, Commitments>,
}

fn round_1(shares: &[KeyShare], session: &Session, rng: &mut StdRng) -> Round1 {
    let committed = shares.iter().map(|share| commit(share, session, rng).expect("its own group"));
    let (nonces, commitments): (_, Vec<_>) = committed.unzip();
    Round1 { nonces, commitments: shares.iter().map(KeyShare::member).zip(commitments).collect() }
}

fn round_2(shares: &[KeyShare], session: &Session, round_1: Round1) -> BTreeMap<Member, SignatureShares> {
    let sign = |(share, nonces): (&KeyShare, Nonces)| {
        let shares = nonces.sign(share, session, &round_1.commitments).expect("its own nonces");
        (share.member(), shares)
    };
    shares.iter().zip(round_1.nonces).map(sign).collect()
}

fn whole(group: &Group, shares: &[KeyShare], session: &Session, rng: &mut StdRng) -> usize {
    let first = round_1(shares, session, rng);
    let commitments = first.commitments.clone();
    let second = round_2(shares, session, first);
    aggregate(group, session, &commitments, &second).expect("honest").len()
}

fn payout_25_inputs(c: &mut Criterion) {
    let all = shares();
    let (shares, group) = (&all[..2], all[0].group());
    let unsigned = unsigned(group.key());
    let session = Session::new(840_099, group, 0, unsigned.digests()).expect("25 digests");
    let mut rng = StdRng::seed_from_u64(2);
    let mut bench = c.benchmark_group("payout_25_inputs_2_of_3");
    bench.bench_function("whole_session", |b| {
        b.iter(|| whole(group, shares, black_box(&session), &mut rng));
    });
    bench.bench_function("commit_one_signer", |b| {
        b.iter(|| commit(&shares[0], black_box(&session), &mut rng).expect("its own group"));
    });
    let mut rng = StdRng::seed_from_u64(3);
    bench.bench_function("sign_one_signer", |b| {
        b.iter_batched(
            || round_1(shares, &session, &mut rng),
            |mut first| first.nonces.remove(0).sign(&shares[0], &session, &first.commitments),
            BatchSize::SmallInput,
        );
    });
    let first = round_1(shares, &session, &mut StdRng::seed_from_u64(4));
    let commitments = first.commitments.clone();
    let second = round_2(shares, &session, first);
    bench.bench_function("aggregate_and_verify", |b| {
        b.iter(|| aggregate(group, &session, &commitments, black_box(&second)).expect("honest"));
    });
    let (bytes, member) = (second[&member(1)].to_bytes(), member(1));
    bench.bench_function("read_one_signers_shares", |b| {
        b.iter(|| (member, SignatureShares::from_bytes(&session, black_box(&bytes)).expect("its own")));
    });
    bench.finish();
    peer(c, &unsigned);
}

/// The same 25 digests, signed by one key that somebody has.
fn peer(c: &mut Criterion, unsigned: &Unsigned) {
    let (key, digests) = (key(7), unsigned.digests());
    c.bench_function("peer_25_plain_schnorr_signatures", |b| {
        b.iter(|| {
            for digest in black_box(&digests) {
                black_box(bip340::sign(&key, &digest.hash, &AUX));
            }
        });
    });
}

criterion_group!(benches, payout_25_inputs);
criterion_main!(benches);
