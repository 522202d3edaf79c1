//! Anchors of headings, which links point to: `[text](page#anchor)`.

use std::collections::HashMap;

/// Gives headings their anchors.
#[derive(Default)]
pub(super) struct Slugs {
    /// How often each anchor was given.
    given: HashMap<String, usize>,
}

impl Slugs {
    /// The anchor of a heading as GitHub makes it: lower case, letters, digits, `_` and `-` only, spaces as
    /// hyphens, and a number where it was given before.
    pub fn unique(&mut self, text: &str) -> String {
        let slug: String = text
            .to_lowercase()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c => c.is_alphanumeric().then_some(c),
            })
            .collect();
        let mut count = self.given.get(&slug).copied().unwrap_or(0);
        let mut id = slug.clone();
        while self.given.contains_key(&id) {
            count += 1;
            id = format!("{slug}-{count}");
        }
        self.given.insert(slug, count);
        self.given.entry(id.clone()).or_insert(0);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn anchors_are_those_of_github() {
        // The rules and the numbering as in GitHub's own `html-pipeline`, table of contents filter.
        let check = |markdown: &str, expected: &[&str]| {
            let document = parse(markdown);
            let ids: Vec<&str> = document.headings.iter().map(|heading| heading.id.as_str()).collect();
            assert_eq!(ids, expected, "{markdown:?}");
        };
        check("# Trade-offs & costs: 50% more", &["trade-offs--costs-50-more"]);
        check("# `hash` **mod** [n](x)_2", &["hash-mod-n_2"]);
        check("# Überlast 日本", &["überlast-日本"]);
        check("# a\n# a\n# a", &["a", "a-1", "a-2"]);
        check("# a\n# a-1\n# a", &["a", "a-1", "a-2"]);
        check("# a-1\n# a\n# a", &["a-1", "a", "a-2"]);
        check("#\n# \u{1b}", &["", "-1"]);
    }
}
