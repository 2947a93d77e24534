//! A validator is killed without warning, again and again, and its chain only ever grows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const BLOCK_TIME_MS: u64 = 100;
const KILLS: u64 = 5;

/// The example stands beside this test's folder in the build output.
fn validator() -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    profile.join("examples").join("validator")
}

fn start(data_dir: &Path, genesis_time_ms: u128) -> Child {
    let mut command = Command::new(validator());
    command.arg(data_dir).arg(genesis_time_ms.to_string()).arg(BLOCK_TIME_MS.to_string());
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// Blocks that the child prints, until it has printed `count` that were not there when it started; then it is killed.
fn watch_and_kill(
    mut child: Child,
    known: &BTreeMap<u64, String>,
    count: usize,
    delay: Duration,
) -> BTreeMap<u64, String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let blocks = lines.map(|line| {
        let line = line.unwrap();
        let (number, hash) = line.split_once(' ').unwrap();
        (number.parse().unwrap(), hash.to_owned())
    });
    let highest = known.keys().last().copied().unwrap_or_default();
    let mut seen = BTreeMap::new();
    for (number, hash) in blocks {
        seen.insert(number, hash);
        if number >= highest + count as u64 {
            break;
        }
    }
    thread::sleep(delay);
    // SIGKILL: no handler runs, nothing is flushed
    child.kill().unwrap();
    child.wait().unwrap();
    seen
}

#[test]
fn the_chain_is_the_same_after_every_kill() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut known = BTreeMap::new();
    for kill in 0..KILLS {
        // anywhere between two blocks
        let delay = Duration::from_millis(now as u64 * (kill + 1) % BLOCK_TIME_MS);
        let seen = watch_and_kill(start(folder.path(), now), &known, 4 + kill as usize, delay);
        for (number, hash) in &known {
            assert_eq!(seen.get(number), Some(hash), "block {number} after kill {kill}");
        }
        known = seen;
    }
    let (highest, _) = known.last_key_value().unwrap();
    assert!(*highest >= 4 * KILLS, "it went on after every kill: {highest}");
    assert_eq!(known.len() as u64, *highest, "no block is missing");
}
