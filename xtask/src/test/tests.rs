use super::*;

fn runs_of(arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    runs(&arguments).into_iter().map(|run| run.join(" ")).collect()
}

#[test]
fn everything_means_examples_first_and_tests_last() {
    assert_eq!(
        runs_of(&[]),
        ["test --no-fail-fast --workspace --doc", "test --no-fail-fast --workspace --tests --examples"]
    );
}

#[test]
fn arguments_are_passed_on() {
    assert_eq!(runs_of(&["slashing"]), ["test --no-fail-fast --workspace slashing"]);
    assert_eq!(
        runs_of(&["-p", "xtask", "--", "--nocapture"]),
        ["test --no-fail-fast -p xtask -- --nocapture"]
    );
    assert_eq!(runs_of(&["--", "-p"]), ["test --no-fail-fast --workspace -- -p"]);
}

#[test]
fn some_tests_alone_find_a_fresh_binary() {
    let build_of = |arguments: &[&str]| {
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        build(&arguments).map(|build| build.join(" "))
    };
    let build = |options: &str| Some(format!("build --quiet --package ballast{options}"));
    assert_eq!(build_of(&[]), None, "the whole workspace is built anyway");
    assert_eq!(build_of(&["-p", "ballast-testing"]), build(""));
    assert_eq!(build_of(&["--release", "slashing", "--", "--locked"]), build(" --release"));
    assert_eq!(build_of(&["--profile", "bench", "-j=1"]), build(" --profile bench -j=1"));
}
