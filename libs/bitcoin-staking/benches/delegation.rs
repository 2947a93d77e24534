//! A full 6-of-9 delegation, against the plain Schnorr verifications that it contains.

use std::hint::black_box;

use ballast_bitcoin_staking::delegation::{self, Approval, Approvals, covenant_sign};
use ballast_bitcoin_staking::{
    Coin, CoinPolicy, Facts, Funding, Params, SlashingTx, SlashingVersion, StakingTx, Terms, UnbondingTx,
    networks,
};
use ballast_schnorr::{SigningKey, bip340};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, TapSighash, TxOut, Txid, WPubkeyHash, XOnlyPublicKey};
use criterion::{Criterion, criterion_group, criterion_main};

const NO_AUX: [u8; 32] = [0; 32];
const VALUE: Amount = Amount::from_sat(1_000_000);
const QUORUM: usize = 6;
/// Two by the staker, and three by each member of the quorum.
const SIGNATURES: usize = 2 + 3 * QUORUM;

fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).expect("a small number is a secret key")
}

fn members() -> Vec<SigningKey> {
    (11..20).map(secret).collect()
}

fn params() -> Params {
    let covenant: Vec<XOnlyPublicKey> = members().iter().map(SigningKey::x_only).collect();
    let set = networks::mainnet(&covenant).expect("nine keys");
    set.at(0).expect("the first version starts at 0").clone()
}

fn sign(key: &SigningKey, sighash: TapSighash) -> Signature {
    bip340::sign(key, sighash.as_byte_array(), &NO_AUX)
}

/// All four transactions and the staker's two signatures.
fn build(staker: &SigningKey, provider: XOnlyPublicKey, params: &Params) -> Facts {
    let wallet = ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros());
    let output = TxOut { value: VALUE * 2, script_pubkey: wallet.clone() };
    let funding = Funding {
        coins: &[Coin { outpoint: OutPoint::new(Txid::all_zeros(), 0), output }],
        policy: CoinPolicy::BtcStakingTs,
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        change: wallet,
        op_return: None,
    };
    let (committee, staking_time) = (params.committee().clone(), params.max_staking_time());
    let terms = Terms::new(staker.x_only(), [provider], committee, staking_time, params.unbonding_time());
    let funded = StakingTx::build(terms.expect("distinct keys"), VALUE, &funding).expect("enough coins");
    let stake = funded.staking().stake();
    let unbonding = UnbondingTx::build(stake, params.unbonding_fee()).expect("enough to unbond");
    let rule = params.slashing();
    let slashing = SlashingTx::build(stake, rule, SlashingVersion::Two).expect("enough to slash");
    let second = SlashingTx::build(&unbonding, rule, SlashingVersion::Two).expect("enough to slash");
    Facts {
        staker: staker.x_only(),
        providers: vec![provider],
        staking_time: staking_time.blocks(),
        unbonding_time: params.unbonding_time().blocks(),
        staking_value: VALUE,
        unbonding_value: unbonding.output().value,
        staking_tx: funded.staking().transaction().clone(),
        unbonding_tx: unbonding.transaction().clone(),
        slashing_tx: slashing.transaction().clone(),
        unbonding_slashing_tx: second.transaction().clone(),
        slashing_signature: sign(staker, slashing.sighash()),
        unbonding_slashing_signature: sign(staker, second.sighash()),
    }
}

/// Judges the delegation and verifies every signature of the quorum.
fn judge(facts: &Facts, params: &Params, signed: &[(XOnlyPublicKey, Approval)]) {
    let delegation = delegation::judge(facts, params).expect("an honest delegation");
    let mut approvals = Approvals::new();
    for (member, approval) in signed {
        approvals.add(&delegation, *member, *approval).expect("an honest member");
    }
    assert!(approvals.has_quorum(&delegation));
}

fn delegation(c: &mut Criterion) {
    let (params, staker, provider) = (params(), secret(1), secret(2).x_only());
    let facts = build(&staker, provider, &params);
    let approve = |member: &SigningKey| {
        let approval = covenant_sign(&facts, &params, &Approvals::new(), member, &NO_AUX);
        (member.x_only(), approval.expect("an honest delegation"))
    };
    let signed: Vec<_> = members().iter().take(QUORUM).map(approve).collect();
    let (digest, key) = ([7; 32], staker.x_only());
    let signature = bip340::sign(&staker, &digest, &NO_AUX);

    let mut group = c.benchmark_group("delegation 6 of 9");
    group.bench_function("built and signed by the staker", |b| b.iter(|| build(&staker, provider, &params)));
    group.bench_function("judged with 20 signatures", |b| b.iter(|| judge(&facts, &params, &signed)));
    group.bench_function("peer: 20 plain Schnorr verifications", |b| {
        b.iter(|| {
            for _ in 0..SIGNATURES {
                bip340::verify(&key, black_box(&digest), &signature).expect("a true signature");
            }
        });
    });
    group.finish();
}

criterion_group!(benches, delegation);
criterion_main!(benches);
