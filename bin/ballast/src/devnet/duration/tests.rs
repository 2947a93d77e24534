use super::*;

#[test]
fn durations_are_read_as_people_write_them() {
    let cases = [("200ms", 200), ("1s", 1_000), ("10m", 600_000), ("2h", 7_200_000), ("0", 0), ("0s", 0)];
    for (text, millis) in cases {
        assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_explained() {
    for text in ["", "s", "1", "1.5s", "-1s", "1d", "1 s", "99999999999s", "één"] {
        assert!(parse(text).unwrap_err().contains("200ms"), "{text}");
    }
}
