//! What a custodian says in a key ceremony.
//!
//! Everything that was said is on the chain; what a custodian has to remember besides is one random seed, on disk
//! before its first word. From the seed its polynomial, its keys and its sealed shares are made again, to the byte, each
//! time they are needed, so a restart in rounds 1 to 4 changes nothing. The nonces of the trial are the exception: they
//! live in memory, and a custodian that restarts between rounds 4 and 5 stays silent and is left out.
//!
//! The finished share is on disk before the custodian commits to the trial: once the key can exist, its share does.

use std::collections::BTreeMap;

use ballast_custody::{
    Ceremony, KeyShare, Member, Round, Session, Signer,
    ceremony::{
        Dealer, DealerError, FinishError, Package, Packages, PackagesError, Receiver, SealedShares,
        transcript,
    },
    message::MessageError,
    rand_core::{CryptoRng, RngCore},
    signing::{Commitments, SessionError, SignError},
};
use bitcoin::secp256k1::rand::{SeedableRng, rngs::StdRng};
use thiserror::Error;
use zeroize::Zeroizing;

/// Ticks after which the same message is said again: a mempool can forget it.
const PATIENCE: u32 = 8;

/// A ceremony under way, as its custodian finds it.
pub struct Board {
    /// The ceremony.
    pub ceremony: Ceremony,
    /// The round that is due.
    pub round: u8,
    /// What everybody said in the rounds before, by round.
    pub said: BTreeMap<u8, BTreeMap<Member, Vec<u8>>>,
    /// The seed of this ceremony, which is on disk.
    pub seed: Zeroizing<[u8; 32]>,
    /// Whether the finished share of this ceremony is on disk.
    pub kept: bool,
}

/// What is to be done.
#[derive(Debug)]
pub enum Word {
    /// Write the share to disk.
    Keep(Box<KeyShare>),
    /// Say this, signed.
    Say(Utterance),
}

/// A message of a ceremony or of its trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// The id under the signature: of the ceremony, or of the trial's session.
    pub id: [u8; 32],
    /// The round.
    pub round: Round,
    /// The message.
    pub payload: Vec<u8>,
}

/// What a custodian has in memory of ceremonies.
#[derive(Debug)]
pub struct Ceremonies<R> {
    member: Member,
    rng: R,
    /// The share with the nonces of the trial, and the trial's session.
    trial: Option<([u8; 32], Signer)>,
    /// The last message, in which ceremony, and the ticks since.
    last: Option<(Utterance, [u8; 32], u32)>,
}

impl<R: CryptoRng + RngCore> Ceremonies<R> {
    /// A custodian that has just started.
    pub fn new(member: Member, rng: R) -> Self {
        Self { member, rng, trial: None, last: None }
    }

    /// Decides what to do in the due round, in which this custodian has not been heard yet.
    ///
    /// # Errors
    /// [`CeremonyFault`] if it has to stay silent.
    pub fn next(&mut self, board: &Board) -> Result<Option<Word>, CeremonyFault> {
        let id = board.ceremony.id().0;
        if let Some((utterance, in_ceremony, ticks)) = &mut self.last
            && *in_ceremony == id
            && (utterance.round as u8 == board.round || utterance.round == Round::Complaint)
        {
            *ticks += 1;
            let again = ticks.is_multiple_of(PATIENCE).then(|| utterance.clone());
            return Ok(again.map(Word::Say));
        }
        let word = match board.round {
            1 => Word::Say(self.package(board)?),
            2 => Word::Say(self.deal(board)?),
            4 => self.finish(board)?,
            _ => Word::Say(self.sign(board)?),
        };
        if let Word::Say(utterance) = &word {
            self.last = Some((utterance.clone(), id, 0));
        }
        Ok(Some(word))
    }

    fn package(&self, board: &Board) -> Result<Utterance, CeremonyFault> {
        let (_, package) = Dealer::new(&board.ceremony, self.member, &mut seeded(board))?;
        let id = board.ceremony.id().0;
        Ok(Utterance { id, round: Round::Package, payload: package.to_bytes() })
    }

    fn deal(&self, board: &Board) -> Result<Utterance, CeremonyFault> {
        let (_, sealed) = self.dealt(board)?;
        let id = board.ceremony.id().0;
        Ok(Utterance { id, round: Round::SealedShares, payload: sealed.to_bytes() })
    }

    /// Rounds 1 and 2 once more, from the seed.
    fn dealt(&self, board: &Board) -> Result<(Receiver, SealedShares), CeremonyFault> {
        let mut rng = seeded(board);
        let (dealer, _) = Dealer::new(&board.ceremony, self.member, &mut rng)?;
        Ok(dealer.deal(&packages(board)?, &mut rng)?)
    }

    fn finish(&mut self, board: &Board) -> Result<Word, CeremonyFault> {
        let (receiver, _) = self.dealt(board)?;
        let sealed = sealed(board)?;
        let id = board.ceremony.id().0;
        let share = match receiver.finish(&sealed) {
            Ok(share) => share,
            Err(FinishError::BadShare { complaint, .. }) => {
                let payload = complaint.to_bytes().to_vec();
                return Ok(Word::Say(Utterance { id, round: Round::Complaint, payload }));
            }
            Err(error) => return Err(error.into()),
        };
        if !board.kept {
            return Ok(Word::Keep(Box::new(share)));
        }
        let session = trial(board)?;
        let mut signer = Signer::new(share);
        let payload = signer.commit(&session, &mut self.rng)?.to_bytes();
        let id = session.id().0;
        self.trial = Some((id, signer));
        Ok(Word::Say(Utterance { id, round: Round::Commitments, payload }))
    }

    fn sign(&mut self, board: &Board) -> Result<Utterance, CeremonyFault> {
        let session = trial(board)?;
        let id = session.id().0;
        let (_, mut signer) =
            self.trial.take().filter(|(of, _)| *of == id).ok_or(CeremonyFault::Forgotten)?;
        let commitments =
            parsed(board, Round::Commitments, |_, bytes| Commitments::from_bytes(&session, bytes))?;
        let payload = signer.sign(&session, &commitments)?.to_bytes();
        Ok(Utterance { id, round: Round::SignatureShares, payload })
    }
}

/// The randomness of rounds 1 and 2. The generator is that of the locked version of `rand`: a binary with another one
/// would make other secrets, be told so ([`DealerError::OtherPackage`]), and take part in the next ceremony.
fn seeded(board: &Board) -> StdRng {
    StdRng::from_seed(*board.seed)
}

fn packages(board: &Board) -> Result<Packages, CeremonyFault> {
    let packages = parsed(board, Round::Package, |_, bytes| Package::from_bytes(&board.ceremony, bytes))?;
    Ok(Packages::new(board.ceremony.clone(), packages)?)
}

fn sealed(board: &Board) -> Result<BTreeMap<Member, SealedShares>, CeremonyFault> {
    parsed(board, Round::SealedShares, |member, bytes| {
        SealedShares::from_bytes(&board.ceremony, member, bytes)
    })
}

fn trial(board: &Board) -> Result<Session, CeremonyFault> {
    let packages = packages(board)?;
    let transcript = transcript(&packages, &sealed(board)?)?;
    Ok(Session::trial(&packages, 0, transcript))
}

fn parsed<T>(
    board: &Board,
    round: Round,
    parse: impl Fn(Member, &[u8]) -> Result<T, MessageError>,
) -> Result<BTreeMap<Member, T>, CeremonyFault> {
    let said = board.said.get(&(round as u8)).into_iter().flatten();
    said.map(|(member, bytes)| Ok((*member, parse(*member, bytes)?))).collect()
}

/// Why a custodian stays silent in a ceremony.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CeremonyFault {
    /// Its secrets are not those of its package.
    #[error(transparent)]
    Dealer(#[from] DealerError),
    /// Somebody's package.
    #[error(transparent)]
    Packages(#[from] PackagesError),
    /// Somebody's shares.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// A message that the contract should not have taken.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The trial's session.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The trial's signature.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Nonces live in memory only.
    #[error(
        "this custodian restarted in the middle of the trial and stays silent: the ceremony begins again"
    )]
    Forgotten,
}
