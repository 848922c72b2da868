//! The name that a misspelt name most likely means.

/// The candidate closest to `name`; `None` when none is close enough to be meant.
///
/// Close means that at most a third of the letters differ, and at least one may.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = name.to_lowercase().replace('_', "-");
    let most = (plain.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|it| (strsim::damerau_levenshtein(&plain, it), it))
        .filter(|&(distance, _)| distance <= most)
        .min()
        .map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let names = ["fail-on", "ignore", "select"];
        assert_eq!(nearest("fail_on", names), Some("fail-on"));
        assert_eq!(nearest("failon", names), Some("fail-on"));
        assert_eq!(nearest("ingore", names), Some("ignore"));
        assert_eq!(nearest("Select", names), Some("select"));
    }

    #[test]
    fn a_word_that_is_far_from_all_finds_nothing() {
        assert_eq!(nearest("colour", ["fail-on", "ignore"]), None);
        assert_eq!(nearest("x", ["fail-on"]), None);
    }
}
