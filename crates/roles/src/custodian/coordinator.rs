//! The asking side of a signing session: whom to ask, when there are enough, whom to leave out next time.
//!
//! Every custodian coordinates. For each live intent they take turns: the first in the order, which the intent's number
//! and rung rotate, begins at once, each other one [`STAGGER`] ticks later, and nobody begins what is in its mempool. So
//! any of them may be down.
//!
//! An attempt asks everybody who is not left out for commitments, takes as many as must sign, itself first, and asks
//! those for shares. Who is silent is left out for a while; who sends a bad share, signed with its identity key, for long.
//! An attempt that fails for want of custodians is made again after a pause that doubles.
//!
//! A coordinator has no authority: it starts from its own verdict and hands out nothing that others would not derive.

use std::collections::BTreeMap;

use ballast_custody::{
    Group, Member, Roster, Round, Session, Unsigned,
    message::MessageError,
    signing::{AggregateError, Commitments, SignatureShares, aggregate},
};
use bitcoin::{Transaction, Txid, consensus::serialize};

use super::{
    event::{Action, Warning},
    question::{Commit, NoAnswer, Said, Sign, attempt},
};

/// Ticks from one custodian's turn to the next one's.
pub const STAGGER: u64 = 4;
/// Ticks for which a silent custodian is left out; twice as many each further time in a row.
pub const SILENT: u64 = 16;
/// The longest time for which a silent custodian is left out, in ticks.
pub const MAX_SILENT: u64 = 256;
/// Ticks for which a custodian is left out whose own verdict is no: it may follow the chain more slowly.
pub const REFUSING: u64 = 4;
/// Ticks for which a cheater is left out.
pub const CHEATING: u64 = 4_096;
/// The longest pause between attempts, in ticks.
pub const MAX_PAUSE: u64 = 32;

/// A live intent, as its custodian finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// The intent.
    pub number: u64,
    /// Its newest rung.
    pub rung: u32,
    /// That rung's transaction.
    pub txid: Txid,
    /// Where it stands on Bitcoin.
    pub standing: Standing,
}

/// Where a rung stands, as the custodian's own bitcoind sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// To be signed and sent.
    Open,
    /// In the mempool.
    Waiting,
    /// Its first input is spent in a block, or not yet known.
    Gone,
}

/// Who signs for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// EVM chain id.
    pub chain_id: u64,
    /// This custodian.
    pub member: Member,
    /// The group.
    pub group: Group,
    /// All custodians with their identity keys.
    pub roster: Roster,
}

/// Answers to one question, by custodian.
pub type Answers = BTreeMap<Member, Result<Said, NoAnswer>>;

/// A rung on its way.
#[derive(Debug)]
struct Job {
    rung: u32,
    /// The tick at which it was first found open.
    since: Option<u64>,
    /// The tick before which nothing is tried.
    not_before: u64,
    attempts: u16,
    failures: u32,
    /// The last failure, told once.
    told: Option<Warning>,
    signed: Option<Transaction>,
}

/// An attempt under way.
#[derive(Debug)]
struct Attempt {
    number: u64,
    rung: u32,
    attempt: u32,
    unsigned: Unsigned,
    session: Session,
    /// Of those who sign; empty before round 2.
    commitments: BTreeMap<Member, Commitments>,
}

/// The coordinator.
#[derive(Debug)]
pub struct Coordinator {
    seat: Seat,
    now: u64,
    jobs: BTreeMap<u64, Job>,
    /// Until which tick a custodian is left out.
    left_out: BTreeMap<Member, u64>,
    /// Custodians that have given no answer, how often in a row, and the last one, told once.
    silent: BTreeMap<Member, (u32, NoAnswer)>,
    attempt: Option<Attempt>,
}

impl Coordinator {
    /// A coordinator that has just started.
    pub fn new(seat: Seat) -> Self {
        let (jobs, left_out, silent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { seat, now: 0, jobs, left_out, silent, attempt: None }
    }

    /// The group that it signs for.
    pub fn group(&self) -> &Group {
        &self.seat.group
    }

    /// A tick has passed.
    pub fn tick(&mut self) {
        self.now += 1;
        let now = self.now;
        self.left_out.retain(|_, until| *until > now);
    }

    /// Takes in the live intents and begins with the one whose turn it is.
    pub fn look(&mut self, live: &[Live]) -> Vec<Action> {
        self.jobs
            .retain(|number, job| live.iter().any(|live| live.number == *number && live.rung == job.rung));
        let now = self.now;
        for Live { number, rung, standing, .. } in live {
            let job = self.jobs.entry(*number).or_insert_with(|| Job::new(*rung));
            job.since = (*standing == Standing::Open).then(|| job.since.unwrap_or(now));
        }
        let due = self.jobs.iter().find(|(number, job)| self.is_due(**number, job));
        match due.map(|(number, job)| (*number, job)) {
            None => vec![],
            Some((number, Job { signed: Some(transaction), .. })) => {
                vec![Action::Submit { number, transaction: transaction.clone() }]
            }
            Some((number, job)) => vec![Action::Open { number, rung: job.rung }],
        }
    }

    fn is_due(&self, number: u64, job: &Job) -> bool {
        let turn = self.place(number, job.rung) * STAGGER;
        job.since.is_some_and(|since| self.now >= since + turn) && self.now >= job.not_before
    }

    /// How many custodians come before this one.
    fn place(&self, number: u64, rung: u32) -> u64 {
        let members: Vec<Member> = self.seat.group.members().collect();
        let count = members.len() as u64;
        let own = members.iter().position(|member| *member == self.seat.member).unwrap_or_default() as u64;
        let first = number.wrapping_add(rung.into()) % count.max(1);
        (own + count - first) % count.max(1)
    }

    /// The own verdict is yes: asks everybody for commitments.
    pub fn opened(&mut self, number: u64, rung: u32, unsigned: Unsigned) -> Vec<Action> {
        let asked: Vec<Member> =
            self.seat.group.members().filter(|member| !self.left_out.contains_key(member)).collect();
        let needed = self.seat.group.threshold().into();
        let Some(job) = self.jobs.get_mut(&number).filter(|job| job.rung == rung) else { return vec![] };
        if asked.len() < needed {
            return self.fail(number, Warning::TooFew { number, needed, found: asked.len() });
        }
        let attempt = attempt(self.seat.member, job.attempts);
        job.attempts = job.attempts.wrapping_add(1);
        let transaction = serialize(unsigned.transaction()).into();
        let digests = unsigned.digests();
        let Ok(session) = Session::new(self.seat.chain_id, &self.seat.group, attempt, digests) else {
            return vec![];
        };
        let commitments = BTreeMap::new();
        self.attempt = Some(Attempt { number, rung, attempt, unsigned, session, commitments });
        vec![Action::AskCommitments(asked, Commit { intent: number, rung, attempt, transaction })]
    }

    /// The own verdict is no.
    pub fn refused(&mut self, number: u64, reason: String) -> Vec<Action> {
        self.fail(number, Warning::Refused { number, reason })
    }

    /// Takes in the answers to the question under way.
    pub fn answered(&mut self, answers: Answers) -> Vec<Action> {
        match self.attempt.take() {
            None => vec![],
            Some(attempt) if attempt.commitments.is_empty() => self.committed(attempt, answers),
            Some(attempt) => self.signed(attempt, answers),
        }
    }

    fn committed(&mut self, mut attempt: Attempt, answers: Answers) -> Vec<Action> {
        let number = attempt.number;
        let round = Round::Commitments;
        let (mut good, mut warnings) = (BTreeMap::new(), Vec::new());
        for (member, answer) in answers {
            let parse = |bytes: &[u8]| Commitments::from_bytes(&attempt.session, bytes);
            match self.heard(&attempt.session, member, round, answer, parse) {
                Ok((said, commitments)) => _ = good.insert(member, (said, commitments)),
                Err(fault) => warnings.extend(self.leave_out(number, member, fault)),
            }
        }
        let needed = self.seat.group.threshold().into();
        if good.len() < needed {
            warnings.extend(self.fail(number, Warning::TooFew { number, needed, found: good.len() }));
            return warnings;
        }
        // itself first: its own share is never late
        let own = self.seat.member;
        let (before, after): (Vec<_>, Vec<_>) = good.into_iter().partition(|(member, _)| *member < own);
        let chosen: Vec<_> = after.into_iter().chain(before).take(needed).collect();
        let members: Vec<Member> = chosen.iter().map(|(member, _)| *member).collect();
        let said = chosen.iter().map(|(member, (said, _))| (member.get(), said.clone())).collect();
        attempt.commitments = chosen.into_iter().map(|(member, (_, parsed))| (member, parsed)).collect();
        let question =
            Sign { intent: number, rung: attempt.rung, attempt: attempt.attempt, commitments: said };
        self.attempt = Some(attempt);
        warnings.push(Action::AskShares(members, question));
        warnings
    }

    fn signed(&mut self, attempt: Attempt, answers: Answers) -> Vec<Action> {
        let Attempt { number, session, commitments, unsigned, .. } = attempt;
        let (mut good, mut actions) = (BTreeMap::new(), Vec::new());
        for (member, answer) in answers {
            let parse = |bytes: &[u8]| SignatureShares::from_bytes(&session, bytes);
            match self.heard(&session, member, Round::SignatureShares, answer, parse) {
                Ok((_, shares)) => _ = good.insert(member, shares),
                Err(fault) => actions.extend(self.leave_out(number, member, fault)),
            }
        }
        let signatures = match aggregate(&self.seat.group, &session, &commitments, &good) {
            Ok(signatures) => signatures,
            Err(AggregateError::Cheaters { members }) => {
                for member in members {
                    actions.extend(self.leave_out(number, member, Fault::Cheats));
                }
                return actions;
            }
            // the silent are named above, and the next attempt is the next tick's
            Err(AggregateError::Missing { .. }) => return actions,
            Err(error) => {
                actions.extend(self.fail(number, Warning::Attempt { number, reason: error.to_string() }));
                return actions;
            }
        };
        match unsigned.complete(&signatures) {
            Ok(transaction) => {
                if let Some(job) = self.jobs.get_mut(&number) {
                    job.signed = Some(transaction.clone());
                    job.failures = 0;
                }
                actions.push(Action::Submit { number, transaction });
            }
            Err(error) => {
                actions.extend(self.fail(number, Warning::Attempt { number, reason: error.to_string() }));
            }
        }
        actions
    }

    /// An answer that its author has signed and that is of this session.
    fn heard<T>(
        &mut self,
        session: &Session,
        member: Member,
        round: Round,
        answer: Result<Said, NoAnswer>,
        parse: impl Fn(&[u8]) -> Result<T, MessageError>,
    ) -> Result<(Said, T), Fault> {
        let said = answer?;
        session
            .verify(&self.seat.roster, member, round, &said.payload, &said.signature)
            .map_err(|error| Fault::Answers(NoAnswer::Silent(error.to_string())))?;
        // signed and still no message of the session: nobody but its author can have done that
        let parsed = parse(&said.payload).map_err(|_| Fault::Cheats)?;
        self.silent.remove(&member);
        Ok((said, parsed))
    }

    /// Leaves a custodian out for a while; the warning, unless it was told before.
    fn leave_out(&mut self, number: u64, member: Member, fault: Fault) -> Option<Action> {
        let (ticks, told) = match fault {
            Fault::Cheats => (CHEATING, false),
            Fault::Answers(ref answer) => {
                let (times, told) = match self.silent.get(&member) {
                    Some((times, last)) => (*times, last == answer),
                    None => (0, false),
                };
                self.silent.insert(member, (times.saturating_add(1), answer.clone()));
                let longer = SILENT.checked_shl(times).unwrap_or(MAX_SILENT).min(MAX_SILENT);
                (if matches!(answer, NoAnswer::Silent(_)) { longer } else { REFUSING }, told)
            }
        };
        // this custodian's own no is no reason to try without itself
        if member != self.seat.member {
            self.left_out.insert(member, self.now + ticks);
        }
        let warning = match fault {
            Fault::Cheats => Warning::Cheater { number, member },
            Fault::Answers(answer) => Warning::NoAnswer { number, member, answer },
        };
        (!told).then_some(Action::Warn(warning))
    }

    /// The transaction was handed to bitcoind, or not taken.
    pub fn submitted(&mut self, number: u64, outcome: Result<(), String>) -> Vec<Action> {
        match outcome {
            Ok(()) => vec![],
            Err(reason) => self.fail(number, Warning::NotSent { number, reason }),
        }
    }

    /// Doubles the pause with each failure in a row, and tells of what was not told before.
    fn fail(&mut self, number: u64, warning: Warning) -> Vec<Action> {
        let Some(job) = self.jobs.get_mut(&number) else { return vec![] };
        let pause = 1u64.checked_shl(job.failures).unwrap_or(MAX_PAUSE).min(MAX_PAUSE);
        job.failures = job.failures.saturating_add(1);
        job.not_before = self.now + pause;
        if job.told.as_ref() == Some(&warning) {
            return vec![];
        }
        job.told = Some(warning.clone());
        vec![Action::Warn(warning)]
    }
}

impl Job {
    fn new(rung: u32) -> Self {
        Self { rung, since: None, not_before: 0, attempts: 0, failures: 0, told: None, signed: None }
    }
}

/// Why a custodian is left out.
enum Fault {
    Answers(NoAnswer),
    Cheats,
}

impl From<NoAnswer> for Fault {
    fn from(answer: NoAnswer) -> Self {
        Self::Answers(answer)
    }
}
