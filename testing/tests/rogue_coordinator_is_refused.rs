//! A coordinator, with a custodian's own key, asks for signatures under a transaction that is not the one which follows from
//! the chain: each change is refused by its name, and no share is given. The true transaction is then paid.

use anyhow::Context;
use ballast_roles::chain::{At, Chain};
use ballast_roles::custodian::HttpPeers;
use ballast_roles::custodian::question::{Asked, Commit, NoAnswer, Peers, Question, Said, Sign, attempt};
use ballast_roles::custody;
use ballast_schnorr::SigningKey;
use ballast_testing::{Devnet, RoleProcess, until};
use bitcoin::consensus::serialize;
use bitcoin::secp256k1::SECP256K1;
use bitcoin::{Address, Amount, Network, OutPoint, Sequence, Transaction, TxIn, Txid, absolute};
use serde_json::json;

/// A coordinator with the key of custodian 1, which asks custodian 2.
struct Rogue {
    chain_id: u64,
    identity: SigningKey,
    peers: HttpPeers,
}

impl Rogue {
    fn new(devnet: &Devnet) -> anyhow::Result<Self> {
        let url = format!("http://{}", devnet.custodian_address(2)?);
        Ok(Self {
            chain_id: devnet.chain().chain_id()?,
            identity: SigningKey::new(ballast_regtest::keypair("ballast devnet custodian 1").secret_key()),
            peers: HttpPeers::new([(2.try_into()?, url)].into()),
        })
    }

    fn ask<Q: Question>(&self, question: Q) -> anyhow::Result<Result<Said, NoAnswer>> {
        let two = 2.try_into()?;
        let asked = Asked::sign(question, self.chain_id, &self.identity, &[7; 32]);
        self.peers.ask(&[two], &asked).remove(&two).context("one answer of each")
    }

    /// The name of the refusal of a question.
    fn refusal<Q: Question>(&self, question: Q) -> anyhow::Result<String> {
        match self.ask(question)? {
            Err(NoAnswer::Refused { name, .. }) => Ok(name),
            other => anyhow::bail!("not refused but {other:?}"),
        }
    }
}

/// Changes to a transaction of custody's, each with what a custodian calls it. Output `paid` is the payout's.
fn changes(good: &Transaction, paid: usize) -> Vec<(&'static str, Transaction)> {
    let thief = ballast_regtest::keypair("thief").x_only_public_key().0;
    let thief = Address::p2tr(SECP256K1, thief, None, Network::Regtest).script_pubkey();
    let change = 1 - paid;
    let with = |change: &dyn Fn(&mut Transaction)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let further = TxIn {
        previous_output: OutPoint::new(good.input[0].previous_output.txid, 99),
        ..good.input[0].clone()
    };
    let sat = Amount::ONE_SAT;
    vec![
        ("output_changed", with(&|tx| tx.output[paid].script_pubkey = thief.clone())),
        ("output_changed", with(&|tx| tx.output[change].script_pubkey = thief.clone())),
        ("output_changed", with(&|tx| tx.output[paid].value += sat)),
        ("output_changed", with(&|tx| tx.output[change].value -= sat)),
        ("output_changed", with(&|tx| tx.output.swap(0, 1))),
        ("output_count_changed", with(&|tx| tx.output.push(tx.output[paid].clone()))),
        ("output_count_changed", with(&|tx| _ = tx.output.remove(change))),
        ("input_count_changed", with(&|tx| tx.input.push(further.clone()))),
        ("input_changed", with(&|tx| tx.input[0] = further.clone())),
        ("sequence_changed", with(&|tx| tx.input[0].sequence = Sequence::MAX)),
        ("lock_time_changed", with(&|tx| tx.lock_time = absolute::LockTime::from_consensus(1))),
        ("version_changed", with(&|tx| tx.version = bitcoin::transaction::Version::ONE)),
        ("already_signed", with(&|tx| tx.input[0].witness.push([7; 64]))),
    ]
}

/// The attempts for which changed transactions are proposed, and the one for the true one.
const CHANGED: u16 = 100;
const TRUE: u16 = 200;

fn commit(count: u16, transaction: &Transaction) -> anyhow::Result<Commit> {
    let attempt = attempt(1.try_into()?, count);
    Ok(Commit { intent: 1, rung: 0, attempt, transaction: serialize(transaction).into() })
}

/// Shares cannot be had: not without commitments, not with those made for something else, not in others' names.
fn no_share_is_given(rogue: &Rogue, said: &Said, changes: u16) -> anyhow::Result<()> {
    let one = 1.try_into()?;
    let share = |count: u16, commitments: &[u16]| Sign {
        intent: 1,
        rung: 0,
        attempt: attempt(one, count),
        commitments: commitments.iter().map(|number| (*number, said.clone())).collect(),
    };
    for count in CHANGED..CHANGED + changes {
        assert_eq!(rogue.refusal(share(count, &[]))?, "not_committed");
        assert_eq!(rogue.refusal(share(count, &[2]))?, "forged_commitments");
    }
    assert_eq!(rogue.refusal(share(TRUE, &[1, 2]))?, "forged_commitments");
    assert_eq!(rogue.refusal(share(TRUE, &[2, 3]))?, "forged_commitments");
    assert_eq!(rogue.refusal(share(TRUE, &[2]))?, "not_committed");
    Ok(())
}

fn mempool(devnet: &Devnet) -> anyhow::Result<Vec<Txid>> {
    Ok(devnet.miner()?.rpc().call("getrawmempool", json!([]))?)
}

#[test]
fn rogue_coordinator_is_refused() -> anyhow::Result<()> {
    let (devnet, mut processes) =
        Devnet::start_with(&["--providers", "0", "--apart", "custodian"], |devnet| {
            let start = |number| devnet.role(&format!("custodian-{number}"));
            (1..=3).map(start).collect::<anyhow::Result<Vec<_>>>()
        })?;
    let payee = ballast_regtest::keypair("payee").x_only_public_key().0;
    let to = Address::p2tr(SECP256K1, payee, None, Network::Regtest);
    let key = devnet.key_file(1)?;

    // A payout is to be signed while only custodian 2 is there, so nobody signs it yet.
    processes[0].kill()?;
    processes[2].kill()?;
    devnet.ballast(&format!(
        "payout request --to {to} --amount 60000 --max-fee 5000 --key {}",
        key.display()
    ))?;
    let rung = until("the payout's intent", || Ok(custody::rung(&devnet.chain(), At::Finalized, 1)?))?;
    let good = rung.transaction;
    let paid = good.output.iter().position(|output| output.script_pubkey == to.script_pubkey());
    let changed = changes(&good, paid.context("the payout is in it")?);

    // The coordinator proposes another one in the true one's place; custodian 2 says what is wrong with it.
    let rogue = Rogue::new(&devnet)?;
    for (count, (expected, transaction)) in (CHANGED..).zip(&changed) {
        let name = rogue.refusal(commit(count, transaction)?)?;
        assert_eq!(name, *expected, "{transaction:?}");
    }
    let truth = commit(TRUE, &good)?;
    let cut = truth.transaction.slice(1..);
    assert_eq!(rogue.refusal(Commit { transaction: cut, ..truth.clone() })?, "malformed");
    assert_eq!(rogue.refusal(Commit { intent: 2, ..truth.clone() })?, "not_live");
    assert_eq!(rogue.refusal(Commit { rung: 1, ..truth.clone() })?, "other_rung");

    // It answers nobody who is no custodian, or another one than the question says.
    let identity = SigningKey::new(ballast_regtest::keypair("thief").secret_key());
    let thief = Rogue { identity, ..Rogue::new(&devnet)? };
    assert_eq!(thief.refusal(truth.clone())?, "not_asked");
    let other = Commit { attempt: attempt(3.try_into()?, TRUE), ..truth.clone() };
    assert_eq!(rogue.refusal(other)?, "not_asked");

    // To the true transaction it commits, but what it said there gives no share of anything else.
    let said = rogue.ask(truth)??;
    no_share_is_given(&rogue, &said, u16::try_from(changed.len())?)?;
    assert_eq!(mempool(&devnet)?, []);

    // The others come back, and what is paid is the true transaction.
    processes.iter_mut().step_by(2).try_for_each(RoleProcess::resume)?;
    let sent = until("custody sends a transaction", || Ok(mempool(&devnet)?.first().copied()))?;
    assert_eq!(sent, good.compute_txid());
    devnet.until_paid(1)?;
    assert_eq!(devnet.received(&to.script_pubkey())?, 60_000);
    devnet.balanced()?;
    Ok(())
}
