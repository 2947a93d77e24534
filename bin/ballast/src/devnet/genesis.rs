//! The genesis of a devnet, made once and kept with the validators' seeds.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::FixedBytes;
use anyhow::{Context, Result, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_node::ValidatorSecrets;
use ballast_types::genesis::BitcoinBase;
use ballast_types::{Genesis, Network, Parameters};
use bitcoin::consensus::serialize;
use bitcoin::secp256k1::rand::{RngCore, rngs::OsRng};

use super::{StartArgs, members};
use crate::whole;

/// A devnet's chain and the secrets of its validators, in the genesis' order.
pub(super) struct Made {
    pub(super) genesis: Genesis,
    pub(super) secrets: Vec<ValidatorSecrets>,
}

/// Reads what an earlier start made, or makes it.
pub(super) fn open(folder: &Path, args: &StartArgs, bitcoin: &impl Bitcoin) -> Result<Made> {
    let path = folder.join("genesis.json");
    let seeds = seeds(folder, args.validators)?;
    if !path.exists() {
        let genesis = make(args, &seeds, bitcoin)?;
        whole::write(&path, genesis.to_json().as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let genesis = Genesis::from_json(&text).with_context(|| format!("{} is not usable", path.display()))?;
    same(&genesis, args)?;
    let mut secrets: Vec<_> = seeds.iter().map(ValidatorSecrets::from_seed).collect();
    secrets.sort_by_key(|secrets| secrets.public().ed25519);
    Ok(Made { genesis, secrets })
}

/// What is fixed in the genesis must be what the flags say.
fn same(genesis: &Genesis, args: &StartArgs) -> Result<()> {
    let (found, asked) = (genesis.validators.len(), args.validators as usize);
    ensure!(found == asked, "this devnet was made with --validators {found}: say so, or give --reset");
    let found = genesis.parameters.bitcoin.stale_after_s;
    let asked = stale_after_s(args, Parameters::of(Network::Devnet).bitcoin.stale_after_s);
    ensure!(
        found == asked,
        "this devnet was made with another --bitcoin-block-time, by which its light client is stale after {found} s: say that, or give --reset"
    );
    let (found, asked) = (genesis.providers.len(), usize::from(args.providers));
    ensure!(found == asked, "this devnet was made with --providers {found}: say so, or give --reset");
    let found = genesis.parameters.chain.block_time_ms;
    let asked = args.block_time.as_millis();
    ensure!(
        u128::from(found) == asked,
        "this devnet was made with --block-time {found}ms: say so, or give --reset"
    );
    Ok(())
}

/// The light client's patience: none is needed where Bitcoin stands still, and a slow Bitcoin is not a stale one.
fn stale_after_s(args: &StartArgs, usual: u64) -> u64 {
    match args.bitcoin_block_time.as_secs() {
        _ if args.bitcoin_block_time.is_zero() => 0,
        seconds => usual.max(6 * seconds),
    }
}

fn make(args: &StartArgs, seeds: &[[u8; 32]], bitcoin: &impl Bitcoin) -> Result<Genesis> {
    let mut parameters = Parameters::of(Network::Devnet);
    parameters.chain.block_time_ms = u64::try_from(args.block_time.as_millis())?;
    // a round of the key ceremony lasts a minute, however fast blocks are: custodians may start after the chain does
    let minute = 60_000 / parameters.chain.block_time_ms.max(1);
    parameters.custody.ceremony_round_blocks = parameters.custody.ceremony_round_blocks.max(minute);
    parameters.bitcoin.stale_after_s = stale_after_s(args, parameters.bitcoin.stale_after_s);
    members::name(&mut parameters);
    let chain_id = parameters.chain.chain_id;
    let mut validators: Vec<_> =
        seeds.iter().map(|seed| ValidatorSecrets::from_seed(seed).genesis_entry(chain_id)).collect();
    validators.sort_by_key(|validator| validator.keys.ed25519);
    let base = bitcoin.headers(0, 1)?;
    let headers = base.iter().map(|header| FixedBytes::from_slice(&serialize(header))).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let genesis = Genesis {
        timestamp_ms: u64::try_from(now.as_millis())?,
        parameters,
        validators,
        bitcoin: BitcoinBase { height: 0, headers },
        providers: members::providers(args.providers, chain_id)?,
        alloc: Default::default(),
    };
    genesis.check().context("these flags make no genesis")?;
    Ok(genesis)
}

/// One 32-byte seed a validator, in files that only the user can read.
fn seeds(folder: &Path, validators: u32) -> Result<Vec<[u8; 32]>> {
    let seed = |index| {
        let path = folder.join(format!("validator-{index}.seed"));
        if !path.exists() {
            let mut seed = [0; 32];
            OsRng.fill_bytes(&mut seed);
            crate::key::write_secret(&path, &hex::encode(seed))?;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut seed = [0; 32];
        hex::decode_to_slice(text.trim(), &mut seed)
            .with_context(|| format!("{} holds no seed: give --reset", path.display()))?;
        Ok(seed)
    };
    (0..validators).map(seed).collect()
}
