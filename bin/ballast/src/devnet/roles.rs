//! The roles of a devnet: a configuration file and a key file each, and a task of their own in this process.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ballast_bitcoin_io::{Auth, RpcConfig};
use ballast_types::Parameters;
use bitcoin::{NetworkKind, PrivateKey};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::StartArgs;
use super::members::{self, Group};
use super::run::free_address;
use crate::role::{self, Role};
use crate::whole;

/// One role that is to run.
pub(super) struct Member {
    pub(super) role: Role,
    pub(super) config: PathBuf,
}

/// Where the roles' nodes are.
pub(super) struct Nodes<'a> {
    pub(super) rpc_url: &'a str,
    pub(super) bitcoin: &'a RpcConfig,
}

/// Writes the files of all roles, whether they run in this process or not.
pub(super) fn write(
    folder: &Path,
    args: &StartArgs,
    parameters: &Parameters,
    nodes: &Nodes<'_>,
) -> Result<Vec<Member>> {
    let files = Files { folder, tick_ms: tick_ms(args), parameters, nodes };
    fs::create_dir_all(folder.join("roles"))?;
    let mut members = vec![
        files.write(Role::Relayer, 0, &files.relayer())?,
        files.write(Role::Slasher, 0, &files.slasher())?,
    ];
    for number in 1..=parameters.staking.covenant.members {
        members.push(files.write(Role::Covenant, number, &files.covenant(number)?)?);
    }
    for number in 1..=args.providers {
        members.push(files.write(Role::Provider, number, &files.provider(number)?)?);
    }
    let custodians = parameters.custody.custodians.members;
    let listen =
        (1..=custodians).map(|number| Ok((number, free_address()?))).collect::<Result<BTreeMap<_, _>>>()?;
    for number in listen.keys() {
        members.push(files.write(Role::Custodian, *number, &files.custodian(*number, &listen)?)?);
    }
    Ok(members)
}

/// Roles look about five times in a block, so that no round of theirs costs more than a block.
fn tick_ms(args: &StartArgs) -> u64 {
    u64::try_from(args.block_time.as_millis() / 5).unwrap_or(u64::MAX).clamp(50, 1_000)
}

/// Starts the roles that are not to run apart. One that stops says why.
pub(super) fn start(
    members: &[Member],
    apart: &[Role],
    stopped: &watch::Receiver<()>,
) -> Vec<JoinHandle<()>> {
    let here = members.iter().filter(|member| !apart.contains(&member.role));
    here.map(|member| {
        let (role, config, mut stopped) = (member.role, member.config.clone(), stopped.clone());
        tokio::spawn(async move {
            let stop = async move { _ = stopped.changed().await };
            // the others go on: whoever signed twice has nothing left to do
            if let Err(error) = role::run(role, &config, stop).await {
                eprintln!("· the role of {} stopped: {error:#}", config.display());
            }
        })
    })
    .collect()
}

struct Files<'a> {
    folder: &'a Path,
    tick_ms: u64,
    parameters: &'a Parameters,
    nodes: &'a Nodes<'a>,
}

impl Files<'_> {
    fn write(&self, role: Role, number: u16, text: &str) -> Result<Member> {
        let path = self.folder.join("roles").join(format!("{}.toml", name(role, number)));
        whole::write(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Member { role, config: path })
    }

    fn relayer(&self) -> String {
        self.common("relayer") + &self.bitcoin()
    }

    fn slasher(&self) -> String {
        let chain_id = self.parameters.chain.chain_id;
        format!("{}chain_id = {chain_id}\n{}", self.common("slasher"), self.bitcoin())
    }

    fn covenant(&self, number: u16) -> Result<String> {
        let name = name(Role::Covenant, number);
        let key = self.key(&name, Group::Covenant, number)?;
        let members: Vec<_> =
            self.parameters.staking.covenant_keys.iter().map(alloy_primitives::hex::encode).collect();
        Ok(format!(
            "{}key_file = {key:?}\nnetwork = \"devnet\"\ncovenant = {members:?}\n",
            self.common(&name)
        ))
    }

    fn provider(&self, number: u16) -> Result<String> {
        let name = name(Role::Provider, number);
        let key = self.key(&name, Group::Provider, number)?;
        Ok(format!("{}key_file = {key:?}\n", self.common(&name)))
    }

    fn custodian(&self, number: u16, listen: &BTreeMap<u16, SocketAddr>) -> Result<String> {
        let name = name(Role::Custodian, number);
        let key = self.key(&name, Group::Custodian, number)?;
        let own = listen.get(&number).context("every custodian has an address")?;
        let mut text =
            format!("{}key_file = {key:?}\nmember = {number}\nlisten = \"{own}\"\n", self.common(&name));
        text += &self.bitcoin();
        text += "\n[peers]\n";
        for (other, address) in listen.iter().filter(|(other, _)| **other != number) {
            writeln!(text, "{other} = \"http://{address}\"")?;
        }
        Ok(text)
    }

    fn common(&self, name: &str) -> String {
        let (rpc_url, tick) = (self.nodes.rpc_url, self.tick_ms);
        let data = self.folder.join("roles").join(name);
        format!("rpc_url = {rpc_url:?}\ndata_dir = {data:?}\ntick_ms = {tick}\n")
    }

    fn bitcoin(&self) -> String {
        let RpcConfig { url, auth, .. } = self.nodes.bitcoin;
        let login = match auth {
            Auth::Cookie(cookie) => format!("cookie = {cookie:?}"),
            Auth::User { name, password } => format!("user = {name:?}\npassword = {password:?}"),
        };
        format!("\n[bitcoin]\nurl = {url:?}\n{login}\n")
    }

    /// The key file of a member, made at the first start.
    fn key(&self, name: &str, group: Group, number: u16) -> Result<PathBuf> {
        let path = self.folder.join("roles").join(format!("{name}.key"));
        if !path.exists() {
            let secret =
                bitcoin::secp256k1::SecretKey::from_slice(&members::key(group, number).secret_bytes()[..])?;
            crate::key::write_secret(&path, &PrivateKey::new(secret, NetworkKind::Test).to_wif())?;
        }
        Ok(path)
    }
}

fn name(role: Role, number: u16) -> String {
    let role = match role {
        Role::Relayer => return "relayer".to_owned(),
        Role::Slasher => return "slasher".to_owned(),
        Role::Custodian => "custodian",
        Role::Provider => "provider",
        Role::Covenant => "covenant",
    };
    format!("{role}-{number}")
}
