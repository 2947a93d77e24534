//! Custody on the fake chain, with a key that three custodians have made.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use ballast_custody::{
    Ceremony, Member, Roster, Round, Session, Signer, Statement,
    ceremony::{Dealer, Package, Packages, SealedShares, transcript},
    signing::Commitments,
};
use ballast_schnorr::SigningKey;
use ballast_system::custody;
use ballast_types::{Network, Parameters, SystemContract, interfaces::ICustody::sayCall};
use bitcoin::secp256k1::rand::{SeedableRng, rngs::StdRng};

use super::{CHAIN_ID, FakeChain};
use crate::chain::send_duty;

/// A custodian's identity.
pub fn identity(number: u16) -> SigningKey {
    SigningKey::from_bytes(&[number as u8; 32]).unwrap()
}

/// The devnet's parameters with three custodians.
pub fn parameters() -> Parameters {
    let mut parameters = Parameters::of(Network::Devnet);
    let keys = [1, 2, 3].map(|number| B256::from(identity(number).x_only().serialize()));
    parameters.custody.identities = keys.to_vec();
    parameters.custody.recovery_keys = keys.to_vec();
    parameters.check().unwrap();
    parameters
}

impl FakeChain {
    /// Initialises custody. The first ceremony waits for its custodians.
    pub fn set_up_custody(&self) {
        self.set_up(|storage| custody::initialise(storage, &parameters()).unwrap());
    }

    /// Lets the custodians make their key in the first ceremony.
    pub fn make_key(&self) {
        let mut rng = StdRng::seed_from_u64(7);
        let ceremony = first_ceremony();
        let members: Vec<Member> = ceremony.roster().members().collect();
        let dealt =
            members.iter().map(|member| (*member, Dealer::new(&ceremony, *member, &mut rng).unwrap()));
        let (mut dealers, mut packages) = (Vec::new(), BTreeMap::new());
        for (member, (dealer, package)) in dealt.collect::<Vec<_>>() {
            let bytes = package.to_bytes();
            self.say(ceremony.statement(Round::Package, &bytes), member);
            packages.insert(member, Package::from_bytes(&ceremony, &bytes).unwrap());
            dealers.push((member, dealer));
        }
        let packages = Packages::new(ceremony.clone(), packages).unwrap();
        let (mut receivers, mut shares) = (Vec::new(), BTreeMap::new());
        for (member, dealer) in dealers {
            let (receiver, sealed) = dealer.deal(&packages, &mut rng).unwrap();
            let bytes = sealed.to_bytes();
            self.say(ceremony.statement(Round::SealedShares, &bytes), member);
            shares.insert(member, SealedShares::from_bytes(&ceremony, member, &bytes).unwrap());
            receivers.push((member, receiver));
        }
        let session = Session::trial(&packages, 0, transcript(&packages, &shares).unwrap());
        let signers = receivers
            .into_iter()
            .map(|(member, receiver)| (member, Signer::new(receiver.finish(&shares).unwrap())))
            .collect();
        self.trial(&session, signers, &mut rng);
        self.block();
    }

    fn trial(&self, session: &Session, mut signers: Vec<(Member, Signer)>, rng: &mut StdRng) {
        let mut commitments = BTreeMap::new();
        for (member, signer) in &mut signers {
            let bytes = signer.commit(session, rng).unwrap().to_bytes();
            self.say(session.statement(Round::Commitments, &bytes), *member);
            commitments.insert(*member, Commitments::from_bytes(session, &bytes).unwrap());
        }
        for (member, signer) in &mut signers {
            let bytes = signer.sign(session, &commitments).unwrap().to_bytes();
            self.say(session.statement(Round::SignatureShares, &bytes), *member);
        }
    }

    /// Says it in a block of its own.
    fn say(&self, statement: Statement<'_>, member: Member) {
        let signature = statement.sign(&identity(member.get()), &[0; 32]).serialize();
        let call = sayCall {
            custodian: member.get(),
            round: statement.round as u8,
            payload: statement.payload.to_vec().into(),
            r: B256::from_slice(&signature[..32]),
            s: B256::from_slice(&signature[32..]),
        };
        send_duty(self, SystemContract::Custody, &call).unwrap();
        self.block();
    }
}

fn first_ceremony() -> Ceremony {
    let keys = [1, 2, 3].map(|number| (Member::try_from(number).unwrap(), identity(number).x_only()));
    Ceremony::new(CHAIN_ID, 1, Roster::new(2, keys.into()).unwrap())
}
