//! The Debian packages that a build needs: installed where we may, else named in one command.
//!
//! xtask itself needs a C compiler, as Rust does. What else the workspace needs is asked for here.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

/// Tools that the build or the tests run, each with the packages that bring it.
///
/// A C++ compiler and cmake for crates that carry C and C++; npm for the tests with real Ethereum clients.
const COMPILER: (&str, &[&str]) = ("c++", &["g++"]);
const CMAKE: (&str, &[&str]) = ("cmake", &["cmake"]);
const NPM: (&str, &[&str]) = ("npm", &["nodejs", "npm"]);

/// How we come to packages on this machine.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// We are root.
    Root,
    /// sudo asks for no password.
    Sudo,
    /// The user has to do it.
    User,
}

/// Provides what cargo builds with. What is on the path serves, wherever it comes from.
pub(crate) fn compiler() -> anyhow::Result<()> {
    let is_named = std::env::var_os("CXX").is_some_and(|name| !name.is_empty());
    if !is_named {
        tool(COMPILER)?;
    }
    tool(CMAKE)
}

/// Provides what the tests run beside cargo.
pub(crate) fn npm() -> anyhow::Result<()> {
    tool(NPM)
}

fn tool((name, packages): (&str, &[&'static str])) -> anyhow::Result<()> {
    if succeeds(Command::new(name).arg("--version")) { Ok(()) } else { provide(packages) }
}

/// Installs what is missing of the packages.
pub(crate) fn provide(needed: &[&'static str]) -> anyhow::Result<()> {
    let Some(list) = installed(needed)? else {
        let names = needed.join(" ");
        eprintln!("not a Debian system; the build needs {names} under whatever names they have here");
        return Ok(());
    };
    let missing = missing(needed, &list);
    if missing.is_empty() {
        return Ok(());
    }
    let way = way(is_root()?, succeeds(Command::new("sudo").args(["-n", "true"])));
    if way == Way::User {
        bail!(
            "packages are missing; install them with this command and try again:\n  {}",
            for_user(&missing)
        );
    }
    eprintln!("installing {}", missing.join(" "));
    for arguments in
        [&["update"][..], &[&["install", "--yes", "--no-install-recommends"], &*missing].concat()]
    {
        let mut tool = apt_get(&way, arguments);
        let status =
            tool.stdin(Stdio::null()).stdout(std::io::stderr()).status().context("cannot run apt-get")?;
        ensure!(status.success(), "apt-get failed; try it by hand:\n  {}", for_user(&missing));
    }
    Ok(())
}

/// What dpkg says of the packages; `None` where there is no dpkg or no apt.
fn installed(needed: &[&str]) -> anyhow::Result<Option<String>> {
    if !Path::new("/usr/bin/dpkg-query").exists() || !Path::new("/usr/bin/apt-get").exists() {
        return Ok(None);
    }
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"]).args(needed);
    Ok(Some(String::from_utf8_lossy(&query.output().context("cannot run dpkg-query")?.stdout).into_owned()))
}

/// The packages that dpkg's list does not show as installed; one that it never heard of has no line.
fn missing(needed: &[&'static str], list: &str) -> Vec<&'static str> {
    let is_there = |package: &&str| list.lines().any(|line| line == format!("{package} installed"));
    needed.iter().copied().filter(|package| !is_there(package)).collect()
}

fn way(is_root: bool, has_sudo: bool) -> Way {
    match (is_root, has_sudo) {
        (true, _) => Way::Root,
        (false, true) => Way::Sudo,
        (false, false) => Way::User,
    }
}

fn is_root() -> anyhow::Result<bool> {
    let output = Command::new("id").arg("-u").output().context("cannot run id")?;
    Ok(output.stdout.trim_ascii() == b"0")
}

fn succeeds(tool: &mut Command) -> bool {
    let quiet = tool.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// apt-get that asks nothing. sudo drops variables, hence env.
fn apt_get(way: &Way, arguments: &[&str]) -> Command {
    let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    if *way == Way::Sudo {
        words.splice(0..0, ["sudo", "-n"]);
    }
    let mut tool = Command::new(words[0]);
    tool.args(&words[1..]).args(arguments);
    tool
}

fn for_user(missing: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install --no-install-recommends {}", missing.join(" "))
}

#[cfg(test)]
mod tests;
