//! Search against a naive search, and its order against the laws it is to keep.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::doc::{self, Layout, LongCode};

/// So many hits of each group.
fn all_groups(most: usize) -> impl FnOnce(&[(Kind, usize)]) -> Vec<usize> {
    move |groups| vec![most; groups.len()]
}

fn ours() -> Arc<Library> {
    Arc::new(Library::load(&[]))
}

/// All hits as lines: the group, where it leads, what is marked.
fn shown(index: &Index, query: &str) -> Vec<String> {
    let found = index.search(query, all_groups(usize::MAX));
    let mut lines = Vec::new();
    for group in &found.groups {
        assert_eq!(group.hits.len(), group.total);
        for hit in &group.hits {
            let place = match &hit.place {
                Place::Page { topic, line } => format!("{topic}:{line}"),
                Place::Card(id) => id.to_string(),
                Place::Demo(name) => (*name).to_string(),
                Place::Decision(slug) => slug.to_string(),
            };
            let marks: Vec<&str> = [&hit.name, &hit.body]
                .iter()
                .flat_map(|excerpt| excerpt.marks.iter().map(|mark| &excerpt.text[mark.clone()]))
                .collect();
            lines.push(format!("{} {place} {}", group.kind.name(), marks.join("|")));
        }
    }
    lines
}

/// A library with these pages (slug, weight, Markdown), as it lies in a folder.
fn library_of(pages: &[(&str, &str, &str)], others: &[(&str, &str)]) -> (tempfile::TempDir, Arc<Library>) {
    let folder = tempfile::tempdir().expect("a place for files");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    for (slug, weight, text) in pages {
        let title = slug.replace('-', " ");
        let page =
            format!("+++\ntitle = \"{title}\"\nsummary = \"zusammen\"\nweight = \"{weight}\"\n+++\n{text}");
        write(&format!("topics/zz/{slug}.md"), &page);
    }
    others.iter().for_each(|(name, text)| write(name, text));
    let library = Arc::new(Library::load(&[folder.path().to_path_buf()]));
    (folder, library)
}

#[test]
fn names_are_found_by_words_initials_and_nearly_their_letters() {
    let library = ours();
    for index in [Index::of_names(&library), Index::of_everything(&library)] {
        for (query, slug) in [
            ("circuit", "circuit-breaker"),
            ("breaker CIRCUIT", "circuit-breaker"),
            ("cb", "circuit-breaker"),
            ("circiut braeker", "circuit-breaker"),
            ("consh", "consistent-hashing"),
            ("consistent-hash", "consistent-hashing"),
            ("rate", "rate-limiting"),
            ("rl", "rate-limiting"),
            ("limitting", "rate-limiting"),
        ] {
            let found = index.search(query, all_groups(3));
            let topics = found.groups.iter().find(|group| group.kind == Kind::Topic);
            let first = topics.and_then(|group| group.hits.first()).map(|hit| hit.place.clone());
            assert_eq!(first, Some(Place::Page { topic: slug.into(), line: 1 }), "{query}");
        }
    }
}

#[test]
fn each_kind_is_found_and_says_where_it_leads() {
    let deck = "topic = \"bandersnatch\"\n[[card]]\nid = \"a\"\nkind = \"choice\"\nquestion = \"Why **vorpal**?\"\n\
                options = [{ text = \"snicker\", right = true }, { text = \"snack\", why = \"no, gyre\" }]\n";
    let glossary =
        "[[term]]\nname = \"jubjub\"\ntopic = \"bandersnatch\"\nsays = \"A bird that is frumious.\"\n";
    let page = "## Jabberwock\n\nBeware the *jubjub* bird\n\n- mimsy `borogove`\n\n| tove | slithytove |\n|--|--|\n| slithy | gimble |\n\n\
                ```text\nbrillig\noutgrabe\n```\n\n```calc\nuffish = 3 GB\n#= 3 GB\n```\n\n> tulgey\n\nx[^n]\n\n[^n]: burbled\n";
    let (_folder, library) = library_of(
        &[("bandersnatch", "core", page)],
        &[("decks/zz/bandersnatch.toml", deck), ("glossary.toml", glossary)],
    );
    let index = Index::of_everything(&library);
    for (query, expected) in [
        ("bandersnatch", &["Topics bandersnatch:1 bandersnatch"][..]),
        ("zusammen", &["Topics bandersnatch:1 zusammen"]),
        ("jabber", &["Headings bandersnatch:6 Jabber"]),
        ("jubjub", &["Glossary bandersnatch:8 jubjub", "Text bandersnatch:8 jubjub"]),
        ("frumious", &["Glossary bandersnatch:8 frumious"]),
        ("mimsy borogove", &["Text bandersnatch:10 mimsy borogove"]),
        ("slithytove", &["Text bandersnatch:12 slithytove"]),
        ("gimble slithy", &["Text bandersnatch:14 slithy|gimble"]),
        ("outgrabe", &["Text bandersnatch:18 outgrabe"]),
        ("uffish", &["Text bandersnatch:22 uffish"]),
        ("tulgey", &["Text bandersnatch:26 tulgey"]),
        ("burbled", &["Text bandersnatch:30 burbled"]),
        ("vorpal", &["Cards bandersnatch.a vorpal"]),
        ("vorpal gyre snack", &["Cards bandersnatch.a vorpal|snack"]),
        ("\"jubjub bird\"", &["Text bandersnatch:8 jubjub bird"]),
        ("\"bird jubjub\"", &[]),
        ("frabjous", &[]),
    ] {
        assert_eq!(shown(&index, query), expected, "{query}");
    }
    let demo = &crate::lab::demos()[0];
    assert!(
        shown(&index, demo.title)[0].starts_with("Demos ")
            || shown(&index, demo.name).iter().any(|hit| hit.starts_with("Demos "))
    );
}

#[test]
fn the_order_of_hits_keeps_its_laws() {
    let page = "## Zaphod quux\n\nzaphod\n\nzaphods\n\nprezaphod\n\nford one two three four five six prefect\n\nford prefect\n\n\
                prefect one ford\n";
    let deck = "topic = \"zaphod\"\n[[card]]\nid = \"a\"\nkind = \"basic\"\nquestion = \"zaphod?\"\nanswer = \"x\"\n\
                [[card]]\nid = \"b\"\nkind = \"basic\"\nquestion = \"y?\"\nanswer = \"zaphod\"\n";
    let glossary = "[[term]]\nname = \"zaphod beeblebrox\"\ntopic = \"zaphod\"\nsays = \"p\"\n";
    let pages =
        [("zaphod", "standard", page), ("beta", "deep", "trillian\n"), ("gamma", "core", "trillian\n")];
    let (_folder, library) = library_of(&pages, &[("decks/zz/z.toml", deck), ("glossary.toml", glossary)]);
    let index = Index::of_everything(&library);
    let places = |query: &str| -> Vec<String> {
        shown(&index, query)
            .iter()
            .map(|hit| hit.rsplit_once(' ').map_or("", |(place, _)| place).to_string())
            .collect()
    };
    // Title, heading, glossary, text (whole word, beginning, inside), question, answer.
    assert_eq!(
        places("zaphod"),
        [
            "Topics zaphod:1",
            "Headings zaphod:6",
            "Glossary zaphod:1",
            "Text zaphod:8",
            "Text zaphod:10",
            "Text zaphod:12",
            "Cards zaphod.a",
            "Cards zaphod.b"
        ]
    );
    // Near each other before apart.
    let near: Vec<String> = index.search("prefect ford", all_groups(9)).groups[0]
        .hits
        .iter()
        .map(|hit| hit.body.text.clone())
        .collect();
    assert_eq!(near, ["ford prefect", "prefect one ford", "ford one two three four five six prefect"]);
    // Core before deep.
    assert_eq!(places("trillian"), ["Text gamma:6", "Text beta:6"]);
}

#[test]
fn where_nothing_is_found_near_words_are_offered() {
    let index = Index::of_everything(&ours());
    let near = |query: &str| index.search(query, all_groups(3)).near;
    assert_eq!(near("dependnecy treshold").first().map(String::as_str), Some("dependency threshold"));
    assert!(near("qqqqqq").is_empty());
    assert!(near("dependency").is_empty(), "it is found");
}

#[test]
fn every_hit_leads_to_a_line_that_holds_the_word() {
    let library = ours();
    let index = Index::of_everything(&library);
    let mut checked = 0;
    for word in ["ring", "bucket", "probe", "=", "10", "request", "\"half-open\"", "1/n", "the a", "│"] {
        let query = Query::parse(word);
        for group in index.search(word, all_groups(usize::MAX)).groups {
            for hit in group.hits.iter().filter(|_| matches!(group.kind, Kind::Text | Kind::Heading)) {
                let Place::Page { topic, line } = &hit.place else { panic!("text leads to pages") };
                let page = library.topic(topic).and_then(|topic| topic.page.as_ref()).expect("the page");
                let document = doc::parse_from(&page.body, page.body_line);
                for width in [40, 88] {
                    let laid =
                        doc::layout(&document, &Layout { long_code: LongCode::Break, ..Layout::new(width) });
                    let there = laid.lines.iter().zip(&laid.source).filter(|(_, source)| *source == line);
                    let text: Vec<String> = there.map(|(line, _)| line.text().trim().to_string()).collect();
                    let text = fold::fold(&text.join(" "));
                    // A table's row is drawn column by column, and code is broken anywhere.
                    let held = query.terms.iter().all(|term| {
                        term.best(&text).is_some()
                            || width == 40 && term.text.split_whitespace().all(|w| text.contains(w))
                    });
                    assert!(held || width == 40, "'{word}' at {topic}:{line}, width {width}: {text}");
                    checked += usize::from(held);
                }
            }
        }
    }
    assert!(checked > 500, "{checked} hits were looked at");
}

/// A text of a few letters, so that words overlap, repeat and lie inside each other.
fn some_text() -> impl Strategy<Value = String> {
    prop::collection::vec("[abAé]{1,4}[ ,.-]?", 1..7).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The oracle knows no index: it goes through the lines of the page as they were written.
    #[test]
    fn the_hits_are_those_of_a_naive_search(
        lines in prop::collection::vec(some_text(), 1..12),
        words in prop::collection::vec("[abE]{1,3}|[ab]{1,2}[-,.][ab]{1,2}|é", 1..4),
    ) {
        let mut page = String::new();
        for line in &lines {
            // Code is taken as it stands.
            let _ = writeln!(page, "```text\n{line}\n```\n");
        }
        let library = naive_library(&page);
        let index = Index::of_everything(&library);
        let query = words.join(" ");
        let found: BTreeSet<usize> = index
            .search(&query, all_groups(usize::MAX))
            .groups
            .iter()
            .filter(|group| group.kind == Kind::Text)
            .flat_map(|group| &group.hits)
            .filter_map(|hit| match &hit.place {
                Place::Page { topic, line } if &**topic == "naive" => Some(*line),
                _ => None,
            })
            .collect();
        let plain = |text: &str| text.to_lowercase().replace('é', "e").split_whitespace().collect::<Vec<_>>().join(" ");
        let expected: BTreeSet<usize> = page
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.starts_with("```") && !line.is_empty())
            .filter(|(_, line)| words.iter().all(|word| plain(line).contains(&plain(word))))
            .map(|(at, _)| at + 1)
            .collect();
        prop_assert_eq!(found, expected, "{} in\n{}", query, page);
    }

    #[test]
    fn any_query_finds_marks_that_lie_in_the_text(query in "\\PC{0,20}|[a-z \"]{0,12}") {
        thread_local!(static INDEX: Index = Index::of_everything(&ours()));
        INDEX.with(|index| {
            for group in index.search(&query, all_groups(5)).groups {
                assert!(group.hits.len() == group.total.min(5) && group.total > 0);
                for excerpt in group.hits.iter().flat_map(|hit| [&hit.name, &hit.body]) {
                    let mut end = 0;
                    for mark in &excerpt.marks {
                        assert!(mark.start >= end && excerpt.text.get(mark.clone()).is_some_and(|text| !text.is_empty()));
                        end = mark.end;
                    }
                }
            }
        });
    }
}

/// A library of one page and nothing else, without files.
fn naive_library(page: &str) -> Arc<Library> {
    use crate::library::Page;
    let page = Page { body: page.to_string().into(), body_line: 1, ..Page::default() };
    let topic = crate::library::Topic { slug: "naive".into(), page: Some(page), ..Default::default() };
    Arc::new(Library { topics: vec![topic], ..Library::default() })
}
