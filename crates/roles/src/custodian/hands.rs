//! A custodian's hands: a Ballast node, a bitcoind, a disk and the other custodians.

use std::{collections::BTreeMap, sync::Arc};

use ballast_bitcoin_io::{Bitcoin, BitcoinError};
use ballast_custody::{
    Member, Statement,
    rand_core::{CryptoRng, RngCore},
};
use ballast_schnorr::{bip340, message};
use ballast_types::interfaces::ICustody::ICustodyErrors;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    Action, Custodian, Event, Responder,
    ceremony::{Board, Utterance},
    coordinator::{Answers, Live, Seat, Standing},
    question::{Asked, NoAnswer, Peers, Question, Said},
    signer::Denial,
    store::{Store, StoreError},
};
use crate::{
    chain::{At, Chain, ChainError, waits_already},
    custody::{self, CustodyError},
    light_client,
    runner::Hands,
};

/// Bitcoin blocks within which a transaction of custody's should confirm.
const TARGET: u16 = 6;

/// What a custodian acts through.
pub struct CustodianHands<C, B, S, R, P> {
    /// Shared with the server.
    pub responder: Arc<Responder<C, B, S, R>>,
    /// The other custodians.
    pub peers: P,
}

/// What gave no answer.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Custody(#[from] CustodyError),
    #[error(transparent)]
    Bitcoin(#[from] BitcoinError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Denial(#[from] Denial),
    #[error("{member} has identity key {expected} on the chain, the key file holds {found}: give its own")]
    Identity { member: Member, expected: String, found: String },
}

impl<C, B, S, R, P> Hands<Custodian<R>> for CustodianHands<C, B, S, R, P>
where
    C: Chain,
    B: Bitcoin,
    S: Store,
    R: CryptoRng + RngCore,
    P: Peers,
{
    fn perform(&self, action: Action) -> Option<Event> {
        let done = match action {
            Action::ReadBoard => self.read_board(),
            Action::Keep(ceremony, share) => {
                self.responder.store.keep_share(ceremony, &share).map(|()| Event::Quiet).map_err(Into::into)
            }
            Action::Say(utterance) => self.say(&utterance),
            Action::Install => self.install(),
            Action::ReadLive => self.read_live(),
            Action::Open { number, rung } => Ok(self.open(number, rung)),
            Action::AskCommitments(members, question) => {
                self.ask(&members, question, |responder, asked| responder.commit(asked))
            }
            Action::AskShares(members, question) => {
                self.ask(&members, question, |responder, asked| responder.sign(asked))
            }
            Action::Submit { number, transaction } => {
                let outcome = self.responder.bitcoin.submit(&transaction);
                if outcome.is_ok() {
                    let txid = transaction.compute_txid();
                    tracing::info!(role = "custodian", intent = number, %txid, "signed and sent");
                }
                let outcome = outcome.map(|_| ()).map_err(|error| error.to_string());
                Ok(Event::Submitted { number, outcome })
            }
            Action::ReadTip => self.read_tip(),
            Action::Attest(height) => self.attest(height),
            Action::Warn(warning) => {
                tracing::warn!(role = "custodian", member = self.responder.member.get(), "{warning}");
                return None;
            }
        };
        Some(done.unwrap_or_else(|failure| Event::Failed(failure.to_string())))
    }
}

impl<C, B, S, R, P> CustodianHands<C, B, S, R, P>
where
    C: Chain,
    B: Bitcoin,
    S: Store,
    R: CryptoRng + RngCore,
    P: Peers,
{
    /// Messages of a ceremony are public and said once, so the latest block is as good as a final one.
    fn read_board(&self) -> Result<Event, Failure> {
        let Responder { chain, store, member, .. } = &*self.responder;
        let latest = custody::ceremony(chain, At::Latest)?;
        let (ceremony, round) = (latest.ceremony, latest.round);
        let Ok(expected) = ceremony.roster().identity(*member) else {
            return Ok(if round == 0 { Event::Ended } else { Event::Quiet });
        };
        let found = self.responder.identity().x_only();
        if expected != found {
            let (expected, found) = (expected.to_string(), found.to_string());
            return Err(Failure::Identity { member: *member, expected, found });
        }
        if round == 0 {
            return Ok(Event::Ended);
        }
        if !custody::message(chain, At::Latest, &ceremony, *member, round)?.is_empty() {
            return Ok(Event::Quiet);
        }
        let mut said = BTreeMap::new();
        for earlier in [1, 2, 4].into_iter().filter(|earlier| *earlier < round) {
            let mut messages = BTreeMap::new();
            for author in ceremony.roster().members() {
                messages.insert(author, custody::message(chain, At::Latest, &ceremony, author, earlier)?);
            }
            said.insert(earlier, messages);
        }
        let seed = store.seed(ceremony.id(), &Zeroizing::new(self.responder.random()))?;
        let kept = store.has_share(ceremony.id())?;
        Ok(Event::Board(Box::new(Board { ceremony, round, said, seed, kept })))
    }

    fn say(&self, utterance: &Utterance) -> Result<Event, Failure> {
        let Responder { chain, member, .. } = &*self.responder;
        let Utterance { id, round, payload } = utterance;
        let statement = Statement { chain_id: chain.chain_id()?, id: *id, round: *round, payload };
        let signature = statement.sign(self.responder.identity(), &self.responder.random());
        match custody::say(chain, *member, *round as u8, payload.clone(), &signature) {
            Ok(_) => {
                tracing::info!(role = "custodian", member = member.get(), ?round, "spoke in the ceremony");
                Ok(Event::Quiet)
            }
            Err(error) if is_outrun(&error) => Ok(Event::Quiet),
            Err(error) => Err(error.into()),
        }
    }

    /// From here on bitcoin moves, so the key has to be on the finalised chain.
    fn install(&self) -> Result<Event, Failure> {
        let Responder { chain, store, member, .. } = &*self.responder;
        let at = At::Block(chain.finalized()?);
        let Some(group) = custody::group(chain, at)? else { return Ok(Event::Quiet) };
        let Some(share) = store.share(&group)?.filter(|share| share.member() == *member) else {
            return Ok(Event::Installed(None));
        };
        let (roster, chain_id) = (custody::roster(chain, at)?, chain.chain_id()?);
        let group = self.responder.install(share, roster.clone(), chain_id)?;
        store.forget_seeds()?;
        tracing::info!(role = "custodian", member = member.get(), key = %group.key(), "holds a share of the key");
        Ok(Event::Installed(Some(Box::new(Seat { chain_id, member: *member, group, roster }))))
    }

    fn read_live(&self) -> Result<Event, Failure> {
        let Responder { chain, bitcoin, .. } = &*self.responder;
        let at = At::Block(chain.finalized()?);
        let mut live = Vec::new();
        for number in custody::live_intents(chain, at)? {
            let Some(rung) = custody::rung(chain, at, number)? else { continue };
            let txid = rung.transaction.compute_txid();
            let first = rung.transaction.input.first().map(|input| input.previous_output);
            let standing = if bitcoin.transaction(&txid, None)?.is_some() {
                Standing::Waiting
            } else if let Some(first) = first
                && bitcoin.confirmed_output(&first)?.is_some()
            {
                Standing::Open
            } else {
                Standing::Gone
            };
            live.push(Live { number, rung: rung.rung, txid, standing });
        }
        Ok(Event::Live(live))
    }

    fn open(&self, number: u64, rung: u32) -> Event {
        let verdict = self.responder.verdict(number, rung);
        let verdict = verdict.map(Box::new).map_err(|denial| format!("{}: {denial}", denial.name()));
        Event::Verdict { number, rung, verdict }
    }

    /// Asks custodians; this one answers like any other.
    fn ask<Q: Question>(
        &self,
        members: &[Member],
        question: Q,
        own: impl Fn(&Responder<C, B, S, R>, &Asked<Q>) -> Result<Said, Denial>,
    ) -> Result<Event, Failure> {
        let member = self.responder.member;
        let asked = self.responder.ask(self.responder.chain.chain_id()?, question);
        let others: Vec<Member> = members.iter().copied().filter(|other| *other != member).collect();
        let mut answers = Answers::new();
        if others.len() < members.len() {
            let answer = own(&self.responder, &asked);
            let refused = |denial: Denial| NoAnswer::Refused {
                name: denial.name().to_owned(),
                message: denial.to_string(),
            };
            answers.insert(member, answer.map_err(refused));
        }
        answers.extend(self.peers.ask(&others, &asked));
        Ok(Event::Answered(answers))
    }

    fn read_tip(&self) -> Result<Event, Failure> {
        Ok(Event::Tip(light_client::tip(&self.responder.chain)?.height))
    }

    fn attest(&self, height: u32) -> Result<Event, Failure> {
        let Responder { chain, bitcoin, member, .. } = &*self.responder;
        let rate = match bitcoin.fee_rate(TARGET)? {
            Some(rate) => rate.to_sat_per_kwu(),
            None => custody::fee_rate(chain, At::Latest)?,
        };
        let digest = bip340::digest(&message::fee_rate(chain.chain_id()?, height, rate));
        let signature = bip340::sign(self.responder.identity(), &digest, &self.responder.random());
        match custody::attest(chain, *member, height, rate, &signature) {
            Ok(_) => Ok(Event::Attested(height)),
            Err(error) if is_outrun(&error) => Ok(Event::Attested(height)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the mempool or the chain has it, from this process or an earlier one, or has moved on without it.
fn is_outrun(error: &ChainError) -> bool {
    let ChainError::Refused { message, data, .. } = error else { return false };
    waits_already(message)
        || matches!(
            custody::reason(data),
            Some(
                ICustodyErrors::AlreadySaid(_)
                    | ICustodyErrors::WrongRound(_)
                    | ICustodyErrors::NoCeremony(_)
                    | ICustodyErrors::AttestationHeight(_)
            )
        )
}
