//! What a custodian hears and says.

use ballast_custody::{CeremonyId, KeyShare, Member, Unsigned};
use bitcoin::Transaction;
use thiserror::Error;

use super::{
    ceremony::{Board, CeremonyFault, Utterance},
    coordinator::{Answers, Live, Seat},
    question::{Commit, NoAnswer, Sign},
};

/// What happens to a custodian.
pub enum Event {
    /// Time to look.
    Tick,
    /// A ceremony is under way, and this custodian has something to say in it.
    Board(Box<Board>),
    /// A ceremony is under way, and this custodian takes no part or has been heard.
    Quiet,
    /// No ceremony is under way.
    Ended,
    /// The share of the present key is in use; `None` if this custodian has none.
    Installed(Option<Box<Seat>>),
    /// The live intents.
    Live(Vec<Live>),
    /// The own verdict on an intent.
    Verdict {
        /// The intent.
        number: u64,
        /// Its rung.
        rung: u32,
        /// What to sign, or the refusal.
        verdict: Result<Box<Unsigned>, String>,
    },
    /// What custodians answered.
    Answered(Answers),
    /// A transaction was handed to bitcoind.
    Submitted {
        /// The intent.
        number: u64,
        /// Why it was not taken.
        outcome: Result<(), String>,
    },
    /// The height of the light client.
    Tip(u32),
    /// A fee rate was attested, by this process or an earlier one.
    Attested(u32),
    /// A node gave no answer, or the disk.
    Failed(String),
}

/// What a custodian wants.
#[derive(Debug)]
pub enum Action {
    /// Read the latest ceremony.
    ReadBoard,
    /// Write a finished share to disk.
    Keep(CeremonyId, Box<KeyShare>),
    /// Say something in a ceremony, signed.
    Say(Utterance),
    /// Take the share of the present key into use.
    Install,
    /// Read the live intents and where they stand.
    ReadLive,
    /// Judge an intent.
    Open {
        /// The intent.
        number: u64,
        /// Its rung.
        rung: u32,
    },
    /// Ask custodians for commitments.
    AskCommitments(Vec<Member>, Commit),
    /// Ask custodians for signature shares.
    AskShares(Vec<Member>, Sign),
    /// Hand a signed transaction to bitcoind.
    Submit {
        /// The intent.
        number: u64,
        /// The transaction.
        transaction: Transaction,
    },
    /// Read the light client's height.
    ReadTip,
    /// Attest the fee rate at a height.
    Attest(u32),
    /// Tell the operator.
    Warn(Warning),
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// It stays silent in a ceremony.
    #[error("silent in ceremony {number}: {fault}")]
    Silent {
        /// The ceremony.
        number: u32,
        /// Why.
        fault: CeremonyFault,
    },
    /// A key was made without it, or its share is lost.
    #[error(
        "this custodian holds no share of the group key: it was left out, or its data folder is another one"
    )]
    NoShare,
    /// Its own verdict.
    #[error("intent {number} is not signed: {reason}")]
    Refused {
        /// The intent.
        number: u64,
        /// The refusal.
        reason: String,
    },
    /// Not enough custodians.
    #[error("intent {number} waits: {needed} custodians must sign, {found} can")]
    TooFew {
        /// The intent.
        number: u64,
        /// How many must.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// A custodian is silent or refuses.
    #[error("{member} on intent {number}: {answer}")]
    NoAnswer {
        /// The intent.
        number: u64,
        /// The custodian.
        member: Member,
        /// What it answered.
        answer: NoAnswer,
    },
    /// A custodian cheats.
    #[error("{member} sent a bad signature share for intent {number}: it is left out")]
    Cheater {
        /// The intent.
        number: u64,
        /// The custodian.
        member: Member,
    },
    /// An attempt gave no signature though nobody is to blame.
    #[error("intent {number}: {reason}")]
    Attempt {
        /// The intent.
        number: u64,
        /// What happened.
        reason: String,
    },
    /// Bitcoind does not take the transaction.
    #[error("intent {number} is signed, but bitcoind does not take it: {reason}")]
    NotSent {
        /// The intent.
        number: u64,
        /// Its reason.
        reason: String,
    },
    /// A node or the disk gave no answer.
    #[error("next try in {pause} ticks: {reason}")]
    Failed {
        /// What went wrong.
        reason: String,
        /// Ticks until the next try.
        pause: u32,
    },
}
