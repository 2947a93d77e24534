use super::*;
use crate::cargo::{cargo, root};

const NEEDED: &[&str] = &["cmake", "g++"];

#[test]
fn xtask_itself_compiles_without_a_compiler_for_cpp() {
    let mut tree = cargo(root());
    tree.args(["tree", "--package", "xtask", "--edges", "normal,build", "--prefix", "none"]);
    let output = tree.output().unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && list.contains("secp256k1-sys "), "{list}");
    for cpp in ["bitcoinconsensus ", "cxx ", "cmake ", "link-cplusplus "] {
        assert!(!list.lines().any(|line| line.starts_with(cpp)), "{cpp}is C++:\n{list}");
    }
}

#[test]
fn where_there_is_a_compiler_nothing_is_installed() {
    compiler().unwrap();
}

#[test]
fn only_what_is_installed_counts() {
    let all: String = NEEDED.iter().map(|package| format!("{package} installed\n")).collect();
    assert!(missing(NEEDED, &all).is_empty());
    assert_eq!(missing(NEEDED, &all.replace("cmake installed", "cmake config-files")), ["cmake"]);
    assert_eq!(missing(NEEDED, &all.replace("g++ installed\n", "")), ["g++"], "dpkg never heard of it");
    assert_eq!(missing(NEEDED, "g++-12 installed"), NEEDED, "another package");
}

#[test]
fn we_install_only_where_we_may() {
    assert_eq!(way(true, false), Way::Root);
    assert_eq!(way(false, true), Way::Sudo);
    assert_eq!(way(false, false), Way::User);
    let line = |way: Way| format!("{:?}", apt_get(&way, &["update"]));
    assert_eq!(line(Way::Root), r#""env" "DEBIAN_FRONTEND=noninteractive" "apt-get" "update""#);
    assert!(line(Way::Sudo).starts_with(r#""sudo" "-n" "env""#));
}

#[test]
fn the_user_gets_one_command() {
    let command = for_user(&["cmake", "g++"]);
    assert!(command.ends_with("install --no-install-recommends cmake g++"), "{command}");
    assert_eq!(command.lines().count(), 1);
}
