//! Bitcoin's headers flow from a real bitcoind through the relayer into the chain, and reorganisations of 1 to 10 blocks
//! are followed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::ensure;
use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::Chain;
use ballast_roles::light_client;
use ballast_testing::Devnet;
use serde_json::{Value, json};

/// Waits until the light client's tip is bitcoind's.
fn until_followed(devnet: &Devnet) -> anyhow::Result<u32> {
    let wanted = devnet.miner()?.rpc().tip()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let tip = light_client::tip(&devnet.chain())?;
        if tip.hash == wanted.hash {
            ensure!(tip.height == wanted.height, "the heights differ: {} and {}", tip.height, wanted.height);
            return Ok(tip.height);
        }
        ensure!(
            Instant::now() < deadline,
            "the light client stays at {}, bitcoind is at {}",
            tip.height,
            wanted.height
        );
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn headers_flow_and_reorganisations_are_followed() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;
    let mut height = until_followed(&devnet)?;

    // Blocks that are mined arrive.
    devnet.act("mine 3")?;
    assert_eq!(until_followed(&devnet)?, height + 3);
    height += 3;

    // Every reorganisation replaces what it replaced on Bitcoin, and is one block longer.
    for depth in 1..=10 {
        let old = light_client::header_at(&devnet.chain(), height)?.expect("the tip");
        devnet.act(&format!("reorg {depth}"))?;
        assert_eq!(until_followed(&devnet)?, height + 1);
        let new = light_client::header_at(&devnet.chain(), height)?.expect("below the tip");
        assert_ne!(new.hash, old.hash, "depth {depth}");
        assert_eq!(devnet.miner()?.rpc().block_hash(height)?, Some(new.hash));
        height += 1;
    }
    Ok(())
}

#[test]
fn a_stopped_or_killed_devnet_goes_on_with_the_same_chain() -> anyhow::Result<()> {
    let mut devnet = Devnet::start(&["--providers", "0"])?;
    let before = hash_of(&devnet, 2)?;
    let height = devnet.chain().block_number()?;

    devnet.kill()?;
    devnet.resume()?;
    assert_eq!(hash_of(&devnet, 2)?, before);
    assert!(devnet.chain().block_number()? >= height);

    devnet.act("mine 2")?;
    until_followed(&devnet)?;
    devnet.stop()?;
    devnet.resume()?;
    assert_eq!(hash_of(&devnet, 2)?, before);
    until_followed(&devnet)?;
    Ok(())
}

/// The hash of a block.
fn hash_of(devnet: &Devnet, number: u64) -> anyhow::Result<String> {
    let block: Value = devnet.chain().ask("eth_getBlockByNumber", json!([format!("{number:#x}"), false]))?;
    Ok(block["hash"].as_str().expect("block 2 is final before a devnet is ready").to_owned())
}
