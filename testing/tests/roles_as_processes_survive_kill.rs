//! Every role runs as a process of its own and is killed in the middle of its work: bitcoin still comes in and goes out, a
//! stake still finds its covenant, blocks still become final, and a double signer is still slashed.

use ballast_testing::{Devnet, RoleProcess, SAT, only};
use ballast_types::interfaces::IStaking::Status;
use bitcoin::secp256k1::SECP256K1;
use bitcoin::{Address, Network};

/// Every member of every role.
const MEMBERS: [&str; 12] = [
    "relayer",
    "slasher",
    "covenant-1",
    "covenant-2",
    "covenant-3",
    "custodian-1",
    "custodian-2",
    "custodian-3",
    "provider-1",
    "provider-2",
    "provider-3",
    "provider-4",
];

fn kill_and_resume(processes: &mut [RoleProcess]) -> anyhow::Result<()> {
    for process in processes {
        process.kill()?;
        process.resume()?;
    }
    Ok(())
}

#[test]
fn roles_as_processes_survive_kill() -> anyhow::Result<()> {
    let apart: Vec<_> = ["relayer", "slasher", "covenant", "custodian", "provider"]
        .iter()
        .flat_map(|role| ["--apart", role])
        .collect();
    // The key ceremony, the first deposits and the first stakes are made by the processes.
    let (devnet, mut processes) = Devnet::start_with(&apart, |devnet| {
        MEMBERS.iter().map(|name| devnet.role(name)).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let height = devnet.until_finalized_above(0)?;

    // A deposit is on its way, a payout asked for, when everybody is killed.
    let recipient = "0x4000000000000000000000000000000000000004";
    let quote = devnet.deposit_address(recipient, 300_000)?;
    devnet.pay(&[(quote["address"].as_str().expect("an address"), 300_000)])?;
    devnet.act("mine 2")?;
    let payee = ballast_regtest::keypair("payee").x_only_public_key().0;
    let to = Address::p2tr(SECP256K1, payee, None, Network::Regtest);
    let key = devnet.key_file(2)?;
    devnet.ballast(&format!(
        "payout request --to {to} --amount 60000 --max-fee 5000 --key {}",
        key.display()
    ))?;
    // A stake waits for the covenant, none of whose members is there; then everybody is killed and comes back.
    for member in &mut processes[2..5] {
        member.kill()?;
    }
    let staker = devnet.staker("walker", 2, 500_000)?;
    let staking = devnet.begin(&staker.stake_command(""))?;
    for member in &mut processes[2..5] {
        member.resume()?;
    }
    kill_and_resume(&mut processes)?;
    staking.end()?;

    // Deposit and payout arrive, the payout's custodians being killed once more while it confirms.
    devnet.mine_until("the deposit counts", || {
        let minted = u128::from(quote["minted_sat"].as_u64().expect("a number")) * SAT;
        Ok((devnet.balance(recipient)? == minted).then_some(()))
    })?;
    kill_and_resume(&mut processes[5..8])?;
    devnet.mine_until("the payout is proven", || {
        Ok((devnet.ballast("payout show 1")?["state"] == "paid").then_some(()))
    })?;
    assert_eq!(devnet.received(&to.script_pubkey())?, 60_000);
    devnet.balanced()?;
    devnet.until_finalized_above(height + 20)?;

    // A provider signs twice while the slasher is dead; it comes back and the stake burns.
    let stake = only(devnet.stakes_on(1)?)?.stake;
    processes[1].kill()?;
    devnet.act("equivocate 1")?;
    processes[1].resume()?;
    devnet.until_key_exposed(1)?;
    devnet.until_status(stake, Status::Slashed, true)
}
