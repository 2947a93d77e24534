//! A custodian gives a signature share that is none, and signs for it: whoever coordinates names it and leaves it out, and
//! the payout is signed without it. What somebody changes on the way is blamed on nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, ensure};
use ballast_custody::{Round, Session};
use ballast_roles::HttpChain;
use ballast_roles::chain::{At, Chain};
use ballast_roles::custodian::question::{Asked, Question, Said, Sign};
use ballast_roles::custody;
use ballast_schnorr::SigningKey;
use ballast_testing::{Devnet, Interceptor};
use bitcoin::secp256k1::SECP256K1;
use bitcoin::{Address, Network};
use serde_json::{Value, json};

/// The session of a question for shares, as everybody derives it from the chain.
fn session(chain: &HttpChain, question: &Sign) -> anyhow::Result<Session> {
    let at = At::Finalized;
    let group = custody::group(chain, at)?.context("there is no key")?;
    let rung = custody::rung(chain, at, question.intent)?.context("the intent is not live")?;
    ensure!(rung.rung == question.rung, "the intent stands at another rung");
    let intent = custody::derive(chain, at, &rung, &custody::treasury(chain, at, group.key())?)?;
    Ok(Session::new(chain.chain_id()?, &group, question.attempt, intent.unsigned().digests())?)
}

/// Signs an answer as a custodian that means it.
fn sign(chain: &HttpChain, question: &Value, number: u16, said: &mut Said) -> anyhow::Result<()> {
    let Asked(question, _): Asked<Sign> = serde_json::from_value(question["params"].clone())?;
    let name = format!("ballast devnet custodian {number}");
    let identity = SigningKey::new(ballast_regtest::keypair(&name).secret_key());
    let session = session(chain, &question)?;
    said.signature = session.statement(Round::SignatureShares, &said.payload).sign(&identity, &[7; 32]);
    Ok(())
}

/// Changes the shares that go by, and has the others signed for by `then`; counts them.
fn change_shares(
    interceptor: &Interceptor,
    then: impl Fn(&Value, &mut Said) -> anyhow::Result<()> + Send + 'static,
) -> Arc<AtomicU32> {
    let changed = Arc::new(AtomicU32::new(0));
    let count = changed.clone();
    interceptor.on_answer(move |question, mut answer| {
        if question["method"] == Sign::METHOD && answer["result"].is_object() {
            let mut said: Said = serde_json::from_value(answer["result"].clone())?;
            let mut payload = said.payload.to_vec();
            // the lowest bit of the first share
            payload[31] ^= 1;
            said.payload = payload.into();
            then(question, &mut said)?;
            answer["result"] = json!(said);
            count.fetch_add(1, Ordering::SeqCst);
        }
        Ok(answer)
    });
    changed
}

#[test]
fn custodian_with_a_bad_share_is_named() -> anyhow::Result<()> {
    let (devnet, (one, three, processes)) =
        Devnet::start_with(&["--providers", "0", "--apart", "custodian"], |devnet| {
            let (one, three) = (devnet.intercept(1)?, devnet.intercept(3)?);
            let start = |number| devnet.role(&format!("custodian-{number}"));
            Ok((one, three, (1..=3).map(start).collect::<anyhow::Result<Vec<_>>>()?))
        })?;
    let payee = ballast_regtest::keypair("payee").x_only_public_key().0;
    let to = Address::p2tr(SECP256K1, payee, None, Network::Regtest);
    let key = devnet.key_file(1)?;
    let request = format!("payout request --to {to} --amount 60000 --max-fee 5000 --key {}", key.display());

    // Custodian 3 signs for a share that is none; custodian 2, whose turn it is, has taken its commitments.
    let chain = devnet.chain();
    let bad = change_shares(&three, move |question, said| sign(&chain, question, 3, said));
    devnet.ballast(&request)?;
    devnet.until_paid(1)?;
    assert_eq!(bad.load(Ordering::SeqCst), 1);

    // It is named by custodian 2, once and alone, and the payout arrives with the share of the third one.
    let logs: Vec<_> = processes.iter().map(|process| process.log()).collect();
    let named = |number: u16, intent: u64| {
        format!("custodian {number} sent a bad signature share for intent {intent}: it is left out")
    };
    assert!(logs[1].contains(&named(3, 1)), "{}", logs[1]);
    let blamed = logs.iter().map(|log| log.matches("bad signature share").count());
    assert_eq!(blamed.collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(devnet.received(&to.script_pubkey())?, 60_000);
    devnet.balanced()?;

    // A share of custodian 1 that is changed on the way, where its key is not known, counts as silence.
    let bad = change_shares(&one, |_, _| Ok(()));
    devnet.ballast(&request)?;
    devnet.until_paid(2)?;
    assert!(bad.load(Ordering::SeqCst) > 0);
    let log = processes[2].log();
    assert!(
        log.contains("custodian 1 on intent 2: no answer: custodian 1 did not sign this message"),
        "{log}"
    );
    assert!(!log.contains("bad signature share"), "{log}");
    assert_eq!(devnet.received(&to.script_pubkey())?, 120_000);
    devnet.balanced()?;
    Ok(())
}
