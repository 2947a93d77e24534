//! A stake that is on Bitcoin before the chain or the covenant has heard of it: once it is k deep it is registered with its
//! proof, approved, and counts. What breaks a rule is refused by name, whichever way it comes.

use std::fs;

use alloy_primitives::{Address, B256, Bytes, hex};
use anyhow::Context;
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_light::{InclusionProof, MerkleBranch};
use ballast_roles::HttpChain;
use ballast_roles::chain::{At, Chain, ChainError, find_events, read, send_duty};
use ballast_schnorr::{SigningKey, bip340, message};
use ballast_testing::{DEPTH, Devnet, Staker, only, until};
use ballast_types::SystemContract;
use ballast_types::interfaces::IStaking::{self, Registration, Status};
use ballast_types::interfaces::error_text;
use bitcoin::consensus::{deserialize, serialize};
use bitcoin::hashes::Hash;
use bitcoin::{Amount, Block, PrivateKey, ScriptBuf, Transaction};

const PROVIDER: u16 = 3;
const AMOUNT: u64 = 400_000;

/// What `ballast stake` registers of a stake file, made by hand.
fn registration(devnet: &Devnet, staker: &Staker<'_>) -> anyhow::Result<Registration> {
    let file = staker.file()?;
    let bytes = |field: &str| anyhow::Ok(hex::decode(file[field].as_str().context("no hex")?)?);
    let owner: Address = devnet.account(5).0.parse()?;
    let key =
        SigningKey::new(PrivateKey::from_wif(fs::read_to_string(devnet.path("staker.key"))?.trim())?.inner);
    let possession = message::possession(devnet.chain().chain_id()?, &owner, message::Role::Staker);
    let possession = bip340::sign(&key, &bip340::digest(&possession), &[0; 32]);
    Ok(Registration {
        owner,
        staker: bytes("staker")?.as_slice().try_into()?,
        provider: bytes("provider")?.as_slice().try_into()?,
        stakingTime: file["staking_time"].as_u64().context("no time")?.try_into()?,
        value: AMOUNT,
        stakingTx: bytes("staking_tx")?.into(),
        unbondingTx: bytes("unbonding_tx")?.into(),
        slashingTx: bytes("slashing_tx")?.into(),
        unbondingSlashingTx: bytes("unbonding_slashing_tx")?.into(),
        slashingSignature: bytes("slashing_signature")?.into(),
        unbondingSlashingSignature: bytes("unbonding_slashing_signature")?.into(),
        possession: possession.serialize().to_vec().into(),
    })
}

/// The same, altered.
fn altered(of: &Registration, alter: impl FnOnce(&mut Registration)) -> Registration {
    let mut registration = of.clone();
    alter(&mut registration);
    registration
}

fn alter_transaction(bytes: &mut Bytes, alter: impl FnOnce(&mut Transaction)) {
    let mut transaction: Transaction = deserialize(bytes).expect("a transaction of the stake file");
    alter(&mut transaction);
    *bytes = serialize(&transaction).into();
}

/// Registrations that break a rule, each with what is wrong.
fn broken(of: &Registration) -> [(Registration, &'static str); 6] {
    const SLASHING: &str = "BadDelegation { cause: Slashing }";
    const SIGNATURE: &str = "BadDelegation { cause: StakerSignature }";
    const STAKING: &str = "BadDelegation { cause: Staking }";
    let elsewhere = |tx: &mut Transaction| tx.output[0].script_pubkey = ScriptBuf::new_op_return([0; 32]);
    let milder = |tx: &mut Transaction| {
        tx.output[0].value -= Amount::ONE_SAT;
        tx.output[1].value += Amount::ONE_SAT;
    };
    [
        (altered(of, |it| alter_transaction(&mut it.slashingTx, elsewhere)), SLASHING),
        (altered(of, |it| alter_transaction(&mut it.slashingTx, milder)), SLASHING),
        (altered(of, |it| alter_transaction(&mut it.unbondingSlashingTx, milder)), SLASHING),
        (altered(of, |it| it.slashingTx = it.unbondingSlashingTx.clone()), SLASHING),
        (altered(of, |it| it.slashingSignature = it.unbondingSlashingSignature.clone()), SIGNATURE),
        (altered(of, |it| it.value += 1), STAKING),
    ]
}

/// The proof that the staking transaction is in `block`, as the contract takes it.
fn inclusion(staker: &Staker<'_>, block: &Block) -> anyhow::Result<IStaking::InclusionProof> {
    let txid = staker.outpoint()?.txid;
    let index =
        block.txdata.iter().position(|tx| tx.compute_txid() == txid).context("it is not in the block")?;
    let siblings =
        |branch: &MerkleBranch| branch.siblings().iter().map(|hash| hash.to_byte_array().into()).collect();
    let InclusionProof { branch, coinbase } = InclusionProof::from_block(block, index)?;
    Ok(IStaking::InclusionProof {
        index: branch.index(),
        branch: siblings(&branch),
        coinbase: coinbase.sha256.to_byte_array().into(),
        coinbaseBranch: siblings(&coinbase.branch),
    })
}

/// Hands a registration in as a duty, with the proof.
fn anchored(
    chain: &HttpChain,
    registration: &Registration,
    block: &Block,
    proof: &IStaking::InclusionProof,
) -> Result<B256, ChainError> {
    let call = IStaking::registerAnchoredStakeCall {
        registration: registration.clone(),
        blockHash: block.block_hash().to_byte_array().into(),
        proof: proof.clone(),
    };
    send_duty(chain, SystemContract::Staking, &call)
}

/// Asks whether the chain would take a registration before its transaction is on Bitcoin.
fn unanchored(chain: &HttpChain, registration: &Registration) -> Result<(), ChainError> {
    let call = IStaking::registerStakeCall { registration: registration.clone() };
    read(chain, At::Latest, SystemContract::Staking, &call).map(|_| ())
}

/// The contract's own error.
fn refusal<T>(done: Result<T, ChainError>) -> anyhow::Result<String> {
    let Err(ChainError::Refused { data, message, .. }) = done else { anyhow::bail!("it is not refused") };
    error_text(SystemContract::Staking, &data).with_context(|| format!("no error of the contract: {message}"))
}

#[test]
fn stake_without_preregistration_counts() -> anyhow::Result<()> {
    let devnet = Devnet::start(&[])?;
    let (chain, miner) = (devnet.chain(), devnet.miner()?);
    let before = devnet.provider(PROVIDER, At::Latest)?.power;
    let staker = devnet.staker("staker", PROVIDER, AMOUNT)?;
    let command = staker.stake_command("--no-preregister --wait");

    // The bitcoin moves first; the command is killed then, and the chain knows nothing.
    let begun = devnet.begin(&command)?;
    until("the stake is in the mempool", || match staker.outpoint() {
        Ok(stake) => Ok(miner.rpc().output(&stake)?.map(|_| ())),
        Err(_) => Ok(None),
    })?;
    begun.kill()?;
    let (stake, id) = (staker.outpoint()?, staker.id()?);
    assert_eq!(devnet.status(id)?, Status::None);
    let unknown = devnet.refusal(&format!("status {}", stake.txid))?;
    assert!(unknown.contains("the chain knows no stake"), "{unknown}");

    // In a block it can be proven, but not yet: the true registration is too shallow, and broken ones are refused for
    // what is broken, with a proof and without.
    devnet.mine_followed(1)?;
    let tip = miner.rpc().tip()?.hash;
    let block = miner.rpc().block(&tip)?.context("the block was mined")?;
    let registration = registration(&devnet, &staker)?;
    let proof = inclusion(&staker, &block)?;
    let too_shallow = format!("TooShallow {{ expected: {DEPTH}, found: 1 }}");
    assert_eq!(refusal(anchored(&chain, &registration, &block, &proof))?, too_shallow);
    unanchored(&chain, &registration)?;
    for (registration, error) in broken(&registration) {
        assert_eq!(refusal(anchored(&chain, &registration, &block, &proof))?, error);
        assert_eq!(refusal(unanchored(&chain, &registration))?, error);
    }
    assert_eq!(devnet.status(id)?, Status::None);

    // The same command goes on where it was: when the stake is deep enough it is registered, approved, and counts.
    let begun = devnet.begin(&command)?;
    devnet.mine_followed(DEPTH - 1)?;
    let staked = begun.end()?;
    assert_eq!(staked["status"], "active", "{staked}");
    assert_eq!(staked["staking_txid"].as_str(), Some(stake.txid.to_string().as_str()));
    staker.until_power(Status::Active, before + AMOUNT)?;
    let shown = staker.shown()?;
    assert_eq!(shown["anchor"].as_str(), Some(tip.to_string().as_str()), "{shown}");

    // What was registered is the true one, anchored in the same block of the chain, and approved only after.
    let blocks = 1..=chain.block_number()?;
    let registered: (u64, IStaking::StakeRegistered) =
        only(find_events(&chain, blocks.clone(), SystemContract::Staking, &[Some(id)])?)?;
    let found = registered.1.registration;
    assert_eq!(found, Registration { possession: found.possession.clone(), ..registration });
    let anchors: (u64, IStaking::Anchored) =
        only(find_events(&chain, blocks.clone(), SystemContract::Staking, &[Some(id)])?)?;
    assert_eq!(anchors.0, registered.0);
    let approved: Vec<(u64, IStaking::Approved)> =
        find_events(&chain, blocks, SystemContract::Staking, &[Some(id)])?;
    assert!(approved.len() >= 2 && approved.iter().all(|(block, _)| *block > registered.0), "{approved:?}");
    Ok(())
}
