//! One stake of custody's on the devnet, and who takes part in it.

use std::collections::BTreeMap;

use ballast_bitcoin_staking::{Approval, Approvals, Params, Terms, delegation, networks};
use ballast_schnorr::SigningKey;
use bitcoin::{Amount, FeeRate, XOnlyPublicKey};
use secp256k1::schnorr::Signature;

use super::{CHAIN, Keys, signatures, signing_key, treasury, treasury_coin, x_only};
use crate::intent::StakingIntent;
use crate::intent::staking::Parts;
use crate::{Presigned, Presigning, Session};

/// The covenant; two of them are a quorum.
pub(crate) const COVENANT: [u8; 3] = [61, 62, 63];
/// The provider.
pub(crate) const PROVIDER: u8 = 50;
/// The stake, in sats.
pub(crate) const VALUE: Amount = Amount::from_sat(1_000_000);
/// Fee rate of withdrawals.
pub(crate) const WITHDRAWAL_RATE: FeeRate = FeeRate::from_sat_per_vb_u32(20);
/// Auxiliary randomness that makes signatures reproducible.
pub(crate) const NO_AUX: [u8; 32] = [0; 32];

/// The devnet's staking parameters.
pub(crate) fn params() -> Params {
    networks::devnet(&COVENANT.map(x_only)).unwrap().at(0).unwrap().clone()
}

/// Custody stakes for 200 blocks.
pub(crate) fn terms(group: XOnlyPublicKey) -> Terms {
    delegation::terms(group, x_only(PROVIDER), 200, &params()).unwrap()
}

/// What a staking intent out of one coin is made of.
pub(crate) fn parts(group: XOnlyPublicKey) -> Parts {
    Parts {
        treasury: treasury(group),
        inputs: vec![treasury_coin(1, 1_500_000)],
        terms: terms(group),
        value: VALUE,
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        budget: Amount::from_sat(20_000),
    }
}

/// The staking intent out of one coin.
pub(crate) fn intent(group: XOnlyPublicKey) -> StakingIntent {
    StakingIntent::build(parts(group)).unwrap()
}

/// Its transactions to sign beforehand.
pub(crate) fn presigning(group: XOnlyPublicKey) -> Presigning {
    Presigning::of(intent(group), params(), WITHDRAWAL_RATE).unwrap()
}

/// The signatures of one session over them.
pub(crate) fn presignatures(keys: &Keys, presigning: &Presigning) -> Vec<Signature> {
    let session = Session::new(CHAIN, &keys.group, 0, presigning.digests()).unwrap();
    signatures(keys, &session, &[1, 3], 5)
}

/// The stake with custody's signatures.
pub(crate) fn presigned(keys: &Keys) -> Presigned {
    let presigning = presigning(keys.group.key());
    let signatures = presignatures(keys, &presigning);
    Presigned::new(presigning, &signatures).unwrap()
}

/// What some covenant members sign.
pub(crate) fn approve(presigned: &Presigned, members: &[u8]) -> BTreeMap<XOnlyPublicKey, Approval> {
    let approve = |member: &u8| {
        let key: SigningKey = signing_key(*member);
        let approval =
            delegation::covenant_sign(&presigned.facts(), &params(), &Approvals::new(), &key, &NO_AUX);
        (key.x_only(), approval.unwrap())
    };
    members.iter().map(approve).collect()
}

/// The covenant's signatures, verified.
pub(crate) fn approvals(presigned: &Presigned) -> Approvals {
    let mut approvals = Approvals::new();
    for (member, approval) in approve(presigned, &[COVENANT[0], COVENANT[2]]) {
        approvals.add(presigned.delegation(), member, approval).unwrap();
    }
    approvals
}
