//! A custodian is killed after it has committed to a payout and before it gives its share: the payout arrives with the
//! other two, and once it is back it signs again.

use std::sync::{Arc, Mutex, PoisonError};

use ballast_testing::{Devnet, RoleProcess};
use bitcoin::secp256k1::SECP256K1;
use bitcoin::{Address, Network};
use serde_json::json;

/// Who begins with the first intent, and whom it takes to sign with it.
const COORDINATOR: usize = 2;
const VICTIM: usize = 3;

/// The custodians' processes, custodian 1 first.
type Processes = Arc<Mutex<Vec<RoleProcess>>>;

fn with<T>(processes: &Processes, number: usize, act: impl FnOnce(&mut RoleProcess) -> T) -> T {
    act(&mut processes.lock().unwrap_or_else(PoisonError::into_inner)[number - 1])
}

#[test]
fn custodian_is_killed_between_the_rounds() -> anyhow::Result<()> {
    let (devnet, (interceptor, processes)) =
        Devnet::start_with(&["--providers", "0", "--apart", "custodian"], |devnet| {
            let interceptor = devnet.intercept(u16::try_from(VICTIM)?)?;
            let start = |number| devnet.role(&format!("custodian-{number}"));
            let processes = (1..=3).map(start).collect::<anyhow::Result<Vec<_>>>()?;
            Ok((interceptor, Arc::new(Mutex::new(processes))))
        })?;
    let payee = ballast_regtest::keypair("payee").x_only_public_key().0;
    let to = Address::p2tr(SECP256K1, payee, None, Network::Regtest);
    let key = devnet.key_file(1)?;
    let request = format!("payout request --to {to} --amount 60000 --max-fee 5000 --key {}", key.display());

    // The custodian commits to the payout, and is dead before its commitments have arrived.
    let (heard, inside) = (Arc::new(Mutex::new(Vec::new())), processes.clone());
    let methods = heard.clone();
    interceptor.on_answer(move |question, answer| {
        let mut heard = methods.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.is_empty() {
            with(&inside, VICTIM, RoleProcess::kill)?;
        }
        heard.push((question["method"].clone(), answer["result"]["payload"].is_string()));
        Ok(answer)
    });
    devnet.ballast(&request)?;

    // Asked for its share it is silent, and the other two sign without it.
    devnet.until_paid(1)?;
    assert_eq!(*heard.lock().unwrap_or_else(PoisonError::into_inner), [(json!("custody_commit"), true)]);
    let log = with(&processes, COORDINATOR, |process| process.log());
    assert!(log.contains("custodian 3 on intent 1: no answer"), "{log}");
    assert!(!log.contains("bad signature share"), "{log}");
    assert_eq!(devnet.received(&to.script_pubkey())?, 60_000);
    devnet.balanced()?;

    // It comes back with its share of the key, another one goes, and the next payout needs it.
    with(&processes, VICTIM, RoleProcess::resume)?;
    with(&processes, 1, RoleProcess::kill)?;
    devnet.ballast(&request)?;
    devnet.until_paid(2)?;
    assert_eq!(devnet.received(&to.script_pubkey())?, 120_000);
    devnet.balanced()?;
    Ok(())
}
