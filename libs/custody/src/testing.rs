//! Casts and props of the tests: whole ceremonies, whole sessions, Bitcoin Core's interpreter.

use std::collections::BTreeMap;

use ballast_schnorr::SigningKey;
use bitcoin::consensus::serialize;
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::rand::{SeedableRng, rngs::StdRng};
use bitcoin::{Amount, OutPoint, Transaction, TxOut, Txid, XOnlyPublicKey};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};
use secp256k1::schnorr::Signature;

use crate::ceremony::{Dealer, Package, Packages, Receiver, SealedShares};
use crate::signing::{Commitments, SignatureShares, aggregate};
use crate::{
    Action, Ceremony, Coin, Deposit, Group, KeyShare, Lock, Member, Recovery, Refund, Roster, Session,
    Signer, Treasury,
};

pub(crate) mod stake;

/// The chain id of a devnet.
pub(crate) const CHAIN: u64 = 840_099;

/// Randomness that a seed fixes.
pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A custodian by number.
pub(crate) fn member(number: u16) -> Member {
    Member::try_from(number).expect("tests count from 1")
}

/// A key that follows from one byte.
pub(crate) fn signing_key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32]).expect("the tests' bytes are in range")
}

/// The public half of [`signing_key`].
pub(crate) fn x_only(byte: u8) -> XOnlyPublicKey {
    signing_key(byte).x_only()
}

/// A ceremony of custodians 1 to `size`; custodian n has identity [`signing_key`] n.
pub(crate) fn ceremony(threshold: u16, size: u16) -> Ceremony {
    let identities = (1..=size).map(|number| {
        let byte = u8::try_from(number).expect("few custodians");
        (member(number), x_only(byte))
    });
    Ceremony::new(CHAIN, 0, Roster::new(threshold, identities.collect()).expect("a valid roster"))
}

/// A ceremony after round 2.
pub(crate) struct Dealt {
    pub(crate) packages: Packages,
    pub(crate) receivers: BTreeMap<Member, Receiver>,
    pub(crate) sealed: BTreeMap<Member, SealedShares>,
}

/// Both rounds of a ceremony, every message through its bytes.
pub(crate) fn deal(ceremony: &Ceremony, seed: u64) -> Dealt {
    let mut rng = rng(seed);
    let mut dealers = Vec::new();
    let mut packages = BTreeMap::new();
    for member in ceremony.roster().members() {
        let (dealer, package) = Dealer::new(ceremony, member, &mut rng).expect("it takes part");
        let package = Package::from_bytes(ceremony, &package.to_bytes()).expect("its own bytes");
        packages.insert(member, package);
        dealers.push((member, dealer));
    }
    let packages = Packages::new(ceremony.clone(), packages).expect("all are honest");
    let (mut receivers, mut sealed) = (BTreeMap::new(), BTreeMap::new());
    for (member, dealer) in dealers {
        let (receiver, shares) = dealer.deal(&packages, &mut rng).expect("its own packages");
        let shares = SealedShares::from_bytes(ceremony, member, &shares.to_bytes()).expect("its own bytes");
        receivers.insert(member, receiver);
        sealed.insert(member, shares);
    }
    Dealt { packages, receivers, sealed }
}

/// A finished key.
pub(crate) struct Keys {
    pub(crate) group: Group,
    shares: BTreeMap<Member, Vec<u8>>,
}

impl Keys {
    /// A copy of a custodian's share, out of its store.
    pub(crate) fn share(&self, number: u16) -> KeyShare {
        KeyShare::from_secret_bytes(&self.shares[&member(number)]).expect("its own bytes")
    }

    /// A signer that has just started.
    pub(crate) fn signer(&self, number: u16) -> Signer {
        Signer::new(self.share(number))
    }
}

/// A whole ceremony.
pub(crate) fn keys(threshold: u16, size: u16, seed: u64) -> Keys {
    let Dealt { packages, receivers, sealed } = deal(&ceremony(threshold, size), seed);
    let finish = |(member, receiver): (Member, Receiver)| {
        let share = receiver.finish(&sealed).expect("all are honest");
        (member, share.to_secret_bytes().to_vec())
    };
    Keys { group: packages.group().clone(), shares: receivers.into_iter().map(finish).collect() }
}

/// A session after its two rounds.
pub(crate) struct Signed {
    pub(crate) commitments: BTreeMap<Member, Commitments>,
    pub(crate) shares: BTreeMap<Member, SignatureShares>,
}

/// Both rounds of a session, every message through its bytes.
pub(crate) fn sign(keys: &Keys, session: &Session, signers: &[u16], seed: u64) -> Signed {
    let mut rng = rng(seed);
    let mut signers: Vec<Signer> = signers.iter().map(|number| keys.signer(*number)).collect();
    let mut commitments = BTreeMap::new();
    for signer in &mut signers {
        let message = signer.commit(session, &mut rng).expect("its own group").to_bytes();
        let message = Commitments::from_bytes(session, &message).expect("its own bytes");
        commitments.insert(signer.share().member(), message);
    }
    let mut shares = BTreeMap::new();
    for signer in &mut signers {
        let message = signer.sign(session, &commitments).expect("it has committed").to_bytes();
        let message = SignatureShares::from_bytes(session, &message).expect("its own bytes");
        shares.insert(signer.share().member(), message);
    }
    Signed { commitments, shares }
}

/// The signatures of an honest session.
pub(crate) fn signatures(keys: &Keys, session: &Session, signers: &[u16], seed: u64) -> Vec<Signature> {
    let Signed { commitments, shares } = sign(keys, session, signers, seed);
    aggregate(&keys.group, session, &commitments, &shares).expect("all are honest")
}

/// Recovery by 2 of 3 keys after 144 blocks.
pub(crate) fn recovery() -> Recovery {
    Recovery::new(144, 2, vec![x_only(101), x_only(102), x_only(103)]).expect("a valid recovery leaf")
}

/// The treasury of a group.
pub(crate) fn treasury(group: XOnlyPublicKey) -> Treasury {
    Treasury { group, recovery: recovery() }
}

/// A deposit to a recipient, with a refund after 100 blocks if `refund`.
pub(crate) fn deposit(recipient: u8, refund: bool) -> Deposit {
    let refund = refund.then(|| Refund::new(x_only(111), 100, 50).expect("long enough"));
    Deposit { chain_id: CHAIN, recipient: [recipient; 20], action: Action::Mint, refund }
}

/// A place on Bitcoin that follows from a number.
pub(crate) fn outpoint(number: u32) -> OutPoint {
    OutPoint { txid: Txid::hash(&number.to_be_bytes()), vout: number % 3 }
}

/// A coin with 10 confirmations.
pub(crate) fn coin(number: u32, sats: u64, lock: Lock) -> Coin {
    Coin { outpoint: outpoint(number), value: Amount::from_sat(sats), confirmations: 10, lock }
}

/// A treasury coin with 10 confirmations.
pub(crate) fn treasury_coin(number: u32, sats: u64) -> Coin {
    coin(number, sats, Lock::Treasury(recovery()))
}

/// Whether Bitcoin Core accepts every input of a transaction that spends these outputs.
pub(crate) fn accepts(transaction: &Transaction, spent: &[TxOut]) -> bool {
    let utxo = |output: &TxOut| Utxo {
        script_pubkey: output.script_pubkey.as_bytes().as_ptr(),
        script_pubkey_len: u32::try_from(output.script_pubkey.len()).expect("short scripts"),
        value: i64::try_from(output.value.to_sat()).expect("amounts of bitcoin"),
    };
    let utxos: Vec<Utxo> = spent.iter().map(utxo).collect();
    let bytes = serialize(transaction);
    let flags = VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT;
    spent.len() == transaction.input.len()
        && spent.iter().enumerate().all(|(index, output)| {
            let (script, sats) = (output.script_pubkey.as_bytes(), output.value.to_sat());
            verify_with_flags(script, sats, &bytes, Some(&utxos), index, flags).is_ok()
        })
}
