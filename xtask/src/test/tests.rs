use super::*;

fn runs_of(arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    runs(&arguments).into_iter().map(|run| run.join(" ")).collect()
}

#[test]
fn everything_means_examples_first_and_tests_last() {
    assert_eq!(
        runs_of(&[]),
        ["test --no-fail-fast --workspace --doc", "test --no-fail-fast --workspace --tests"]
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
fn programs_that_tests_start_are_fresh() {
    let build_of = |arguments: &[&str]| {
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        build(&arguments).join(" ")
    };
    let build = |options: &str| format!("build --quiet --package ballast{options}");
    assert_eq!(
        build_of(&[]),
        "build --workspace --examples",
        "`--tests` builds the binary, not the examples"
    );
    assert_eq!(build_of(&["-p", "ballast-testing"]), build(""));
    assert_eq!(build_of(&["--release", "slashing", "--", "--locked"]), build(" --release"));
    assert_eq!(build_of(&["--profile", "bench", "-j=1"]), build(" --profile bench -j=1"));
}
